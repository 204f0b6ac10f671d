//! Clocks and memory of this process.

use benches::Result;
use cpu_time::ThreadTime;
use std::fs;
use std::time::Duration;

/// Seconds are for people.
pub(crate) fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// What `work` took of this thread's CPU.
pub(crate) fn timed(work: impl FnOnce()) -> f64 {
    let start = ThreadTime::now();
    work();
    nanos(start.elapsed())
}

/// What the clock itself takes: nothing to speak of for a long work, and taken off a short one.
pub(crate) fn clock_cost() -> f64 {
    let mut costs: Vec<f64> = (0..101).map(|_| timed(|| {})).collect();
    costs.sort_by(f64::total_cmp);
    costs[costs.len() / 2]
}

/// CPU of the threads of this process that have one of these names, nanoseconds. Zero where the system does not say.
pub(crate) fn cpu_of(names: &[&str]) -> f64 {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return 0.0 };
    let paths = tasks.flatten().map(|task| task.path());
    let theirs =
        paths.filter(|path| fs::read_to_string(path.join("comm")).is_ok_and(|name| names.contains(&name.trim())));
    let on_cpu = |text: String| text.split(' ').next().and_then(|first| first.parse::<f64>().ok());
    theirs.filter_map(|path| fs::read_to_string(path.join("schedstat")).ok().and_then(on_cpu)).sum()
}

/// Bytes of memory that this process has: `VmRSS` now, `VmHWM` at most.
///
/// # Errors
/// Where the system does not say.
pub(crate) fn memory(field: &str) -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib: f64 = line.and_then(|line| line.split_whitespace().next()).ok_or("memory is not known")?.parse()?;
    Ok(kib * 1024.0)
}

#[cfg(test)]
mod tests {
    use benches::sys::{Allocations, counted};

    #[test]
    fn allocations_of_this_thread_are_counted_while_asked_to() {
        let before = Box::new(0u8);
        let (here, all) = counted(|| drop(std::hint::black_box(Box::new([before, Box::new(1)]))));
        assert_eq!(here, Allocations { calls: 2, bytes: 17 });
        assert!(all.calls >= here.calls && all.bytes >= here.bytes);
    }
}
