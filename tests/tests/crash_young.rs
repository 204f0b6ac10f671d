//! Processes that are killed before much was known of them, or before their spans could be shown.

use std::process::Command;
use tests::place::{Place, files};
use tests::spooler::{Spooler, spooler};
use trace_export::EndedSpan;
use trace_export::stored;

fn dying(place: &Place, how: &str) -> Command {
    let mut command = spooler(env!("CARGO_BIN_EXE_dying"));
    command.arg(how).env("TRACE_CRASH_DIR", place.spool());
    command
}

/// What is in the file that it left.
fn left(place: &Place) -> Vec<EndedSpan> {
    let crash = files(&place.spool(), "crash").pop().expect("what was killed leaves one");
    let content = stored::look(crash).expect("it is there")[0].read().expect("it is good");
    assert_eq!(content.damage(), None);
    content.requests().iter().flat_map(|request| request.spans().map(|stored| stored.span)).collect()
}

/// A tree is shown when its root has ended. Until then what was read of it has no outcome.
#[test]
fn spans_that_wait_for_their_tree_to_be_shown_on_the_console_are_found_after_a_kill() {
    for on_end in [false, true] {
        let place = Place::new();
        let mut command = dying(&place, "tree");
        command.env("OTEL_TRACES_EXPORTER", "console").env("OTEL_BSP_SCHEDULE_DELAY", "10");
        if on_end {
            command.env("DYING_ON_END", "1");
        }
        let program = Spooler::start(&mut command);
        assert_eq!(program.answer(), "read");
        assert_eq!(program.kill().stderr, "", "nothing of it was shown");
        let found = left(&place);
        let interrupted = |span: &&EndedSpan| span.attribute("trace.end").is_some();
        let (open, ended): (Vec<_>, Vec<_>) = found.iter().partition(interrupted);
        assert_eq!(open.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["whole"]);
        assert_eq!(ended.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["part"; 5], "on_end: {on_end}");
        assert!(ended.iter().all(|span| span.parent_id() == Some(open[0].context().span_id)));
    }
}

/// Its times come from what was seen of the clocks in its first moments.
#[test]
fn spans_of_a_process_that_is_killed_within_a_second_have_their_times() {
    /// One part in hundred of what it lived.
    const NEAR: u64 = 5_000_000;
    for _ in 0..4 {
        let place = Place::new();
        let program = Spooler::start(dying(&place, "times").env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"));
        let told: Vec<u64> = program.answer().split(' ').map(|text| text.parse().expect("nanoseconds")).collect();
        let _killed = program.kill();
        let found = left(&place);
        let timed = found.iter().find(|span| span.name == "timed").expect("it had ended");
        let (start, end) = (timed.start_unix_nanos(), timed.end_unix_nanos());
        assert!(start + NEAR > told[0] && end < told[1] + NEAR, "{start} to {end}, but between {told:?}");
    }
}
