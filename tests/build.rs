//! Turns the cases in `cases/` into one module each: its code, and a test that calls it.
//!
//! A case begins with `//# name`. Its call is in `cases/calls.rs` under the same name, or below it after a line `//>`:
//! code, then the spans that it yields as `//= ` lines, indented below their parent, or `//! ` and why it cannot be called.
//! With `TRACE_CASES=untraced` the attributes do nothing, so every test must fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// What comes before the name in `#[trace]` and `#[cfg_attr(.., trace)]`, and after it.
const PLACES: [(&str, &str); 2] = [("#[", "]"), (", ", ")]")];

fn main() {
    println!("cargo::rerun-if-changed=cases");
    println!("cargo::rerun-if-env-changed=TRACE_CASES");
    let untraced = env::var("TRACE_CASES").is_ok_and(|value| value == "untraced");
    let mut problems = Vec::new();
    let calls = read(Path::new("cases/calls.rs"));
    let (mut calls, count) = (sections(&calls).collect::<BTreeMap<_, _>>(), sections(&calls).count());
    if calls.len() < count {
        problems.push("calls.rs calls a case twice".to_owned());
    }
    let mut code = String::new();
    for file in files() {
        for (name, case) in sections(&read(&file)) {
            let (case, call) = match case.split_once("//>\n") {
                Some((case, call)) => (case, Some(call)),
                None => (case, calls.remove(name)),
            };
            match call.ok_or("has no call").and_then(test) {
                Ok(test) => {
                    let _ = writeln!(code, "pub mod {name} {{\n{}\n{test}}}", with_attributes(case, untraced));
                }
                Err(problem) => problems.push(format!("{name} {problem}")),
            }
        }
    }
    problems.extend(calls.keys().map(|name| format!("{name} is called and is no case")));
    assert!(problems.is_empty(), "in tests/cases: {problems:#?}");
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("cases.rs"), code).unwrap_or_else(|error| panic!("{error}"));
}

/// The given cases, and ours in `more`.
fn files() -> Vec<PathBuf> {
    let given = ["fns", "blocks", "results"].map(|name| PathBuf::from(format!("cases/{name}.rs")));
    let more = fs::read_dir("cases/more").unwrap_or_else(|error| panic!("cases/more: {error}"));
    let more = more.filter_map(|entry| Some(entry.ok()?.path()));
    let mut more: Vec<_> = more.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect();
    more.sort();
    given.into_iter().chain(more).collect()
}

fn read(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    format!("\n{text}")
}

/// Names and what is below them.
fn sections(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n//# ").skip(1).map(|section| {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        (name.trim(), body)
    })
}

/// The test of a call.
fn test(call: &str) -> Result<String, &'static str> {
    let lines = |mark| call.lines().filter_map(move |line| line.strip_prefix(mark));
    let (spans, reason): (Vec<_>, Vec<_>) = (lines("//= ").collect(), lines("//! ").collect());
    match (spans.is_empty(), reason.is_empty()) {
        (false, true) => Ok(format!(
            "#[test]\nfn yields_its_spans() {{\n    use ::tests::drive::*;\n    let spans = ::tests::yielded::Yielded::start();\n    \
             {{\n{call}\n    }}\n    spans.are({:?});\n}}\n",
            spans.join("\n")
        )),
        (true, false) => Ok(format!("#[test]\n#[ignore = {:?}]\nfn yields_its_spans() {{}}\n", reason.join(" "))),
        _ => Err("needs either the spans that its call yields or the reason why it has none"),
    }
}

/// The case with our attributes, or with ones that do nothing.
fn with_attributes(case: &str, untraced: bool) -> String {
    let mut case = case.to_owned();
    for name in ["trace", "trace_fn", "trace_type"] {
        let ours = if untraced { "cfg(all())".to_owned() } else { format!("::trace_runtime::{name}") };
        for (before, after) in PLACES {
            case = case.replace(&format!("{before}{name}{after}"), &format!("{before}{ours}{after}"));
        }
        // With options; what does nothing with them is a tool's attribute.
        let ours = if untraced { "rustfmt::nothing".to_owned() } else { format!("::trace_runtime::{name}") };
        case = case.replace(&format!("#[{name}("), &format!("#[{ours}("));
    }
    case
}
