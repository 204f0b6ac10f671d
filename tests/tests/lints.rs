//! The lints of a function are those that it has without our attributes: none lost, none added.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use tests::outside::{Bench, Case, Form, Together, cases, clippy_is_installed, line_of};

/// Lints that a traced function rightly does not have.
const EXEMPT: &[(&str, &str)] =
    &[("clippy::missing_const_for_fn", "a traced function reads the clock and a thread-local: it cannot be const")];

/// Case, lint, and why the lint is not the same today. An entry that is no longer true fails.
type Known = (&'static str, &'static str, &'static str);

const IN_CLOSURE: &str = "the body is inside an outcome closure, not the function's own";
const IN_BLOCK: &str = "the body is inside a second `async` block, to which the parameters move";

const LOST: &[Known] = &[
    ("M12_unused_param_assigned_async", "unused_variables", IN_BLOCK),
    ("M44_manual_async_fn", "clippy::manual_async_fn", "the block is inside a call, where its future is not larger"),
    ("M57_unconditional_recursion_question", "unconditional_recursion", IN_CLOSURE),
];
const LOST_BY_SIGNATURES: &[Known] = &[("f28_rpitit", "clippy::manual_async_fn", "the body is not only a block")];
const ADDED: &[Known] = &[];
const ADDED_TO_SIGNATURES: &[Known] = &[];

/// Everything that is a warning in both crates.
const HEAD: &str = "//! Cases.
#![warn(unused, nonstandard_style, future_incompatible, rust_2024_compatibility, let_underscore, keyword_idents)]
#![warn(missing_docs, missing_debug_implementations, missing_copy_implementations, unsafe_code, unreachable_pub)]
#![warn(unused_qualifications, unused_lifetimes, single_use_lifetimes, elided_lifetimes_in_paths, trivial_casts)]
#![warn(trivial_numeric_casts, unused_results, redundant_lifetimes, unit_bindings, unconditional_panic)]
#![warn(arithmetic_overflow, overflowing_literals, variant_size_differences, ambiguous_negative_literals)]
#![warn(clippy::all, clippy::pedantic, clippy::nursery)]
";

/// Lints that people switch on one by one; our own code is not written for them, so only losses count.
const RESTRICTIONS: &str = "#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![warn(clippy::print_stdout, clippy::dbg_macro, clippy::todo, clippy::unreachable, clippy::get_unwrap)]
";

/// How often each lint of each line of each case fires.
type Lints = BTreeMap<(String, String, usize), usize>;

struct Compared {
    bare: Lints,
    traced: Lints,
}

static LINTED: LazyLock<Compared> = LazyLock::new(|| {
    let files = [include_str!("../cases/lints.rs"), include_str!("../cases/more_lints.rs")];
    compare("lints", RESTRICTIONS, &files)
});

static ALL: LazyLock<Compared> = LazyLock::new(|| {
    let files =
        [include_str!("../cases/fns.rs"), include_str!("../cases/blocks.rs"), include_str!("../cases/results.rs")];
    compare("every", "", &[&files[..], &[include_str!("../cases/coverage.rs")]].concat())
});

fn compare(name: &str, more: &str, files: &[&str]) -> Compared {
    let long = "    println!();\n".repeat(101);
    let cases: Vec<Case> = files.iter().flat_map(|file| cases(&file.replace("    // 101 lines\n", &long))).collect();
    let lints = |form| lints(name, more, &cases, form);
    Compared { bare: lints(Form::Bare), traced: lints(Form::Traced) }
}

fn lints(name: &str, more: &str, cases: &[Case], form: Form) -> Lints {
    let together = Together::new(&format!("{HEAD}{more}"), cases, form);
    let bench = Bench::new(env!("CARGO_TARGET_TMPDIR"), "lints");
    let package = bench.package(&format!("{name}-{form:?}").to_lowercase(), &together.code);
    let mut lints = Lints::new();
    for said in bench.cargo("clippy", &package) {
        let message = &said["message"];
        let Some(code) = message["code"]["code"].as_str() else { continue };
        let Some((case, line)) = line_of(message, "src/lib.rs").and_then(|line| together.case_at(line)) else {
            continue;
        };
        *lints.entry((code.to_owned(), case.to_owned(), line)).or_default() += 1;
    }
    lints
}

/// What `of` has more of than `than`, one line each, without the exempt. An entry of `known` that is not needed is one too.
fn surplus(of: &Lints, than: &Lints, known: &[Known]) -> Vec<String> {
    let mut unneeded = known.to_vec();
    let mut found = Vec::new();
    for ((code, case, line), count) in of {
        let others = than.get(&(code.clone(), case.clone(), *line)).copied().unwrap_or_default();
        if others >= *count || EXEMPT.iter().any(|(exempt, _)| exempt == code) {
            continue;
        }
        if known.iter().any(|(known, lint, _)| known == case && lint == code) {
            unneeded.retain(|(known, lint, _)| known != case || lint != code);
        } else {
            found.push(format!("{case}:{line} {code} {count} > {others}"));
        }
    }
    found.extend(unneeded.iter().map(|(case, lint, why)| format!("{case} {lint} is no longer so: {why}")));
    found
}

fn none(of: &[String]) {
    assert!(of.is_empty(), "\n{}", of.join("\n"));
}

#[test]
fn every_lint_of_the_bare_function_still_fires() {
    if clippy_is_installed() {
        none(&surplus(&LINTED.bare, &LINTED.traced, LOST));
    }
}

#[test]
fn every_case_about_lints_has_one_without_us() {
    if clippy_is_installed() {
        let files = [include_str!("../cases/lints.rs"), include_str!("../cases/more_lints.rs")];
        let names = files.iter().flat_map(|file| cases(file)).map(|case| case.name);
        none(&names.filter(|name| !LINTED.bare.keys().any(|(_, case, _)| case == name)).collect::<Vec<_>>());
    }
}

#[test]
fn every_signature_keeps_its_lints() {
    if clippy_is_installed() {
        none(&surplus(&ALL.bare, &ALL.traced, LOST_BY_SIGNATURES));
    }
}

#[test]
fn no_lint_is_added() {
    if clippy_is_installed() {
        let mut added = surplus(&LINTED.traced, &LINTED.bare, ADDED);
        added.extend(surplus(&ALL.traced, &ALL.bare, ADDED_TO_SIGNATURES));
        none(&added);
    }
}
