//! How often faults are tried, what came of it, and waiting for what they lead to.

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::time::{Duration, Instant};

/// Nothing that works takes this long.
pub const LONG: Duration = Duration::from_secs(60);

/// How often to try: `TRACE_FAULTS=full` asks for all.
#[must_use]
pub fn rounds(usually: u64, full: u64) -> u64 {
    if std::env::var_os("TRACE_FAULTS").is_some_and(|faults| faults == "full") { full } else { usually }
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
