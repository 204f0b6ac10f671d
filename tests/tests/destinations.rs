//! Several destinations at once: each gets every span, and none waits for another.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tests::receiver::{Answer, Receiver, assert_whole};
use trace_export::{Counts, Tracing};
use trace_runtime::trace;

const LONG: Duration = Duration::from_secs(20);

#[trace]
fn leaf() {}

#[trace]
fn tree(count: u64) {
    (0..count).for_each(|_| leaf());
}

fn program(arguments: &[&str], receiver: &Receiver) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command.args(arguments).env("OTEL_TRACES_EXPORTER", "otlp,console");
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).stdin(Stdio::null());
    command
}

fn counts(tracing: Tracing) -> [Counts; 2] {
    let counts: Vec<_> = tracing.counts_by_destination().into_iter().map(|(_, counts)| counts).collect();
    assert!(counts.iter().all(Counts::balanced), "{counts:?}");
    counts.try_into().expect("two destinations")
}

/// Waits until the console has printed that much.
fn wait_for_console(tracing: Tracing, spans: u64) {
    let end = Instant::now() + LONG;
    while counts(tracing)[1].delivered < spans {
        assert!(Instant::now() < end, "{:?}", counts(tracing));
        std::thread::yield_now();
    }
}

#[test]
fn a_list_of_exporters_sends_and_prints_every_span() {
    let receiver = Receiver::start();
    let output = program(&["counts", "7"], &receiver).output().expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    assert_whole(&receiver.spans(), 7);
    assert_eq!(receiver.spans().len(), 7);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.matches("program::work").count(), 7, "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
    for name in ["otlp", "console"] {
        assert!(stdout.contains(&format!("{name}: Counts {{ recorded: 7, delivered: 7,")), "{stdout}");
    }
}

#[test]
fn a_backend_that_never_answers_does_not_hold_up_the_console() {
    let receiver = Receiver::answering(|_| Answer::Hang);
    let mut child =
        program(&["wait", "3"], &receiver).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("runs");
    let stderr = BufReader::new(child.stderr.take().expect("piped"));
    let printed = stderr.lines().map_while(Result::ok).filter(|line| line.contains("program::work")).take(3).count();
    assert_eq!(printed, 3);
    child.kill().expect("it was waiting");
    child.wait().expect("it ended");
    assert!(receiver.spans().is_empty());
}

#[test]
fn a_stderr_that_nobody_reads_does_not_hold_up_the_backend() {
    let receiver = Receiver::start();
    let mut child = program(&["return", "20000"], &receiver);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program runs");
    let unread = child.stderr.take();
    let start = Instant::now();
    assert!(child.wait().expect("it ends").success());
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!(receiver.spans().len(), 20_000);
    drop(unread);
}

#[test]
fn a_flush_waits_for_every_destination_and_each_has_its_own_equation() {
    let receiver = Receiver::answering(|nth| if nth == 0 { Answer::Hang } else { Answer::Accept });
    let timeout = Duration::from_millis(500);
    let tracing = trace_export::builder().endpoint(receiver.url()).timeout(timeout).console().build().expect("good");
    {
        let _scope = tracing.scope().attach();
        tree(9);
    }
    assert!(!tracing.flush(Duration::from_millis(100)).complete, "the backend has not answered");
    wait_for_console(tracing, 10);
    let [backend, console] = counts(tracing);
    assert_eq!((backend.delivered, backend.in_flight), (0, 10));
    assert_eq!((console.delivered, console.in_flight), (10, 0));
    assert!(tracing.flush(LONG).complete);
    assert_eq!(counts(tracing).map(|counts| counts.delivered), [10, 10]);
    assert_eq!(tracing.counts(), counts(tracing)[0], "the backend comes first");
    tracing.shutdown(LONG);
}

#[test]
fn a_destination_that_is_full_loses_spans_for_itself_only() {
    let tracing = trace_export::builder().late_destination(1000).console().build().expect("good");
    let _scope = tracing.scope().attach();
    for turn in 1..=20 {
        tree(9);
        tracing.flush(Duration::ZERO);
        wait_for_console(tracing, turn * 10);
    }
    let [backend, console] = counts(tracing);
    assert_eq!((console.delivered, console.dropped.total()), (200, 0));
    assert!(backend.in_flight >= 10 && backend.dropped.memory_full >= 100, "{backend:?}");
    tracing.shutdown(Duration::ZERO);
    let [backend, console] = counts(tracing);
    assert_eq!((backend.in_flight, console.delivered), (0, 200));
}

#[test]
fn a_shutdown_gives_each_destination_all_the_time() {
    let receiver = Receiver::answering(|_| Answer::Hang);
    let tracing = trace_export::builder().endpoint(receiver.url()).console().build().expect("good");
    {
        let _scope = tracing.scope().attach();
        tree(99);
    }
    let start = Instant::now();
    let report = tracing.shutdown(Duration::from_millis(300));
    assert!(report.complete && start.elapsed() < Duration::from_secs(5));
    let [backend, console] = counts(tracing);
    assert_eq!((backend.dropped.undelivered, console.delivered), (100, 100));
}
