//! A traced program that forks in the way its first argument says, so often as its second says. All that it does is
//! in the spans' attributes `who` and `nth`.

use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use trace_runtime::trace;

/// Spans of each process, a thread and a fork.
const SPANS: u64 = 20;
const WITHIN: Duration = Duration::from_secs(20);

#[trace(fields(who, nth))]
fn work(who: &str, nth: u64) {}

fn record(who: &str) {
    (0..SPANS).for_each(|nth| work(who, nth));
}

/// 0 in the child.
#[allow(unsafe_code)]
fn fork() -> libc::pid_t {
    // SAFETY: the child only calls functions of this program and ends by `exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "no child");
    child
}

#[allow(unsafe_code)]
fn ended_well(child: libc::pid_t) -> bool {
    let mut status = 0;
    // SAFETY: waits for a child of this process.
    unsafe { libc::waitpid(child, &raw mut status, 0) == child && status == 0 }
}

/// The child's life ends here. It needs nobody to flush, but its parent waits for it.
fn child(who: &str) -> ! {
    record(who);
    exit(0);
}

fn once(round: u64) -> bool {
    record("parent");
    let process = fork();
    if process == 0 {
        child(&format!("child {round}"));
    }
    record("parent");
    ended_well(process)
}

fn twice(round: u64) -> bool {
    record("parent");
    let process = fork();
    if process == 0 {
        record(&format!("child {round}"));
        let process = fork();
        if process == 0 {
            child(&format!("grandchild {round}"));
        }
        let well = ended_well(process);
        record(&format!("child {round} later"));
        exit(i32::from(!well));
    }
    record("parent");
    ended_well(process)
}

/// Other threads hold whatever locks recording has at the moment of the fork.
fn busy(rounds: u64) -> bool {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let done = &done;
            scope.spawn(move || {
                let mut nth = 0;
                while !done.load(Relaxed) {
                    work(&format!("thread {thread}"), nth);
                    nth += 1;
                    // Enough to be in the middle of it, and not more than the backend takes.
                    if nth % 100 == 0 {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                }
            });
        }
        let well = (0..rounds).all(once);
        done.store(true, Relaxed);
        well
    })
}

/// The child ends when it is told to, on stdin; the parent never.
#[trace]
fn around() -> bool {
    record("parent");
    if fork() == 0 {
        record("child");
        println!("{}", std::process::id());
        let _ = std::io::stdin().read_line(&mut String::new());
        record("child");
        exit(0);
    }
    loop {
        std::thread::park();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments.get(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let tracing =
        trace_export::builder().exit_budget(Duration::from_secs(30)).init().unwrap_or_else(|error| panic!("{error}"));
    let well = match arguments.first().map(String::as_str) {
        Some("once") => (0..rounds).all(once),
        Some("twice") => (0..rounds).all(twice),
        Some("outlived") => around(),
        _ => busy(rounds),
    };
    let counts = tracing.shutdown(WITHIN).counts;
    println!("recorded {} delivered {} dropped {}", counts.recorded, counts.delivered, counts.dropped.total());
    exit(i32::from(!well || !counts.balanced()));
}
