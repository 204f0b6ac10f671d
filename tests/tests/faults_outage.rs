//! A backend that is away for long.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tests::faults::{command, copies, is_full, memory, times};
use tests::receiver::{Answer, Receiver};

/// Records, batches, and what the program has besides.
const MOST_KIB: u64 = (64 + 32 + 64) << 10;

/// Does not outlive the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A thousand spans for each second of a part of it, which is more than there is memory for; with `TRACE_FAULTS=full`
/// for each second of the hour, and minutes of it are real.
#[test]
fn an_hour_without_backend_takes_bounded_memory_and_a_line_a_minute_and_ends_with_exact_counts() {
    let recorded = 1000 * times(1200, 3600) as u64;
    let is_up = Arc::new(AtomicBool::new(false));
    let backend = is_up.clone();
    let receiver = Receiver::answering(move |_| if backend.load(Relaxed) { Answer::Accept } else { Answer::Close });
    let url = receiver.url();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
    let mut command = command(env!("CARGO_BIN_EXE_outage"), &[&recorded.to_string()], &variables);
    let start = Instant::now();
    let mut program = Program(command.stdin(Stdio::piped()).spawn().expect("it runs"));
    let mut stdout = BufReader::new(program.0.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    assert_eq!(line, "recorded\n");
    if is_full() {
        std::thread::sleep(Duration::from_secs(150));
    }
    let peak = memory(program.0.id(), "VmHWM");
    assert!(peak < MOST_KIB, "{peak} KiB");
    let minutes = 1 + start.elapsed().as_secs() as usize / 60;
    is_up.store(true, Relaxed);
    drop(program.0.stdin.take());
    let (mut said, mut stderr) = (String::new(), String::new());
    stdout.read_to_string(&mut said).expect("text");
    program.0.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    assert!(program.0.wait().expect("it ends").success());
    let spans = receiver.spans();
    let delivered = spans.len() as u64;
    let full = recorded - delivered;
    assert_eq!(
        said,
        format!("complete true balanced true\nrecorded {recorded} delivered {delivered} full {full}\n"),
        "{stderr}"
    );
    assert!(delivered > 100_000 && copies(&spans).values().all(|copies| *copies == 1), "{delivered}");
    let about = |text: &str| stderr.lines().filter(|line| line.contains(text)).count();
    assert!((1..=minutes).contains(&about("spans wait")), "{stderr}");
    assert!((1..=minutes).contains(&about("are lost so far")), "{stderr}");
    assert!(stderr.lines().count() <= 2 * minutes + 1, "and the summary: {stderr}");
}
