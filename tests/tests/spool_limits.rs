//! More than the spool may hold: the newest stay, and what goes is counted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tests::batch_file::{name, numbers_in};
use tests::faults::{tell, wait_until};
use tests::place::Place;
use tests::receiver::Receiver;
use tests::spooler::{Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");

fn command(place: &Place, limits: &[(&str, u64)]) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    command.envs(limits.iter().map(|(name, value)| (format!("TRACE_SPOOL_MAX_{name}"), value.to_string())));
    command
}

/// The numbers of all spans that wait, oldest first.
fn waiting(place: &Place) -> Vec<u64> {
    place.waiting().iter().flat_map(|path| numbers_in(&fs::read(path).expect("a batch"))).collect()
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).expect("a file").len()
}

/// Every number arrives once, from whoever stored it.
fn assert_delivers(place: &Place, numbers: &[u64]) {
    let receiver = Receiver::start();
    let mut reader = Spooler::ready(command(place, &[]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()));
    reader.wait_for("adopted.delivered", numbers.len() as u64);
    assert!(reader.end().status.success());
    assert_eq!(arrivals(&receiver), numbers.iter().map(|n| (*n, 1)).collect::<BTreeMap<_, _>>());
}

#[test]
fn beyond_the_limits_the_newest_are_kept_the_oldest_go_and_all_are_counted() {
    let start = Instant::now();
    let mut one = 0;
    for round in 0..20 {
        let place = Place::new();
        let kept = 2 + round;
        // By number and by size, with some room that no batch fits into.
        let limit = if round % 2 == 0 { ("BATCHES", kept) } else { ("BYTES", (kept + 1) * one - 1) };
        let mut writer = Spooler::ready(&mut command(&place, &[limit]));
        let all = 3 * kept;
        // Numbers of the same length make files of the same length.
        writer.store(100..100 + all);
        let newest: Vec<_> = (100 + all - kept..100 + all).collect();
        assert_eq!(waiting(&place), newest, "{limit:?}");
        let counts = writer.shutdown();
        assert_eq!((counts["recorded"], counts["stored"], counts["evicted"]), (all, kept, all - kept));
        let bytes: u64 = place.waiting().iter().map(|path| size(path)).sum();
        assert_eq!(counts["spool_bytes"], bytes);
        one = bytes / kept;
        let ended = writer.end();
        assert!(ended.status.success());
        assert_eq!(ended.stderr.matches("the spool is full").count(), 1, "{}", ended.stderr);
        assert_delivers(&place, &newest);
    }
    tell("more than the limits allow", 20, "newest kept, oldest gone, counts equal", start);
}

#[test]
fn a_burst_of_many_batches_leaves_no_more_than_the_limits_allow() {
    let place = Place::new();
    let mut writer = Spooler::ready(&mut command(&place, &[("BATCHES", 2)]));
    let all = 50_000;
    writer.spans(0, all);
    let counts = writer.flush();
    let left = waiting(&place);
    assert!(place.waiting().len() == 2 && left.last() == Some(&(all - 1)), "{:?}", place.waiting());
    assert!(left.windows(2).all(|pair| pair[0] + 1 == pair[1]), "the newest, without a gap");
    assert_eq!((counts["recorded"], counts["stored"]), (all, left.len() as u64));
    assert_eq!(counts["evicted"], all - left.len() as u64);
    assert!(writer.end().status.success());
}

#[test]
fn batches_of_others_go_too_when_they_are_the_oldest_and_are_counted_apart() {
    let place = Place::new();
    let mut first = Spooler::ready(&mut command(&place, &[("BATCHES", 5)]));
    first.store(0..4);
    assert!(first.end().status.success());
    let mut second = Spooler::ready(&mut command(&place, &[("BATCHES", 5)]));
    second.store(4..12);
    assert_eq!(waiting(&place), [7, 8, 9, 10, 11]);
    let counts = second.shutdown();
    assert_eq!((counts["recorded"], counts["stored"], counts["evicted"]), (8, 5, 3));
    assert_eq!((counts["adopted.delivered"], counts["adopted.dropped"]), (0, 4));
    assert!(second.end().status.success());
    assert_delivers(&place, &[7, 8, 9, 10, 11]);
}

#[test]
fn what_cannot_be_removed_does_not_keep_newer_batches_out() {
    let place = Place::new();
    let mut writer = Spooler::ready(&mut command(&place, &[("BATCHES", 3)]));
    writer.store(0..1);
    fs::create_dir(place.spool().join(name(1, 1))).expect("a directory");
    fs::create_dir(place.spool().join(name(2, 1))).expect("a directory");
    writer.store(1..8);
    let newest = place.waiting().split_off(2);
    let numbers: Vec<_> = newest.iter().flat_map(|path| numbers_in(&fs::read(path).expect("a batch"))).collect();
    assert_eq!(numbers.last(), Some(&7));
    let counts = writer.shutdown();
    assert_eq!((counts["recorded"], counts["stored"]), (8, numbers.len() as u64));
    assert_eq!(counts["evicted"], 8 - numbers.len() as u64);
    assert!(!writer.end().stderr.contains("cannot be used"));
}

#[test]
fn a_batch_that_can_never_fit_is_delivered_from_memory_or_counted_as_undelivered() {
    let (place, receiver) = (Place::new(), Receiver::start());
    let limits = [("BYTES", 10)];
    let mut program = Spooler::ready(command(&place, &limits).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()));
    program.spans(1, 5);
    assert_eq!(program.flush()["delivered"], 5);
    assert!(program.end().status.success());
    let mut program = Spooler::ready(&mut command(&place, &limits));
    program.spans(1, 5);
    let counts = program.shutdown();
    assert_eq!((counts["recorded"], counts["stored"], counts["undelivered"]), (5, 0, 5));
    assert!(program.end().stderr.contains("the spool cannot be used, spans wait in memory"));
    assert!(place.waiting().is_empty());
}

#[test]
fn the_quarantine_has_a_tenth_of_the_limits() {
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut writer = Spooler::ready(&mut command(&place, &[]));
    writer.store(0..1);
    for n in 1..=100 {
        fs::write(place.spool().join(name(n, 1)), "damaged").expect("room");
    }
    let limits = [("BATCHES", 200)];
    let mut reader = Spooler::ready(command(&place, &limits).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()));
    reader.wait_for("adopted.dropped", 100);
    reader.wait_for("adopted.delivered", 1);
    wait_until("a small quarantine", || place.quarantined().len() == 20);
    assert!(place.quarantined()[0].ends_with(name(81, 1)), "the newest are kept");
    assert!(reader.end().status.success() && writer.end().status.success());
}
