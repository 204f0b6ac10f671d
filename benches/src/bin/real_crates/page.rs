//! The table in the repository.

use crate::crates::{CRATES, Crate};
use std::fmt::Write as _;

/// How a crate fared.
pub(crate) struct Row {
    pub(crate) krate: &'static Crate,
    pub(crate) before: usize,
    pub(crate) functions: Outcome,
    pub(crate) blocks: Outcome,
    pub(crate) differences: Vec<String>,
}

/// How it fared with one kind of place annotated.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) places: usize,
    pub(crate) refused: usize,
    pub(crate) off: usize,
    pub(crate) recording: usize,
    pub(crate) spans: u64,
}

const HEAD: &str = "\
# Real crates

Our attribute on published crates: once on every function that has a body and is not `const` or a test (not in
`macro_rules!`), once on every `impl` and `trait`. Each crate's own unit and integration tests run as published, annotated
with tracing off, and annotated with everything recorded and sent to a receiver that counts the spans. Every test must
end as before, and the compiler may not say more than before. What differs is listed below the table.
";
const TABLE: &str = "\
| crate | character | tests passed | functions annotated | passed, off | recording | spans received | blocks annotated | passed, off | recording | spans received |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// The page with these rows, and of the old page those of other crates.
pub(crate) fn merged(old: &str, machine: &str, rows: &[Row]) -> String {
    let command = "`cargo run --release -p benches --bin real_crates`";
    let mut page = format!("{HEAD}\nMade by {command}; {machine}.\n\n{TABLE}");
    let mut differences = String::new();
    for Crate { name, .. } in CRATES {
        if let Some(row) = rows.iter().find(|row| row.krate.name == *name) {
            page += &line(row);
            for text in &row.differences {
                let _ = writeln!(differences, "- {name}, {text}");
            }
        } else {
            keep(old, &format!("| {name} "), &mut page);
            keep(old, &format!("- {name}, "), &mut differences);
        }
    }
    let differences = if differences.is_empty() { "none.\n".to_owned() } else { format!("\n\n{differences}") };
    page + "\nDifferences: " + &differences
}

/// Adds the lines that begin so.
fn keep(old: &str, start: &str, to: &mut String) {
    for line in old.lines().filter(|line| line.starts_with(start)) {
        let _ = writeln!(to, "{line}");
    }
}

fn line(row: &Row) -> String {
    let Crate { name, version, character, .. } = row.krate;
    let outcome = |Outcome { places, refused, off, recording, spans }: &Outcome| {
        let places = if *refused == 0 { places.to_string() } else { format!("{places}, {refused} refused") };
        format!("{places} | {off} | {recording} | {spans}")
    };
    let (functions, blocks) = (outcome(&row.functions), outcome(&row.blocks));
    format!("| {name} {version} | {character} | {} | {functions} | {blocks} |\n", row.before)
}
