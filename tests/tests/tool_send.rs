//! `trace-spool send`: once each, to the end, and it says what is left.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tests::batch_file::{HEADER, name, numbers_in, sealed};
use tests::place::Place;
use tests::receiver::{Answer, Receiver};
use tests::spooler::{Spooler, arrivals, spooler};
use tests::tool::{Ran, batch, command, end_leases, put, run, span};

fn program(place: &Place, url: Option<&str>) -> Command {
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    command.envs(url.map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url)));
    command
}

/// Batches of one span each, of a program whose backend is away.
fn stored(place: &Place, count: u64) {
    let mut writer = Spooler::ready(&mut program(place, Some("http://127.0.0.1:1")));
    writer.store(0..count);
    assert!(writer.end().status.success());
    end_leases(place);
    assert_eq!(place.waiting().len() as u64, count);
}

fn once(count: u64) -> BTreeMap<u64, u64> {
    (0..count).map(|n| (n, 1)).collect()
}

fn send(place: &Place, url: &str, timeout: &str) -> Ran {
    run(&[&"send", &"--endpoint", &url, &"--timeout", &timeout, &place.spool()])
}

#[test]
fn everything_is_delivered_once_and_nothing_else_is_sent() {
    let (place, receiver) = (Place::new(), Receiver::start());
    stored(&place, 30);
    assert_eq!(send(&place, &receiver.url(), "60s").quietly(0), "30 spans delivered\n");
    assert_eq!(arrivals(&receiver), once(30));
    assert_eq!(receiver.spans().len(), 30, "the tool has no spans of its own");
    assert!(place.waiting().is_empty() && place.leased().is_empty());
    assert_eq!(send(&place, &receiver.url(), "60s").quietly(0), "0 spans delivered\n");
}

#[test]
fn the_destination_is_that_of_the_variables_or_the_one_that_was_saved() {
    let (place, receiver) = (Place::new(), Receiver::start());
    stored(&place, 1);
    let mut by_variables = command(&[&"send", &place.spool()]);
    by_variables.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).env("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=blue");
    let ran = Ran::of(&by_variables.output().expect("the tool runs"));
    assert_eq!(ran.quietly(0), "1 span delivered\n");
    let tenants: Vec<_> =
        receiver.requests().iter().filter_map(|request| request.headers.get("x-tenant").cloned()).collect();
    assert_eq!(tenants, ["blue"]);
    stored(&place, 2);
    let nowhere = run(&[&"send", &place.spool()]);
    assert!(
        nowhere.code == 2 && nowhere.stderr.contains("--endpoint URL, or set OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{nowhere:?}"
    );
    trace_export::Destination::new(receiver.url()).save(place.spool()).expect("room");
    assert_eq!(run(&[&"send", &place.spool()]).quietly(0), "2 spans delivered\n");
}

#[test]
fn variables_that_keep_spans_from_being_sent_are_named() {
    let place = Place::new();
    stored(&place, 1);
    for (variable, value) in
        [("OTEL_TRACES_EXPORTER", "console"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_SDK_DISABLED", "true")]
    {
        let mut command = command(&[&"send", &place.spool()]);
        // The endpoint of the variables: one of the command line wins over the list of exporters.
        command.env(variable, value).env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        let ran = Ran::of(&command.output().expect("the tool runs"));
        assert!(ran.code == 2 && ran.stderr.contains(variable), "{ran:?}");
    }
    let bad = run(&[&"send", &"--endpoint=localhost", &place.spool()]);
    assert!(bad.code == 2 && bad.stderr.contains("localhost"), "{bad:?}");
    assert_eq!(place.waiting().len(), 1);
}

#[test]
fn a_backend_that_is_away_costs_nothing_but_the_exit_code() {
    let place = Place::new();
    stored(&place, 3);
    let ran = send(&place, "http://127.0.0.1:1", "1s");
    assert_eq!((ran.code, &*ran.stdout), (1, "0 spans delivered\n"));
    assert!(ran.stderr.contains("left: 3 batches (3 spans): not delivered"), "{ran:?}");
    assert_eq!((place.waiting().len(), place.leased().len()), (3, 0));
}

#[test]
fn a_backend_that_comes_back_gets_all_of_it() {
    let place = Place::new();
    stored(&place, 5);
    let receiver =
        Receiver::answering(
            |nth| if nth < 4 { Answer::Refuse(503, String::new(), Vec::new()) } else { Answer::Accept },
        );
    let ran = send(&place, &receiver.url(), "60s");
    assert_eq!((ran.code, &*ran.stdout), (0, "5 spans delivered\n"), "{ran:?}");
    assert_eq!(arrivals(&receiver), once(5));
}

#[test]
fn a_batch_that_another_process_sends_stays_with_it() {
    // A lease does not wait for Cargo.
    let _built = tests::built::trace_spool();
    let (place, receiver) = (Place::new(), Receiver::start());
    stored(&place, 4);
    let hanging = Receiver::answering(|_| Answer::Hang);
    let mut holder = program(&place, Some(&hanging.url()));
    let holder = Spooler::ready(holder.env("OTEL_EXPORTER_OTLP_TIMEOUT", "280000"));
    hanging.wait_for_requests(1);
    let leased = place.leased();
    let [held] = &leased[..] else { panic!("one lease: {leased:?}") };
    let number = numbers_in(&fs::read(held).expect("a file"));
    let ran = send(&place, &receiver.url(), "1s");
    assert_eq!((ran.code, &*ran.stdout), (1, "3 spans delivered\n"));
    assert!(ran.stderr.contains("left: 1 batch (1 span): another process sends, for 4m"), "{ran:?}");
    let mut expected = once(4);
    expected.remove(&number[0]);
    assert_eq!(arrivals(&receiver), expected);
    assert_eq!(place.leased(), leased, "still its holder's");
    // When the holder is dead and its lease has run out, anybody may.
    drop(holder);
    let name = held.file_name().and_then(|name| name.to_str()).expect("a name");
    let stem = name.split('.').next().expect("a name");
    fs::rename(held, place.spool().join(format!("{stem}.1.lease"))).expect("a file");
    assert_eq!(send(&place, &receiver.url(), "60s").quietly(0), "1 span delivered\n");
    assert_eq!(arrivals(&receiver), once(4));
}

#[test]
fn two_at_once_deliver_each_batch_once_and_both_wait_for_the_last() {
    let place = Place::new();
    stored(&place, 60);
    let receiver = Receiver::answering(|_| Answer::AcceptLater(Duration::from_millis(5)));
    let url = receiver.url();
    let rans = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| send(&place, &url, "60s")));
        both.map(|one| one.join().expect("no panic"))
    });
    let mut sum = 0;
    for ran in rans {
        let told = ran.quietly(0);
        sum += told.split(' ').next().and_then(|count| count.parse::<u64>().ok()).expect("a number");
    }
    assert_eq!(sum, 60);
    assert_eq!(arrivals(&receiver), once(60));
    assert!(place.waiting().is_empty() && place.leased().is_empty());
}

#[test]
fn what_is_rejected_or_damaged_is_in_the_quarantine_and_what_is_newer_stays() {
    let (place, receiver) = (
        Place::new(),
        Receiver::judging(|_, _, spans| {
            let poison = spans.iter().any(|one| one.span.name == "poison");
            if poison { Answer::Refuse(400, String::new(), b"no".to_vec()) } else { Answer::Accept }
        }),
    );
    let good = batch("shop", vec![span(1, 1, 0, "good", (0, 1))]);
    let mut cut = good.clone();
    cut.truncate(HEADER + 3);
    let files = [
        (name(1, 1), good.clone()),
        (name(2, 1), batch("shop", vec![span(1, 2, 0, "poison", (0, 1))])),
        (name(3, 1), cut),
        (name(4, 1), sealed(2, 1, 99, b"what comes")),
        (name(5, 1), good),
        ("9.crash".to_owned(), b"x".to_vec()),
    ];
    put(&place, &files);
    let ran = send(&place, &receiver.url(), "60s");
    assert_eq!((ran.code, &*ran.stdout), (1, "2 spans delivered\n"), "{ran:?}");
    for said in ["2 spans rejected or damaged", "1 batch of another version", "a crash file is damaged"] {
        assert!(ran.stderr.contains(said), "{said}: {ran:?}");
    }
    assert!(!ran.stderr.contains("left: "), "{ran:?}");
    let names = |files: Vec<std::path::PathBuf>| -> Vec<_> {
        files.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
    };
    assert_eq!(names(place.waiting()), [name(4, 1)]);
    assert_eq!(names(place.quarantined()), [name(2, 1), name(3, 1)]);
    assert!(place.spool().join("quarantine/9.crash").exists());
}

#[test]
fn a_rejection_alone_is_not_all_well() {
    let (place, receiver) = (Place::new(), Receiver::answering(|_| Answer::Refuse(400, String::new(), Vec::new())));
    stored(&place, 1);
    let ran = send(&place, &receiver.url(), "60s");
    assert_eq!((ran.code, &*ran.stdout), (1, "0 spans delivered\n"), "{ran:?}");
    assert!(ran.stderr.contains("1 span rejected or damaged") && place.quarantined().len() == 1, "{ran:?}");
}

#[test]
fn a_batch_that_is_too_large_arrives_in_parts() {
    let place = Place::new();
    let spans = (1..9).map(|id| span(1, id, 0, "work", (0, 1))).collect();
    put(&place, &[(name(1, 8), batch("shop", spans))]);
    let receiver = Receiver::judging(|_, _, spans| match spans.len() {
        0..=2 => Answer::Accept,
        _ => Answer::Refuse(413, String::new(), Vec::new()),
    });
    assert_eq!(send(&place, &receiver.url(), "60s").quietly(0), "8 spans delivered\n");
    assert_eq!(receiver.spans().len(), 8);
}

/// It is about what was there when it began, or it would never end beside a busy program.
#[test]
fn a_batch_from_before_the_clock_was_set_back_is_sent_too() {
    let (place, receiver) = (Place::new(), Receiver::start());
    stored(&place, 1);
    let late = std::time::UNIX_EPOCH.elapsed().expect("after 1970") + Duration::from_secs(3600);
    put(&place, &[(name(late.as_nanos() as u64, 1), batch("shop", vec![span(1, 1, 0, "late", (0, 1))]))]);
    assert_eq!(send(&place, &receiver.url(), "60s").quietly(0), "2 spans delivered\n");
}

#[test]
fn what_is_stored_meanwhile_is_not_waited_for() {
    let place = Arc::new(Place::new());
    stored(&place, 1);
    let there = place.clone();
    let receiver = Receiver::judging(move |_, _, spans| {
        if spans.iter().any(|one| one.span.name == "late") {
            return Answer::Hang;
        }
        if !spans.is_empty() {
            let now = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_nanos() as u64;
            put(&there, &[(name(now, 1), batch("shop", vec![span(1, 1, 0, "late", (0, 1))]))]);
        }
        Answer::Accept
    });
    assert_eq!(send(&place, &receiver.url(), "600s").quietly(0), "1 span delivered\n");
}
