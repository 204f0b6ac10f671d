//! A traced program whose logger gets everything that anybody says at the level that the variable `LEVEL` names, and
//! calls traced functions for it. With `PRINT` set it prints what it gets.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use trace_runtime::trace;

const WITHIN: Duration = Duration::from_secs(20);
static SAID: AtomicU64 = AtomicU64::new(0);
static DEEPEST: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static DEPTH: Cell<u64> = const { Cell::new(0) };
}

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        logged(record);
    }
    fn flush(&self) {}
}

#[trace(fields(target = record.target()))]
fn logged(record: &log::Record<'_>) {
    if ["ureq", "rustls"].iter().any(|client| record.target().starts_with(client)) {
        SAID.fetch_add(1, Relaxed);
    }
    let depth = DEPTH.with(|depth| depth.replace(depth.get() + 1) + 1);
    DEEPEST.fetch_max(depth, Relaxed);
    if std::env::var_os("PRINT").is_some() {
        eprintln!("{} {}: {}", record.level(), record.target(), record.args());
    }
    DEPTH.with(|depth| depth.set(depth.get() - 1));
}

#[trace]
fn work() {
    log::info!("the program's own word");
}

fn main() {
    let level = std::env::var("LEVEL").ok().and_then(|level| level.parse().ok());
    log::set_max_level(level.unwrap_or(log::LevelFilter::Trace));
    log::set_logger(&Logger).unwrap_or_else(|error| panic!("{error}"));
    let tracing = trace_export::init().unwrap_or_else(|error| panic!("{error}"));
    for _ in 0..5 {
        work();
        tracing.flush(WITHIN);
    }
    // Were what the client says recorded, there would be something to send each time.
    for _ in 0..5 {
        tracing.flush(WITHIN);
    }
    let counts = tracing.shutdown(WITHIN).counts;
    let (said, deepest) = (SAID.load(Relaxed) > 0, DEEPEST.load(Relaxed));
    println!("recorded {} delivered {} client {said} depth {deepest}", counts.recorded, counts.delivered);
}
