//! A debugger stops at the same lines of a body, and shows the same variables.

use std::collections::BTreeSet;
use std::fs;
use tests::outside::{Bench, Case, Form, Rustc, Together, cases, errors};

/// What debug information is made from: the line of each step, and the line and name of each variable.
fn seen(rustc: &Rustc, together: &Together, name: &str) -> BTreeSet<String> {
    let flags = ["--emit=mir", "-Zmir-include-spans=on", "-Awarnings"];
    let said = rustc.compile(name, &together.code, &flags);
    assert!(errors(&said).is_empty(), "{}", errors(&said));
    let mir = fs::read_to_string(rustc.made(&format!("{name}.mir"))).expect("the compiler's MIR");
    let file = format!("/{name}.rs:");
    // `_4 = Eq(copy _1, const 1_u32);   // scope 1 at /path/name.rs:3:8: 3:14`
    // `debug x => _1;                   // in scope 0 at /path/name.rs:2:10: 2:11`
    let steps = mir.lines().filter_map(|line| {
        let (code, place) = line.split_once("// ")?;
        let place = place.split_once(&file).filter(|_| place.contains("scope "))?.1;
        let place = place.split(':').next()?.to_owned();
        let code = code.trim();
        match code.strip_prefix("debug ") {
            Some(variable) => Some(format!("{place} {}", variable.split(' ').next()?)),
            None => (!code.starts_with("let ")).then_some(place),
        }
    });
    steps.collect()
}

fn check(name: &str, files: &[&str]) {
    let cases: Vec<Case> = files.iter().flat_map(|file| cases(file)).collect();
    let rustc = Bench::new(env!("CARGO_TARGET_TMPDIR"), "debugger").rustc();
    let bare = Together::new("", &cases, Form::Bare);
    let without = seen(&rustc, &bare, &format!("{name}_bare"));
    assert!(without.len() > cases.len(), "only {without:?}");
    let with = seen(&rustc, &Together::new("", &cases, Form::Traced), &format!("{name}_traced"));
    let lines: Vec<&str> = bare.code.lines().collect();
    let mut lost = Vec::new();
    for step in without.difference(&with) {
        let line: usize = step.split(' ').next().and_then(|line| line.parse().ok()).expect("a line");
        let case = bare.case_at(line).map(|(case, _)| case).unwrap_or_default();
        lost.push(format!("{case} {step} {}", lines[line - 1]));
    }
    assert!(lost.is_empty(), "lost:\n{}", lost.join("\n"));
}

#[test]
fn every_line_and_variable_of_a_body_is_there() {
    check("flow", &[include_str!("../cases/coverage.rs")]);
}

#[test]
fn every_line_and_variable_of_every_signature_is_there() {
    let files = [include_str!("../cases/fns.rs"), include_str!("../cases/results.rs")];
    check("signatures", &[files[0], files[1], include_str!("../cases/blocks.rs")]);
}
