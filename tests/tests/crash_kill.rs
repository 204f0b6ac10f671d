//! Processes that are killed or crash while they record: their finished spans are found, and those that were open at that instant.

use opentelemetry_proto::tonic::trace::v1::span::Event;
use std::collections::{BTreeMap, HashMap};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::faults::{LONG, random, tell, times};
use tests::place::Place;
use tests::receiver::Receiver;
use tests::spooler::{Ended, Spooler, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_crashing");

fn crashing(program: &str, place: &Place) -> Command {
    let mut command = spooler(program);
    command.env("TRACE_CRASH_DIR", place.spool());
    command
}

/// What a program said of its spans.
#[derive(Default)]
struct Told {
    /// Their parents.
    opened: BTreeMap<String, String>,
    done: Vec<String>,
}

impl Told {
    fn take(&mut self, lines: &[String]) {
        for line in lines {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["open", span, parent] => _ = self.opened.insert(span.to_owned(), parent.to_owned()),
                ["done", span] => self.done.push(span.to_owned()),
                _ => {}
            }
        }
    }
}

/// The next program that uses the directory sends what the others left there.
fn recover(place: &Place, receiver: &Receiver) {
    let mut command = spooler(env!("CARGO_BIN_EXE_spooler"));
    command.env("TRACE_CRASH_DIR", place.spool()).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
    let program = Spooler::ready(&mut command);
    let end = Instant::now() + LONG;
    // Its own crash file is there as long as it runs. What was being stored when its process died stays unfinished for an hour.
    let left = || place.names().into_iter().filter(|name| name.strip_suffix(".new").is_none()).collect::<Vec<_>>();
    while left().len() > 1 {
        assert!(Instant::now() < end, "not recovered: {:?}", place.names());
        std::thread::sleep(Duration::from_millis(2));
    }
    let ended = program.end();
    assert!(ended.status.success());
    assert_eq!(ended.stderr, "");
    assert_eq!(left(), Vec::<String>::new(), "nothing is left");
}

fn hex(id: &[u8]) -> String {
    trace_runtime::SpanId::from_u64(id.iter().fold(0, |id, byte| id << 8 | u64::from(*byte))).to_string()
}

/// Spans of a batch.
const BATCH: usize = 8192;

/// Everything that a program said is at the receiver, as it was said. How many were finished, interrupted, and came twice: those of a
/// batch at most, which was just being stored.
fn compare(told: &Told, receiver: &Receiver) -> (usize, usize, usize) {
    let mut arrived: HashMap<String, Vec<(String, bool)>> = HashMap::new();
    for one in receiver.spans() {
        let parent = if one.span.parent_span_id.is_empty() { "-".to_owned() } else { hex(&one.span.parent_span_id) };
        let is_interrupted = one.attribute("trace.end").as_deref() == Some("crash");
        assert!(one.span.end_time_unix_nano >= one.span.start_time_unix_nano);
        assert!(!one.span.name.is_empty());
        arrived.entry(hex(&one.span.span_id)).or_default().push((parent, is_interrupted));
    }
    let twice = arrived.values().filter(|times| times.len() > 1).count();
    assert!(twice <= BATCH && arrived.values().all(|times| times.len() <= 2), "{twice} spans arrived twice");
    for (span, parent) in &told.opened {
        let found = arrived.get(span).unwrap_or_else(|| panic!("span {span} below {parent} is lost"));
        assert_eq!(found[0].0, *parent, "the parent of {span}");
    }
    for span in &told.done {
        assert!(!arrived[span][0].1, "{span} was finished");
    }
    let interrupted = arrived.values().filter(|found| found[0].1).count();
    (told.done.len(), interrupted, twice)
}

fn run(place: &Place, told: &mut Told, how: &str, end: impl FnOnce(Spooler) -> Ended) -> Ended {
    run_program(PROGRAM, place, told, how, end)
}

fn run_program(program: &str, place: &Place, told: &mut Told, how: &str, end: impl FnOnce(Spooler) -> Ended) -> Ended {
    let mut command = crashing(program, place);
    let program = Spooler::ready(if how.is_empty() { &mut command } else { command.arg(how) });
    for _ in 0..random(0..400) {
        told.take(&[program.answer()]);
    }
    let ended = end(program);
    told.take(&ended.answers);
    ended
}

#[test]
fn a_killed_process_loses_no_finished_span_and_those_that_were_open_are_found_with_their_parents() {
    let (start, kills) = (Instant::now(), times(20, 200));
    let (mut finished, mut interrupted, mut twice) = (0, 0, 0);
    for _ in 0..kills {
        let (place, receiver, mut told) = (Place::new(), Receiver::start(), Told::default());
        run(&place, &mut told, "", |program| {
            std::thread::sleep(Duration::from_micros(random(0..5000)));
            program.kill()
        });
        recover(&place, &receiver);
        let (of_this, open, again) = compare(&told, &receiver);
        finished += of_this;
        interrupted += open;
        twice += usize::from(again > 0);
    }
    assert!(interrupted as u64 > kills, "something was open each time");
    tell(
        "kill -9 while recording",
        kills,
        &format!("{finished} finished, {interrupted} interrupted, 0 lost; {twice} times a batch twice"),
        start,
    );
}

#[test]
fn a_process_that_crashes_by_itself_leaves_its_spans_too() {
    let (start, crashes) = (Instant::now(), times(3, 20));
    for (how, signal) in [("abort", libc::SIGABRT), ("overflow", libc::SIGABRT), ("fault", libc::SIGSEGV)] {
        for _ in 0..crashes {
            let (place, receiver, mut told) = (Place::new(), Receiver::start(), Told::default());
            let ended = run(&place, &mut told, how, |mut program| {
                program.order("now");
                program.ended_by_itself()
            });
            assert_eq!(ended.status.signal(), Some(signal), "{how}");
            recover(&place, &receiver);
            let (_, interrupted, _) = compare(&told, &receiver);
            assert!(interrupted > 0, "{how}");
        }
    }
    tell("abort, stack overflow, segmentation fault", 3 * crashes, "0 lost", start);
}

/// `TRACE_TEST_ABORTING` names the program `crashing`, built with `panic = "abort"`.
#[test]
#[ignore = "needs a program that is built in another way: ARCHITECTURE.md says how"]
fn a_panic_that_aborts_leaves_the_spans_of_all_threads() {
    let (start, crashes) = (Instant::now(), 20);
    let program = std::env::var("TRACE_TEST_ABORTING").expect("the program's path");
    for _ in 0..crashes {
        let (place, receiver, mut told) = (Place::new(), Receiver::start(), Told::default());
        let ended = run_program(&program, &place, &mut told, "panic", |mut program| {
            program.order("now");
            program.ended_by_itself()
        });
        assert_eq!(ended.status.signal(), Some(libc::SIGABRT), "{}", ended.stderr);
        recover(&place, &receiver);
        compare(&told, &receiver);
        let last = receiver.spans().into_iter().find(|one| one.span.name.ends_with("last")).expect("what panicked");
        assert_eq!(last.attribute("trace.end").as_deref(), Some("crash"));
        let says = |event: &Event| event.attributes.iter().any(|pair| format!("{pair:?}").contains("on purpose"));
        assert!(last.span.events.iter().any(says), "{:?}", last.span.events);
    }
    tell("panic that aborts", crashes, "0 lost", start);
}
