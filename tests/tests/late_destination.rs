//! Programs that record before anybody knows where their spans go.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;
use tests::faults::wait_until;
use tests::place::Place;
use tests::receiver::Receiver;
use tests::spooler::{Spooler, arrivals, spooler};
use trace_export::Destination;

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");

fn with_spool(place: &Place) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool());
    command
}

fn in_memory(bytes: u64) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("SPOOLER_LATE", bytes.to_string());
    command
}

fn asking(file: &Place) -> Command {
    let mut command = in_memory(1 << 20);
    command.env("SPOOLER_DISCOVER", file.path("url"));
    command
}

fn once(numbers: impl IntoIterator<Item = u64>) -> BTreeMap<u64, u64> {
    numbers.into_iter().map(|n| (n, 1)).collect()
}

/// Nothing has arrived, and nothing is lost.
fn assert_waiting(program: &mut Spooler, spans: u64) {
    let counts = program.counts();
    assert_eq!((counts["delivered"], counts["dropped"]), (0, 0), "{counts:?}");
    assert_eq!(counts["in_flight"] + counts["stored"], spans, "{counts:?}");
}

#[test]
fn a_call_names_the_destination_and_everything_so_far_goes_there() {
    let receiver = Receiver::start();
    let mut program = Spooler::ready(&mut in_memory(1 << 20));
    program.spans(0, 100);
    assert!(program.ask("flush 300").starts_with("complete=0"));
    assert_waiting(&mut program, 100);
    assert_eq!(program.ask(&format!("destination {}", receiver.url())), "Ok(true)");
    assert_eq!(program.flush()["delivered"], 100);
    assert_eq!(arrivals(&receiver), once(0..100));
    let ended = program.end();
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn the_same_destination_again_changes_nothing_and_another_one_gets_what_is_new() {
    let (first, second) = (Receiver::start(), Receiver::start());
    let mut program = Spooler::ready(&mut in_memory(1 << 20));
    for n in 0..3 {
        let is_new = program.ask(&format!("destination {}", first.url()));
        assert_eq!(is_new, if n == 0 { "Ok(true)" } else { "Ok(false)" });
        program.spans(n, 1);
        program.flush();
    }
    assert!(first.requests().iter().all(|request| request.connection == 0), "the connection is kept");
    let refused = program.ask("destination no-url");
    assert!(refused.starts_with("Err(") && refused.contains("no-url"), "{refused}");
    program.spans(3, 1);
    program.flush();
    assert_eq!(program.ask(&format!("destination {}", second.url())), "Ok(true)");
    program.spans(4, 1);
    assert_eq!(program.flush()["delivered"], 5);
    assert_eq!((arrivals(&first), arrivals(&second)), (once(0..4), once(4..5)));
    assert!(program.end().status.success());
}

#[test]
fn more_than_may_wait_in_memory_is_dropped_newest_first_and_counted() {
    let receiver = Receiver::start();
    let mut program = Spooler::ready(&mut in_memory(100_000));
    for n in 0..100 {
        assert_eq!(program.ask(&format!("spans {} 10 100", 10 * n)), "done");
        program.ask("flush 1");
    }
    // What is not read yet is in flight, too: a flush has everything read, though not sent.
    wait_until("everything is read", || {
        let before = program.counts();
        program.ask("flush 500");
        let counts = program.counts();
        counts["memory_full"] > 0 && counts["memory_full"] + counts["in_flight"] == 1000 && counts == before
    });
    let kept = program.counts()["in_flight"];
    assert!((100..900).contains(&kept), "{kept} spans in 100 kB");
    assert_eq!(program.ask(&format!("destination {}", receiver.url())), "Ok(true)");
    let counts = program.flush();
    assert_eq!((counts["recorded"], counts["delivered"], counts["memory_full"]), (1000, kept, 1000 - kept));
    assert_eq!(arrivals(&receiver), once(0..kept), "the oldest are kept");
    // There is room again.
    program.spans(1000, 1);
    assert_eq!(program.flush()["delivered"], kept + 1);
    assert!(program.end().stderr.contains("memory for records was full"));
}

#[test]
fn a_destination_saved_by_another_program_is_used_and_so_is_a_change_of_it() {
    let (place, first, second) = (Place::new(), Receiver::start(), Receiver::start());
    let mut program = Spooler::ready(&mut with_spool(&place));
    program.spans(0, 10);
    assert_eq!(program.flush()["stored"], 10, "it is on disk meanwhile");
    Destination::new(first.url()).header("x-tenant", "blue, with \"ümlaut").save(place.spool()).expect("saved");
    program.wait_for("delivered", 10);
    assert!(first.requests().iter().all(|request| request.headers["x-tenant"].starts_with("blue")));
    Destination::new(second.url()).save(place.spool()).expect("saved");
    wait_until("the other one is used", || {
        program.spans(10, 1);
        program.flush();
        !second.requests().is_empty()
    });
    assert_eq!(arrivals(&first).keys().filter(|n| **n < 10).count(), 10);
    assert!(second.requests().iter().all(|request| !request.headers.contains_key("x-tenant")));
    let ended = program.end();
    assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_saved_destination_that_makes_no_sense_is_said_once_and_hurts_nothing() {
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut program = Spooler::ready(&mut with_spool(&place));
    program.spans(0, 1);
    program.flush();
    let file = place.spool().join("destination");
    let secret = "OTEL_EXPORTER_OTLP_HEADERS=key=s3cret\n";
    let junk: [&[u8]; 5] = [b"junk", b"\xff\xfe", b"", b"PATH=/tmp\n", b"OTEL_EXPORTER_OTLP_ENDPOINT=no url\n"];
    for (nth, junk) in junk.iter().enumerate() {
        fs::write(&file, [secret.as_bytes(), *junk].concat()).expect("room");
        if nth == 0 {
            wait_until("it is said", || program.said().contains("the saved destination is not used"));
        }
        program.spans(1 + nth as u64, 1);
        program.flush();
    }
    assert_waiting(&mut program, 6);
    Destination::new(receiver.url()).save(place.spool()).expect("saved");
    program.wait_for("delivered", 6);
    assert_eq!(arrivals(&receiver), once(0..6));
    let ended = program.end();
    assert!(ended.status.success() && ended.stderr.lines().count() == 1, "{}", ended.stderr);
    assert!(!ended.stderr.contains("s3cret"));
}

#[test]
fn a_callback_says_where_and_one_that_fails_or_panics_hurts_nothing() {
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut program = Spooler::ready(&mut asking(&place));
    for (nth, answer) in ["", "error", "panic", "no url"].into_iter().enumerate() {
        fs::write(place.path("url"), answer).expect("room");
        program.spans(nth as u64, 1);
        assert!(program.ask("flush 1100").starts_with("complete=0"), "{answer}");
        assert_waiting(&mut program, 1 + nth as u64);
    }
    fs::write(place.path("url"), receiver.url()).expect("room");
    assert_eq!(program.flush()["delivered"], 4);
    // What it said stays, whatever it says now.
    for (nth, answer) in ["error", "panic", ""].into_iter().enumerate() {
        fs::write(place.path("url"), answer).expect("room");
        program.spans(4 + nth as u64, 1);
        program.flush();
    }
    assert_eq!(arrivals(&receiver), once(0..7));
    let ended = program.end();
    assert!(ended.status.success());
    let said = "the program does not say where to send spans";
    assert_eq!(ended.stderr.matches(said).count(), 1, "{}", ended.stderr);
}

#[test]
fn what_the_program_calls_counts_more_than_what_is_saved_or_asked() {
    let (place, called, other) = (Place::new(), Receiver::start(), Receiver::start());
    fs::write(place.path("url"), other.url()).expect("room");
    Destination::new(other.url()).save(place.spool()).expect("saved");
    let mut command = with_spool(&place);
    let mut program = Spooler::ready(command.env("SPOOLER_DISCOVER", place.path("url")));
    program.ask(&format!("destination {}", called.url()));
    for n in 0..5 {
        program.spans(n, 1);
        program.flush();
        // More often than once a second would show.
        std::thread::sleep(Duration::from_millis(300));
    }
    program.wait_for("delivered", 5);
    assert_eq!(arrivals(&called), once(0..5));
    assert!(other.requests().is_empty());
    assert!(program.end().status.success());
}

#[test]
fn an_endpoint_in_the_environment_counts_more_than_a_saved_one() {
    let (place, named, saved) = (Place::new(), Receiver::start(), Receiver::start());
    Destination::new(saved.url()).save(place.spool()).expect("saved");
    let mut command = with_spool(&place);
    let mut program = Spooler::ready(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", named.url()));
    program.spans(0, 1);
    program.flush();
    program.wait_for("delivered", 1);
    assert_eq!((arrivals(&named), saved.requests().len()), (once(0..1), 0));
    assert!(program.end().status.success());
}

#[test]
fn what_a_program_recorded_before_discovery_is_sent_by_a_later_one() {
    let (place, receiver) = (Place::new(), Receiver::start());
    for n in 0..3 {
        let mut early = Spooler::ready(&mut with_spool(&place));
        early.spans(10 * n, 10);
        let ended = early.end();
        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    }
    assert!(!place.waiting().is_empty());
    Destination::new(receiver.url()).save(place.spool()).expect("saved");
    let mut later = Spooler::ready(&mut with_spool(&place));
    let counts = later.wait_for("adopted.delivered", 30);
    assert_eq!((counts["recorded"], counts["adopted.dropped"]), (0, 0));
    assert_eq!(arrivals(&receiver), once(0..30));
    assert!(later.end().status.success());
}

#[test]
fn a_program_that_never_learns_its_destination_ends_at_once_and_counts_what_is_lost() {
    let mut program = Spooler::ready(&mut in_memory(1 << 20));
    program.spans(0, 10);
    let ended = program.end();
    assert!(ended.status.success() && ended.took < Duration::from_millis(250), "{:?}", ended.took);
    assert!(ended.stderr.contains("10 spans recorded, 0 delivered, 10 not delivered in time"), "{}", ended.stderr);
}
