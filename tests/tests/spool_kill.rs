//! Processes that are killed while they store or send: what was stored is delivered.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::faults::{random, tell, times};
use tests::place::Place;
use tests::receiver::Receiver;
use tests::spooler::{Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");
/// Numbers of one process.
const MANY: u64 = 1_000_000;

fn storing(place: &Place) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    command.env("TRACE_SPOOL_MAX_BATCHES", "1000000").env("TRACE_SPOOL_MAX_BYTES", "1000000000");
    command
}

fn draining(place: &Place, receiver: &Receiver) -> Command {
    let mut command = storing(place);
    // Long enough for a busy machine, and leases of the dead are not waited for much longer.
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).env("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
    command
}

/// Everything that waits is delivered by somebody who is not killed.
fn drain(place: &Place, receiver: &Receiver) {
    let drainer = Spooler::ready(&mut draining(place, receiver));
    place.wait_until_empty();
    assert!(drainer.end().status.success());
}

/// Until any moment of what happens next.
fn pause(longest: Duration) {
    std::thread::sleep(Duration::from_micros(random(0..longest.as_micros() as u64)));
}

/// Numbers that a killed process had said.
fn said(answers: &[String]) -> impl Iterator<Item = u64> {
    answers.iter().filter_map(|line| line.parse().ok())
}

#[test]
fn a_process_killed_while_it_stores_loses_nothing_that_it_had_stored() {
    let (start, kills) = (Instant::now(), times(30, 200));
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut stored = BTreeSet::new();
    for nth in 0..kills {
        let mut program = Spooler::ready(&mut storing(&place));
        program.order(&format!("store {} {MANY}", nth * MANY));
        for _ in 0..random(0..20) {
            stored.extend(said(&[program.answer()]));
        }
        pause(Duration::from_millis(5));
        stored.extend(said(&program.kill().answers));
    }
    assert!(stored.len() as u64 > kills, "few batches were stored: {}", stored.len());
    drain(&place, &receiver);
    let arrivals = arrivals(&receiver);
    let lost: Vec<_> = stored.iter().filter(|n| !arrivals.contains_key(n)).collect();
    assert!(lost.is_empty(), "{lost:?} of {} were stored and lost", stored.len());
    assert!(arrivals.values().all(|times| *times == 1), "nobody died while it sent");
    assert!(place.quarantined().is_empty());
    let what = format!("{} batches stored, 0 lost, 0 duplicates", stored.len());
    tell("kill -9 while storing", kills, &what, start);
}

#[test]
fn a_process_killed_while_it_sends_loses_nothing_and_sends_one_batch_again_at_most() {
    let (start, kills) = (Instant::now(), times(30, 200));
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut stored = 0;
    for _ in 0..kills {
        // So that there is something to send when the end comes.
        if place.waiting().len() < 400 {
            let mut program = Spooler::ready(&mut storing(&place));
            program.store(stored..stored + 500);
            stored += 500;
            assert!(program.end().status.success());
        }
        let before = receiver.requests().len();
        let program = Spooler::ready(&mut draining(&place, &receiver));
        receiver.wait_for_requests(before + random(1..40) as usize);
        pause(Duration::from_millis(5));
        let _killed = program.kill();
    }
    drain(&place, &receiver);
    let arrivals = arrivals(&receiver);
    let lost = (0..stored).filter(|n| !arrivals.contains_key(n)).count();
    let duplicates: u64 = arrivals.values().map(|times| times - 1).sum();
    assert_eq!(lost, 0, "of {stored}");
    assert!(duplicates <= kills, "{duplicates} duplicates of {kills} kills");
    assert!(place.quarantined().is_empty());
    let what = format!("{stored} batches, 0 lost, {duplicates} duplicates");
    tell("kill -9 while draining", kills, &what, start);
}
