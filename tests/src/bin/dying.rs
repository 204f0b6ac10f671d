//! A traced program that says what it does and then waits to be killed: with a local root open below which spans have ended (`tree`), or after
//! one span between two looks at the wall clock (`times`).

use std::io::{Write as _, stdout};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::{control, trace};

const PARTS: u64 = 5;

fn say(line: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn wait() {
    let _ = std::io::stdin().read_line(&mut String::new());
}

#[trace(name = "part", fields(n))]
fn part(n: u64) {}

/// Nanoseconds of the wall clock.
fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()
}

#[trace(name = "whole")]
fn whole() {
    (0..PARTS).for_each(part);
    let read = || control::callsites().map(|callsite| callsite.spans).sum::<u64>();
    while read() < PARTS {
        std::thread::yield_now();
    }
    say("read");
    wait();
}

#[trace(name = "timed")]
fn timed() {
    std::thread::sleep(Duration::from_millis(300));
}

fn main() {
    let mut builder = trace_export::builder();
    if std::env::var_os("DYING_ON_END").is_some() {
        builder = builder.on_end(|span| span.attributes.clear());
    }
    if let Err(error) = builder.init() {
        return say(&format!("init: {error}"));
    }
    if std::env::args().nth(1).as_deref() == Some("tree") {
        return whole();
    }
    // What is done once for a callsite is none of the times.
    part(0);
    std::thread::sleep(Duration::from_millis(200));
    let before = now();
    timed();
    say(&format!("{before} {}", now()));
    wait();
}
