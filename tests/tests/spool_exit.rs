//! The end of a program with a spool: everything is on disk, and the network is not waited for.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::batch_file::numbers_in;
use tests::faults::{heed, tell, times, wait_until};
use tests::place::Place;
use tests::receiver::{Answer, Receiver};
use tests::spooler::{Ended, Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");
/// The promise is 50 ms; this is a busy machine and a debug build.
const SHORT: Duration = Duration::from_millis(250);
/// What an exit may take without a spool, and the same allowance.
const BUDGET: Duration = Duration::from_millis(2000 + 250);

fn command(url: &str, place: Option<&Place>, mode: &str) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    if let Some(place) = place {
        command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", mode);
    }
    command
}

/// A backend that takes requests and says nothing.
fn silent() -> Receiver {
    Receiver::answering(|_| Answer::Hang)
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

/// The numbers of all spans on disk.
fn on_disk(place: &Place) -> Vec<u64> {
    let files = place.waiting().into_iter().chain(place.leased());
    let mut numbers: Vec<_> = files.flat_map(|path| numbers_in(&fs::read(path).expect("a batch"))).collect();
    numbers.sort_unstable();
    numbers
}

fn assert_all_on_disk(what: &str, place: &Place, spans: u64, ended: &Ended) {
    assert_eq!(on_disk(place), (0..spans).collect::<Vec<_>>(), "{what}");
    assert!(!ended.stderr.contains("not delivered"), "{what}: {}", ended.stderr);
}

#[test]
fn with_a_spool_and_a_backend_that_never_answers_the_exit_takes_a_moment_and_stores_all() {
    let (start, mut longest) = (Instant::now(), Duration::ZERO);
    let times = times(10, 100);
    for round in 0..times {
        let (place, receiver) = (Place::new(), silent());
        let mode = ["first", "overflow"][round as usize % 2];
        let mut program = Spooler::ready(&mut command(&receiver.url(), Some(&place), mode));
        program.spans(0, 50);
        if round % 4 < 2 {
            // With a request under way, and before there is one.
            receiver.wait_for_requests(1);
        }
        program.spans(50, 50);
        let ended = program.end();
        assert!(ended.status.success() && ended.took <= SHORT, "{mode}: {:?}", ended.took);
        assert_all_on_disk(mode, &place, 100, &ended);
        longest = longest.max(ended.took);
    }
    let what = format!("all stored, {} ms at most", longest.as_millis());
    tell("exit with a backend that never answers", times, &what, start);
}

#[test]
fn while_a_stored_batch_is_being_sent_the_exit_takes_a_moment_too() {
    let (place, receiver) = (Place::new(), silent());
    let mut writer = Spooler::ready(&mut command(&nobody(), Some(&place), "first"));
    writer.store(0..10);
    assert!(writer.end().status.success());
    let mut program = Spooler::ready(&mut command(&receiver.url(), Some(&place), "first"));
    wait_until("a lease", || place.leased().len() == 1);
    receiver.wait_for_requests(1);
    program.spans(10, 10);
    let ended = program.end();
    assert!(ended.status.success() && ended.took <= SHORT, "{:?}", ended.took);
    assert_all_on_disk("a lease", &place, 20, &ended);
}

#[test]
fn in_first_mode_no_backend_is_waited_for_whatever_it_does() {
    let slow = Receiver::answering(|_| Answer::AcceptLater(Duration::from_secs(5)));
    let busy = Receiver::answering(|_| Answer::Refuse(503, "retry-after: 30\r\n".into(), Vec::new()));
    let broken = Receiver::answering(|_| Answer::Close);
    // TEST-NET-1: packets go nowhere.
    let urls = [nobody(), "http://192.0.2.1:4318".to_owned(), slow.url(), busy.url(), broken.url(), silent().url()];
    for url in urls {
        let place = Place::new();
        let mut program = Spooler::ready(&mut command(&url, Some(&place), "first"));
        for n in 0..20 {
            program.spans(n, 1);
            let start = Instant::now();
            program.flush();
            assert!(start.elapsed() < Duration::from_secs(2), "a flush waits for {url}");
        }
        let ended = program.end();
        assert!(ended.status.success() && ended.took <= SHORT, "{url}: {:?}", ended.took);
        assert_all_on_disk(&url, &place, 20, &ended);
    }
}

#[test]
fn a_backend_that_answers_gets_everything_over_two_lives_and_twice_only_what_was_under_way_at_the_end() {
    for mode in ["first", "overflow"] {
        for _ in 0..times(5, 50) {
            let (place, receiver) = (Place::new(), Receiver::start());
            let mut program = Spooler::ready(&mut command(&receiver.url(), Some(&place), mode));
            program.spans(0, 30);
            let ended = program.end();
            assert!(ended.status.success() && ended.took <= SHORT, "{mode}: {:?}", ended.took);
            let drainer = Spooler::ready(&mut command(&receiver.url(), Some(&place), mode));
            wait_until("all of them arrive", || arrivals(&receiver).len() == 30);
            place.wait_until_empty();
            assert!(drainer.end().status.success());
            // The answer of the last request may come too late for the first.
            assert!(arrivals(&receiver).values().all(|times| *times <= 2), "{mode}");
        }
    }
}

#[test]
fn without_a_spool_the_exit_takes_its_budget_at_most_and_counts_what_is_lost() {
    for url in [silent().url(), nobody()] {
        let mut program = Spooler::ready(&mut command(&url, None, ""));
        program.spans(0, 100);
        let ended = program.end();
        assert!(ended.status.success() && ended.took <= BUDGET, "{url}: {:?}", ended.took);
        assert!(
            ended.stderr.contains("100 spans recorded, 0 delivered, 100 not delivered in time"),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn an_exit_with_many_spans_stores_all_of_them() {
    let (place, receiver) = (Place::new(), silent());
    let mut program = Spooler::ready(&mut command(&receiver.url(), Some(&place), "overflow"));
    program.spans(0, 30_000);
    let ended = program.end();
    assert!(ended.status.success() && ended.took <= BUDGET, "{:?}", ended.took);
    assert_all_on_disk("many", &place, 30_000, &ended);
}

#[test]
fn a_call_of_exit_and_a_signal_store_all_and_change_nothing_else() {
    for what in ["exit", "SIGTERM", "SIGINT"] {
        let (place, receiver) = (Place::new(), silent());
        let mut command = command(&receiver.url(), Some(&place), "overflow");
        heed(&mut command, libc::SIGINT);
        let mut program = Spooler::ready(command.env("SPOOLER_SIGNALS", "1"));
        program.spans(0, 100);
        match what {
            "exit" => program.order("exit"),
            "SIGTERM" => program.signal(libc::SIGTERM),
            _ => program.signal(libc::SIGINT),
        }
        let ended = program.ended_by_itself();
        assert!(ended.took <= SHORT, "{what}: {:?}", ended.took);
        let expected = match what {
            "exit" => (Some(3), None),
            "SIGTERM" => (None, Some(libc::SIGTERM)),
            _ => (None, Some(libc::SIGINT)),
        };
        assert_eq!((ended.status.code(), ended.status.signal()), expected, "{what}");
        assert_all_on_disk(what, &place, 100, &ended);
    }
}
