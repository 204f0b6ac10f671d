//! Crash files that nobody takes away: programs that die again and again while the backend is away, and names from another time.

use std::fs;
use std::time::Duration;
use tests::faults::wait_until;
use tests::place::{Place, files};
use tests::receiver::Receiver;
use tests::spooler::{Spooler, spooler};

/// Records and is killed before anything of it is stored.
fn crash(place: &Place, spans: u64) {
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    // It does not recover what is there: that is for those who can send it.
    command.env("TRACE_CRASH_DIR", place.spool()).env("OTEL_TRACES_EXPORTER", "console");
    let mut program = Spooler::ready(&mut command);
    program.spans(0, spans);
    let _killed = program.kill();
}

#[test]
fn programs_that_die_while_the_backend_is_away_leave_a_bounded_number_of_files() {
    const PROGRAMS: usize = 30;
    let place = Place::new();
    let mut said = String::new();
    for _ in 0..PROGRAMS {
        let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
        command.env("TRACE_CRASH_DIR", place.spool()).env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
        // A batch of what the first has left fills more than half of it.
        command.env("TRACE_SPOOL_MAX_BYTES", "300000").env("OTEL_BSP_SCHEDULE_DELAY", "1000");
        let mut program = Spooler::ready(&mut command);
        program.spans(0, 1500);
        // Its own, and those that wait.
        wait_until("few files", || files(&place.spool(), "crash").len() <= 1 + 17);
        said.push_str(&program.kill().stderr);
    }
    assert!(said.contains("too many crash files wait: the oldest goes"), "{said}");
    assert!(files(&place.spool(), "crash").len() >= 16, "the newest stay");
}

/// While a file is recovered it is held and nothing else may be there: that is not the end.
#[test]
fn recovering_ends_when_all_is_delivered_and_not_before() {
    let (place, receiver) = (Place::new(), Receiver::start());
    crash(&place, 3000);
    let file = files(&place.spool(), "crash").pop().expect("what was killed leaves one");
    let kept = place.path("kept");
    fs::rename(&file, &kept).expect("our own");
    for nth in 1..=20 {
        fs::copy(&kept, &file).expect("room");
        let builder = trace_export::builder().endpoint(receiver.url());
        let recovered = builder.recover(place.spool(), Duration::from_secs(30)).expect("a destination");
        assert_eq!((recovered.delivered, recovered.left.len()), (3000, 0), "the {nth}th time: {recovered:?}");
        assert_eq!(place.names(), Vec::<String>::new());
    }
}

#[test]
fn the_list_counts_what_is_in_crash_files() {
    let place = Place::new();
    crash(&place, 7);
    let listed = tests::tool::run(&[&"list", &place.spool()]);
    assert!(listed.quietly(0).contains("1 file, 7 spans, "));
}

#[test]
fn a_crash_file_from_before_the_clock_was_set_back_is_recovered() {
    let (place, receiver) = (Place::new(), Receiver::start());
    crash(&place, 10);
    let file = files(&place.spool(), "crash").pop().expect("what was killed leaves one");
    let name = file.file_name().and_then(|name| name.to_str()).expect("a plain name");
    let (_, process) = name.split_once('-').expect("two numbers");
    // 2099.
    fs::rename(&file, place.spool().join(format!("04070908800000000000-{process}"))).expect("our own");
    let builder = trace_export::builder().endpoint(receiver.url());
    let recovered = builder.recover(place.spool(), Duration::from_secs(30)).expect("a destination");
    assert_eq!((recovered.delivered, recovered.left.len()), (10, 0), "{recovered:?}");
    assert!(files(&place.spool(), "crash").is_empty());
}
