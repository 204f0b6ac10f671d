//! What the compiler has to say about the user's code, it says where it would without our attributes.

use std::collections::BTreeSet;
use std::sync::LazyLock;
use tests::outside::{Bench, Case, Form, Rustc, cases, errors, line_of};

/// Case, and why its errors are elsewhere today. An entry that is no longer true fails.
const KNOWN: &[(&str, &str)] = &[
    ("D21_not_mut_ref_result", "the body is inside an outcome closure: the error stands at the attribute"),
    ("D32_boxed_future_tail", "the block's type is known: the error stands at the value, not at the block"),
    ("D34_impl_future_output", "the block's type is known: the error stands at the value, not at the type"),
];

static RUSTC: LazyLock<Rustc> = LazyLock::new(|| Bench::new(env!("CARGO_TARGET_TMPDIR"), "diagnostics").rustc());

struct Found {
    lines: BTreeSet<usize>,
    shown: String,
}

/// The lines of a case that have errors; line 0 is for an error that is nowhere in the case.
fn found(case: &Case, form: Form) -> Found {
    let name = format!("{}_{form:?}", case.name);
    let said = RUSTC.compile(&name, &form.of(&case.code), &["--emit=metadata", "-Awarnings"]);
    let file = RUSTC.made(&format!("{name}.rs"));
    // "aborting due to .." is about the others.
    let about_code = said.iter().filter(|message| {
        message["level"] == "error" && message["spans"].as_array().is_some_and(|spans| !spans.is_empty())
    });
    let lines = about_code.map(|message| line_of(message, &file.to_string_lossy()).unwrap_or_default()).collect();
    Found { lines, shown: errors(&said) }
}

/// Compares where the errors of traced cases are with where they may be, and says which are elsewhere.
fn check(cases: &[Case], is_right: impl Fn(&Case, &BTreeSet<usize>) -> bool) {
    let mut wrong = Vec::new();
    for case in cases {
        let found = found(case, Form::Traced);
        let known = KNOWN.iter().find(|(known, _)| *known == case.name);
        match (is_right(case, &found.lines), known) {
            (true, Some((_, why))) => wrong.push(format!("{} is no longer so: {why}", case.name)),
            (false, None) => wrong.push(format!("{}: {:?}\n{}", case.name, found.lines, found.shown)),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn errors_stand_on_marked_lines() {
    check(&cases(include_str!("../cases/diag.rs")), |case, found| {
        let lines = case.code.lines().enumerate();
        let marked: BTreeSet<usize> = lines.filter(|(_, line)| line.contains("//~")).map(|(at, _)| at + 1).collect();
        // Of half-typed code the compiler complains at the closing brace, too.
        let bare = self::found(case, Form::Bare).lines;
        !found.is_disjoint(&marked) && found.iter().all(|line| marked.contains(line) || bare.contains(line))
    });
}

#[test]
fn errors_stand_on_the_lines_of_the_bare_function() {
    check(&cases(include_str!("../cases/more_diag.rs")), |case, found| {
        let bare = self::found(case, Form::Bare).lines;
        assert!(!bare.is_empty(), "{} has no error", case.name);
        *found == bare
    });
}

#[test]
fn code_without_errors_has_none() {
    check(&cases(include_str!("../cases/compiles.rs")), |case, lines| {
        let bare = found(case, Form::Bare);
        assert!(bare.lines.is_empty(), "{} has an error\n{}", case.name, bare.shown);
        lines.is_empty()
    });
}
