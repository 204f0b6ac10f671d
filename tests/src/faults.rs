//! What the tests of faults share.

use crate::receiver::Arrived;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use trace_export::Tracing;
use trace_runtime::trace;

/// One span.
#[trace]
pub fn work() {}

/// Spans without parents for an instance.
pub fn record(tracing: &Tracing, count: u64) {
    let _scope = tracing.scope().attach();
    (0..count).for_each(|_| work());
}

/// An instance with some spans that it has to deliver to `url`.
///
/// # Panics
/// If that is none.
pub fn recorded(url: impl Into<String>, count: u64) -> Tracing {
    let tracing = trace_export::builder().endpoint(url).build().expect("a good configuration");
    // The collector is awake at its start. Asleep, it will take all of them in one batch.
    tracing.flush(LONG);
    record(&tracing, count);
    tracing
}

/// More than anything takes that works.
pub const LONG: Duration = Duration::from_secs(60);
/// What a call that has to return by a deadline may take beyond it on a busy machine.
pub const SLACK: Duration = Duration::from_secs(1);

/// How often: `full` with `TRACE_FAULTS=full`, else as often as every run can afford.
#[must_use]
pub fn times<N>(usual: N, full: N) -> N {
    if is_full() { full } else { usual }
}

/// Whether `TRACE_FAULTS=full`.
pub fn is_full() -> bool {
    std::env::var_os("TRACE_FAULTS").is_some_and(|value| value == "full")
}

/// A program without our variables and those of proxies, other than the ones given.
pub fn command(program: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(program);
    let ours = |name: &str| {
        let upper = name.to_ascii_uppercase();
        upper.starts_with("OTEL_") || upper.starts_with("TRACE_") || upper.ends_with("_PROXY")
    };
    for (name, _) in std::env::vars_os().filter(|(name, _)| ours(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Lets a program take a signal as if nobody had said anything about it: whoever started these tests may have had it ignored, as scripts
/// do with interrupts of what they run in the background, and that is inherited.
#[cfg(unix)]
#[allow(unsafe_code)]
pub fn heed(command: &mut Command, signal: i32) {
    let default = move || {
        // SAFETY: may be called between `fork` and `exec`, and sets no handler.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        Ok(())
    };
    // SAFETY: it allocates nothing and takes no lock.
    unsafe { std::os::unix::process::CommandExt::pre_exec(command, default) };
}

/// How often each span arrived.
pub fn copies(spans: &[Arrived]) -> HashMap<(Vec<u8>, Vec<u8>), usize> {
    let mut copies = HashMap::new();
    for one in spans {
        *copies.entry((one.span.trace_id.clone(), one.span.span_id.clone())).or_default() += 1;
    }
    copies
}

/// Runs `cases` at the same time.
///
/// # Panics
/// If one does.
pub fn each<T: Send>(cases: impl IntoIterator<Item = T>, run: impl Fn(T) + Sync) {
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(|| run(case));
        }
    });
}

/// What `call` gives, which may take `within` and some slack.
///
/// # Panics
/// If it takes longer.
pub fn in_time<R>(within: Duration, call: impl FnOnce() -> R) -> R {
    let start = Instant::now();
    let result = call();
    assert!(start.elapsed() < within.saturating_add(SLACK), "{:?} instead of {within:?}", start.elapsed());
    result
}

/// As HTTP writes it, in whole seconds.
///
/// # Panics
/// Before 1970.
pub fn http_date(time: SystemTime) -> String {
    let time = rcgen::date_time_ymd(1970, 1, 1) + time.duration_since(UNIX_EPOCH).expect("after 1970");
    let (day, month) = (time.weekday().to_string(), time.month().to_string());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let (day, month) = (&day[..3], &month[..3]);
    format!("{day}, {:02} {month} {} {hour:02}:{minute:02}:{second:02} GMT", time.day(), time.year())
}

/// A number that `/proc` gives for a process, in KiB.
///
/// # Panics
/// If there is none.
pub fn memory(process: u32, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the number");
    line.trim_start_matches(':').trim().trim_end_matches("kB").trim().parse().expect("a number")
}

/// A line of the table of faults, seen with `--nocapture`.
pub fn tell(row: &str, n: u64, what: &str, since: Instant) {
    println!("| {row} | {n} | {what} | {:.1} s |", since.elapsed().as_secs_f64());
}

/// Whether file permissions mean nothing here.
#[must_use]
#[allow(unsafe_code)]
pub fn is_root() -> bool {
    // SAFETY: has no arguments and does not fail.
    unsafe { libc::geteuid() == 0 }
}

/// Leaves a test out, but not where all of them have to run.
///
/// # Panics
/// With `CI=true`.
pub fn skip(why: &str) {
    println!("SKIPPED: {why}");
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "not to be skipped: {why}");
}

/// Some number of the range.
#[must_use]
pub fn random(range: Range<u64>) -> u64 {
    range.start + RandomState::new().hash_one(0) % (range.end - range.start)
}

/// Looks again and again until it is so.
///
/// # Panics
/// If it is not after a minute.
pub fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !so() {
        assert!(Instant::now() < end, "not within a minute: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
