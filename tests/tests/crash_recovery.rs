//! Recovery that is itself killed, or done by several at once.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::faults::{LONG, random, tell, times};
use tests::place::{Place, files};
use tests::receiver::Receiver;
use tests::spooler::{Spooler, spooler};
use trace_export::stored::FileKind;

/// Leaves a crash file with many spans.
fn crash(place: &Place) {
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    // Elsewhere at first: there it would recover what others left.
    let elsewhere = place.path("elsewhere");
    command.env("TRACE_CRASH_DIR", &elsewhere);
    // Somebody is there and never answers, so all stay in the file.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    let mut program = Spooler::ready(&mut command);
    program.spans(0, 30_000);
    let _killed = program.kill();
    private_dir(&place.spool());
    let left = files(&elsewhere, "crash").pop().expect("what was killed leaves one");
    fs::rename(&left, place.spool().join(left.file_name().expect("a name"))).expect("the same disk");
}

fn private_dir(path: &Path) {
    let made = fs::DirBuilder::new().mode(0o700).create(path);
    assert!(made.is_ok() || path.is_dir(), "{made:?}");
}

fn next(place: &Place, receiver: &Receiver) -> Command {
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    command.env("TRACE_CRASH_DIR", place.spool()).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
    command
}

fn wait_until_recovered(place: &Place, own: usize) {
    let end = Instant::now() + LONG;
    let left = || place.waiting().len() + place.leased().len() + files(&place.spool(), "crash").len();
    while left() > own {
        assert!(Instant::now() < end, "not recovered: {:?}", place.names());
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn arrivals(receiver: &Receiver) -> BTreeMap<Vec<u8>, u64> {
    let mut arrivals = BTreeMap::new();
    for one in receiver.spans() {
        *arrivals.entry(one.span.span_id.clone()).or_default() += 1;
    }
    arrivals
}

#[test]
fn several_that_recover_at_once_deliver_each_span_once() {
    let (place, receiver) = (Place::new(), Receiver::start());
    for _ in 0..3 {
        crash(&place);
    }
    let spans = stored_spans(&place);
    let programs: Vec<_> = (0..4).map(|_| Spooler::ready(&mut next(&place, &receiver))).collect();
    wait_until_recovered(&place, programs.len());
    for program in programs {
        let ended = program.end();
        assert!(ended.status.success() && ended.stderr.is_empty(), "{}", ended.stderr);
    }
    let arrived = arrivals(&receiver);
    assert_eq!(arrived.len() as u64, spans);
    assert!(arrived.values().all(|times| *times == 1));
}

fn stored_spans(place: &Place) -> u64 {
    let files = trace_export::stored::look(place.spool()).expect("it is there");
    files.iter().map(|file| file.read().expect("it is good").span_count()).sum()
}

/// In crash files.
fn unrecovered_spans(place: &Place) -> u64 {
    let files = trace_export::stored::look(place.spool()).unwrap_or_default();
    let crashes = files.iter().filter(|file| file.kind == FileKind::Crash);
    crashes.map(|file| file.read().map_or(0, |content| content.span_count())).sum()
}

#[test]
fn a_recovery_that_is_killed_loses_nothing_and_sends_one_batch_again_at_most() {
    let (start, kills) = (Instant::now(), times(12, 50));
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut expected = 0;
    for _ in 0..kills {
        // So that there is something to recover when the end comes.
        if unrecovered_spans(&place) < 20_000 {
            crash(&place);
            expected += 30_000;
        }
        // Leases of the dead are not waited for much longer.
        let program = Spooler::ready(next(&place, &receiver).env("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"));
        std::thread::sleep(Duration::from_micros(random(0..600_000)));
        let _killed = program.kill();
    }
    let program = Spooler::ready(&mut next(&place, &receiver));
    wait_until_recovered(&place, 1);
    assert!(program.end().status.success());
    let arrived = arrivals(&receiver);
    let twice: u64 = arrived.values().map(|times| times - 1).sum();
    let quarantined = files(&place.spool().join("quarantine"), "crash");
    assert!(quarantined.is_empty() && place.quarantined().is_empty(), "{quarantined:?} {:?}", place.quarantined());
    assert_eq!(arrived.len() as u64, expected, "lost or invented");
    assert!(twice <= kills * 8192, "{twice} twice");
    let what = format!("{expected} spans, 0 lost, {twice} twice");
    tell("kill -9 while recovering", kills, &what, start);
}
