//! What coverage counts in a function's body, it also counts with our attributes on it.

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;
use tests::outside::{Bench, Case, Form, Rustc, Together, cases, errors};

/// Cases with a region outside of the body that differs.
const KNOWN: &[(&str, &str)] = &[(
    "b16_macro_vis_body",
    "a signature that is half a macro's and half its caller's: the brace after it is counted instead",
)];

static RUSTC: LazyLock<Rustc> = LazyLock::new(|| Bench::new(env!("CARGO_TARGET_TMPDIR"), "coverage").rustc());

/// `line:column - line:column` in the file.
type Region = [usize; 4];

/// The regions that the compiler counts in the cases.
fn regions(together: &Together, name: &str) -> BTreeSet<Region> {
    let flags = ["--emit=mir", "-Cinstrument-coverage", "-Zno-profiler-runtime", "-Awarnings"];
    let said = RUSTC.compile(name, &together.code, &flags);
    assert!(errors(&said).is_empty(), "{}", errors(&said));
    let mir = fs::read_to_string(RUSTC.made(&format!("{name}.mir"))).expect("the compiler's MIR");
    let ours = format!("/{name}.rs:");
    // `coverage Code { bcb: bcb0 } => /path/name.rs:3:8: 3:14 (#0);`
    let counted = mir.lines().filter(|line| line.trim_start().starts_with("coverage "));
    let places = counted.filter_map(|line| line.split_once(&ours)?.1.split_once(" (").map(|(place, _)| place));
    places.map(region).collect()
}

fn region(place: &str) -> Region {
    let mut numbers =
        place.split([':', ' ']).filter(|part| !part.is_empty()).map(|part| part.parse().expect("a number"));
    [(); 4].map(|()| numbers.next().expect("four numbers"))
}

fn check(name: &str, files: &[&str]) {
    let cases: Vec<Case> = files.iter().flat_map(|file| cases(file)).collect();
    let bare = Together::new("", &cases, Form::Bare);
    let traced = Together::new("", &cases, Form::Traced);
    let counted = regions(&bare, &format!("{name}_bare"));
    assert!(counted.len() > cases.len(), "coverage counts only {counted:?}");
    let still = regions(&traced, &format!("{name}_traced"));
    let lines: Vec<&str> = bare.code.lines().collect();
    let mut shown = Vec::new();
    for region in counted.difference(&still) {
        let case = bare.case_at(region[0]).map(|(case, _)| case).unwrap_or_default();
        if !KNOWN.iter().any(|(known, _)| *known == case) {
            shown.push(format!("{case} {region:?} {}", lines[region[0] - 1]));
        }
    }
    assert!(shown.is_empty(), "not counted:\n{}", shown.join("\n"));
}

#[test]
fn every_region_of_branches_loops_and_early_ends_is_counted() {
    check("flow", &[include_str!("../cases/coverage.rs")]);
}

#[test]
fn every_region_of_every_signature_is_counted() {
    check(
        "signatures",
        &[include_str!("../cases/fns.rs"), include_str!("../cases/results.rs"), include_str!("../cases/blocks.rs")],
    );
}
