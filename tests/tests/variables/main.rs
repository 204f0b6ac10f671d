//! Each environment variable of the README's table, from outside: a program with it, and a receiver.

mod bad;
mod bounds;
mod destination;
mod recording;

use std::path::{Path, PathBuf};
use std::process::{Child, Output};
use tests::faults::command;
use tests::receiver::{Arrived, Receiver};

const PROGRAM: &str = env!("CARGO_BIN_EXE_program");

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    command(PROGRAM, arguments, variables).output().expect("the program runs")
}

/// What arrives of a program that ends by itself, with these variables besides the endpoint.
fn arrived(how: &str, variables: &[(&str, &str)]) -> (Receiver, Vec<Arrived>) {
    let receiver = Receiver::start();
    let url = receiver.url();
    let output = run(&[how, "10"], &[&[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)], variables].concat());
    assert!(output.status.success(), "{variables:?}: {output:?}");
    let spans = receiver.spans();
    (receiver, spans)
}

/// A header of the first request.
fn header(receiver: &Receiver, name: &str) -> Option<String> {
    receiver.requests()[0].headers.get(name).cloned()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Ended when this is dropped.
struct Running(Child);

impl Running {
    fn start(variables: &[(&str, &str)]) -> Self {
        Self(command(PROGRAM, &["wait", "10"], variables).spawn().expect("the program runs"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A fresh place for files.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("variables-{name}"));
    let _ = std::fs::remove_dir_all(&place);
    place
}

/// This test's own text.
const HERE: [&str; 4] =
    [include_str!("bad.rs"), include_str!("bounds.rs"), include_str!("destination.rs"), include_str!("recording.rs")];

#[test]
fn every_variable_of_the_readme_is_tested_here() {
    let words = |text: &'static str| {
        text.split(|char: char| !char.is_ascii_uppercase() && char != '_')
            .filter(|word| (word.starts_with("OTEL_") || word.starts_with("TRACE_")) && !word.ends_with('_'))
    };
    let here: Vec<_> = HERE.into_iter().flat_map(words).collect();
    let missing: Vec<_> = words(include_str!("../../../README.md")).filter(|word| !here.contains(word)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn empty_values_are_none() {
    let names = HERE
        .iter()
        .flat_map(|here| here.split('"'))
        .filter(|word| word.starts_with("OTEL_") || word.starts_with("TRACE_"));
    let names: Vec<_> = names.filter(|name| *name != "OTEL_EXPORTER_OTLP_ENDPOINT").collect();
    assert!(names.len() > 40);
    let variables: Vec<_> = names.iter().map(|name| (*name, " ")).collect();
    let (receiver, spans) = arrived("return", &variables);
    assert_eq!((spans.len(), header(&receiver, "content-type").as_deref()), (10, Some("application/x-protobuf")));
}
