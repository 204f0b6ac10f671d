//! The ways in which a program ends by itself.

use std::process::Output;
use tests::faults::command;
use tests::receiver::{Receiver, assert_whole};

const SPANS: usize = 1000;
/// How often each way is tried.
const TIMES: usize = 20;

/// Runs the program as often as each way has to be tried, and checks that each time all of its spans arrive.
fn delivers(how: &str, code: i32, more: usize) {
    for _ in 0..TIMES {
        let receiver = Receiver::start();
        let url = receiver.url();
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
        let mut command = command(env!("CARGO_BIN_EXE_program"), &[how, &SPANS.to_string()], &variables);
        let output: Output = command.output().expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.lines().any(|line| line.starts_with("trace:")), "{output:?}");
        let arrived = receiver.spans();
        assert_eq!(arrived.len(), SPANS + more, "{how}");
        // The function in which it ends calls another.
        assert_whole(&arrived, SPANS + more / 2);
    }
}

#[test]
fn a_return_from_main_delivers_everything() {
    delivers("return", 0, 0);
}

#[test]
fn an_error_from_main_delivers_everything() {
    delivers("question", 1, 0);
}

#[test]
fn process_exit_delivers_everything() {
    delivers("exit", 3, 2);
}

#[test]
fn a_panic_delivers_everything() {
    delivers("panic", 101, 2);
}
