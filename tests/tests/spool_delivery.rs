//! From the disk to the backend: the order, the counts, and batches that nobody can deliver.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use tests::batch_file::{name, numbers_in, sealed};
use tests::faults::{times, wait_until};
use tests::place::{Place, files};
use tests::receiver::{Answer, Arrived, Receiver};
use tests::spooler::{Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");

fn command(place: &Place, mode: &str, receiver: Option<&Receiver>) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", mode);
    command.envs(receiver.map(|receiver| ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())));
    command
}

/// Batches of one span each, that another program has left.
fn left_behind(place: &Place, count: u64) {
    let mut writer = Spooler::ready(&mut command(place, "first", None));
    writer.store(0..count);
    assert!(writer.end().status.success());
    assert_eq!(place.waiting().len() as u64, count);
}

fn numbers(spans: &[Arrived]) -> Vec<u64> {
    spans.iter().filter_map(|one| one.attribute("n")?.parse().ok()).collect()
}

fn once(numbers: impl IntoIterator<Item = u64>) -> BTreeMap<u64, u64> {
    numbers.into_iter().map(|n| (n, 1)).collect()
}

/// A backend that can be switched off.
fn switched(on: bool) -> (Receiver, Arc<AtomicBool>) {
    let switch = Arc::new(AtomicBool::new(on));
    let is_on = switch.clone();
    let answer = move |_| if is_on.load(Relaxed) { Answer::Accept } else { Answer::Close };
    (Receiver::answering(answer), switch)
}

#[test]
fn the_oldest_batch_is_delivered_first() {
    let (place, receiver) = (Place::new(), Receiver::start());
    left_behind(&place, 50);
    let mut reader = Spooler::ready(&mut command(&place, "overflow", Some(&receiver)));
    reader.wait_for("adopted.delivered", 50);
    assert_eq!(numbers(&receiver.spans()), (0..50).collect::<Vec<_>>());
    assert!(reader.end().status.success());
}

#[test]
fn a_backlog_does_not_hold_up_what_is_new() {
    let (place, receiver) = (Place::new(), Receiver::start());
    left_behind(&place, 300);
    let mut reader = Spooler::ready(&mut command(&place, "overflow", Some(&receiver)));
    reader.spans(1000, 1);
    assert_eq!(reader.flush()["delivered"], 1);
    let position = numbers(&receiver.spans()).iter().position(|n| *n == 1000).expect("it has arrived");
    reader.wait_for("adopted.delivered", 300);
    assert!(position < 200, "after {position} of the others");
    assert!(reader.end().status.success());
}

#[test]
fn spans_that_a_program_stores_and_delivers_itself_are_counted_once() {
    for mode in ["first", "overflow"] {
        let (place, receiver) = (Place::new(), Receiver::start());
        let mut program = Spooler::ready(&mut command(&place, mode, Some(&receiver)));
        // Others want the processor, so that the program's threads stop at every place.
        let busy = Arc::new(AtomicBool::new(true));
        for _ in 0..8 {
            let busy = busy.clone();
            std::thread::spawn(move || while busy.load(Relaxed) {});
        }
        let spans = times(300, 3000);
        for n in 0..spans {
            // The equation is checked each time.
            program.spans(n, 1);
            program.flush();
        }
        let counts = program.wait_for("delivered", spans);
        busy.store(false, Relaxed);
        assert_eq!((counts["recorded"], counts["stored"], counts["adopted.delivered"]), (spans, 0, 0), "{mode}");
        assert_eq!(arrivals(&receiver), once(0..spans), "{mode}");
        assert!(place.waiting().is_empty() && place.leased().is_empty());
        assert!(program.end().status.success());
    }
}

#[test]
fn in_first_mode_nothing_is_sent_that_is_not_on_disk() {
    let place = Place::new();
    let dir = place.spool();
    let receiver = Receiver::judging(move |_, _, spans| {
        let leased: Vec<_> = files(&dir, "lease").iter().filter_map(|path| fs::read(path).ok()).collect();
        let on_disk: Vec<_> = leased.iter().flat_map(|bytes| numbers_in(bytes)).collect();
        if numbers(spans) == on_disk { Answer::Accept } else { Answer::Refuse(400, String::new(), Vec::new()) }
    });
    let mut program = Spooler::ready(&mut command(&place, "first", Some(&receiver)));
    for n in 0..200 {
        program.spans(n, 1);
        program.flush();
    }
    assert_eq!(program.wait_for("delivered", 200)["rejected"], 0);
    assert!(program.end().status.success());
}

#[test]
fn own_and_others_batches_are_counted_apart_and_both_as_the_receiver_has_them() {
    let (place, receiver) = (Place::new(), Receiver::start());
    left_behind(&place, 20);
    let mut reader = Spooler::ready(&mut command(&place, "first", Some(&receiver)));
    reader.store(20..50);
    reader.wait_for("delivered", 30);
    let counts = reader.wait_for("adopted.delivered", 20);
    assert_eq!((counts["recorded"], counts["stored"], counts["dropped"]), (30, 0, 0));
    assert_eq!((counts["adopted.dropped"], counts["spool_bytes"], counts["retries"]), (0, 0, 0));
    assert_eq!(arrivals(&receiver), once(0..50));
    assert!(reader.end().status.success());
}

#[test]
fn what_the_backend_rejects_is_counted_and_kept_in_the_quarantine() {
    let place = Place::new();
    left_behind(&place, 5);
    let strict = Receiver::answering(|_| Answer::Refuse(400, String::new(), b"never".to_vec()));
    let mut reader = Spooler::ready(&mut command(&place, "first", Some(&strict)));
    reader.store(5..8);
    reader.wait_for("adopted.dropped", 5);
    let counts = reader.wait_for("rejected", 3);
    assert_eq!((counts["recorded"], counts["delivered"], counts["stored"]), (3, 0, 0));
    wait_until("all of them are kept", || place.quarantined().len() == 8);
    assert!(place.waiting().is_empty() && place.leased().is_empty());
    assert!(reader.end().stderr.contains("quarantine"));
}

#[test]
fn a_backend_that_goes_and_comes_back_gets_everything_once() {
    for mode in ["first", "overflow"] {
        let ((receiver, switch), place) = (switched(true), Place::new());
        let mut program = Spooler::ready(&mut command(&place, mode, Some(&receiver)));
        for round in 0..6 {
            switch.store(round % 2 == 0, Relaxed);
            for n in 0..10 {
                program.spans(round * 10 + n, 1);
                // With a spool this does not wait for the backend.
                program.flush();
            }
        }
        let counts = program.counts();
        assert!(counts["stored"] > 0 && counts["retries"] > 0, "{mode}: {counts:?}");
        switch.store(true, Relaxed);
        program.wait_for("delivered", 60);
        assert_eq!(arrivals(&receiver), once(0..60), "{mode}");
        assert!(program.end().status.success());
    }
}

#[test]
fn a_poison_batch_holds_nothing_up_and_is_the_only_one_left() {
    let place = Place::new();
    let receiver = Receiver::judging(|_, _, spans| {
        let is_poison = spans.iter().any(|one| one.span.name == "poison");
        if is_poison { Answer::Close } else { Answer::Accept }
    });
    let mut writer = Spooler::ready(&mut command(&place, "first", None));
    writer.store(0..10);
    assert_eq!(writer.ask("poison 666"), "done");
    writer.flush();
    writer.store(10..20);
    assert!(writer.end().status.success());
    let mut reader = Spooler::ready(&mut command(&place, "first", Some(&receiver)));
    reader.wait_for("adopted.delivered", 20);
    // New ones get past it as well.
    reader.store(20..25);
    let counts = reader.wait_for("delivered", 5);
    assert_eq!((counts["adopted.dropped"], counts["dropped"]), (0, 0));
    assert!(reader.end().status.success());
    assert_eq!(arrivals(&receiver), once(0..25));
    assert_eq!(place.waiting().len() + place.leased().len(), 1, "only the poison is left");
}

#[test]
fn what_others_store_is_found_while_a_file_of_a_later_version_lies_there() {
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut writer = Spooler::ready(&mut command(&place, "first", None));
    writer.store(0..1);
    fs::write(place.spool().join(name(1, 1)), sealed(2, 1, 0, b"what comes")).expect("room");
    let mut reader = Spooler::ready(&mut command(&place, "first", Some(&receiver)));
    for n in 1..4 {
        reader.wait_for("adopted.delivered", n);
        writer.store(n..n + 1);
    }
    reader.wait_for("adopted.delivered", 4);
    assert_eq!(place.waiting().len(), 1);
    assert!(reader.end().status.success() && writer.end().status.success());
}

#[test]
fn a_batch_that_is_too_large_is_split_on_disk_and_arrives_whole() {
    let place = Place::new();
    let mut writer = Spooler::ready(&mut command(&place, "first", None));
    writer.spans(0, 100);
    writer.flush();
    assert!(writer.end().status.success());
    let receiver = Receiver::judging(|_, _, spans| match spans.len() {
        0..=10 => Answer::Accept,
        _ => Answer::Refuse(413, String::new(), Vec::new()),
    });
    let mut reader = Spooler::ready(&mut command(&place, "first", Some(&receiver)));
    let counts = reader.wait_for("adopted.delivered", 100);
    assert_eq!(counts["adopted.dropped"], 0);
    assert_eq!(arrivals(&receiver), once(0..100));
    place.wait_until_empty();
    assert!(place.quarantined().is_empty() && reader.end().status.success());
}
