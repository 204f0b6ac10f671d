//! Programs that are ended by a signal.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ExitStatus};
use std::time::Duration;
use tests::faults::{command, heed, in_time};
use tests::receiver::{Answer, Receiver, assert_whole};

const SPANS: usize = 1000;
/// How often each way is tried.
const TIMES: usize = 20;

/// A program that does not outlive the test.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ends a program that has recorded its spans and waits; how it ended, and what it said on stderr.
fn ended_by(signal: i32, receiver: &Receiver) -> (ExitStatus, String) {
    let url = receiver.url();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("SIGNALS", "1")];
    let mut command = command(env!("CARGO_BIN_EXE_program"), &["wait", &SPANS.to_string()], &variables);
    heed(&mut command, signal);
    let mut child = Ended(command.spawn().expect("it runs"));
    let stdout = BufReader::new(child.0.stdout.take().expect("a pipe"));
    let ready = stdout.lines().map_while(Result::ok).any(|line| line == "ready");
    assert!(ready, "it ended by itself");
    send(child.0.id(), signal);
    let mut stderr = String::new();
    child.0.stderr.take().expect("a pipe").read_to_string(&mut stderr).expect("text");
    (child.0.wait().expect("it ends"), stderr)
}

#[allow(unsafe_code)]
fn send(process: u32, signal: i32) {
    let process = libc::pid_t::try_from(process).expect("a process");
    // SAFETY: the process is a child of this one that nobody has waited for, so the number is still its own.
    assert_eq!(unsafe { libc::kill(process, signal) }, 0);
}

fn delivers(signal: i32) {
    for _ in 0..TIMES {
        let receiver = Receiver::start();
        let (status, stderr) = ended_by(signal, &receiver);
        assert_eq!(status.signal(), Some(signal), "{status:?} {stderr}");
        assert!(stderr.is_empty(), "{stderr}");
        let arrived = receiver.spans();
        assert_eq!(arrived.len(), SPANS);
        assert_whole(&arrived, SPANS);
    }
}

#[test]
fn a_signal_to_terminate_delivers_everything_and_ends_the_program_by_that_signal() {
    delivers(libc::SIGTERM);
}

#[test]
fn an_interrupt_delivers_everything_and_ends_the_program_by_that_signal() {
    delivers(libc::SIGINT);
}

/// The default budget is two seconds.
#[test]
fn a_signal_ends_the_program_within_the_budget_although_the_backend_hangs() {
    let receiver = Receiver::answering(|_| Answer::Hang);
    let (status, stderr) = in_time(Duration::from_secs(8), || ended_by(libc::SIGTERM, &receiver));
    assert_eq!(status.signal(), Some(libc::SIGTERM), "{status:?} {stderr}");
    assert!(stderr.contains("1000"), "what is lost is said: {stderr}");
    assert!(receiver.spans().is_empty());
}
