//! The table. The same tree of files gives the same table, whichever thread read which file when.

use crate::error::Problem;
use crate::summary::{Summary, Totals};
use std::cmp::Reverse;
use std::fmt;
use std::path::PathBuf;

/// What is printed in the end.
#[derive(Debug)]
pub(crate) struct Report {
    /// Most lines first.
    summaries: Vec<Summary>,
    duplicates: Vec<Vec<PathBuf>>,
    problems: Vec<Problem>,
    others: usize,
}

impl Report {
    /// `problems` and `others` are what the walk could not list, and what it left out.
    pub(crate) fn new(totals: Totals, mut problems: Vec<Problem>, others: usize) -> Self {
        let Totals { languages: mut summaries, problems: unread } = totals;
        summaries.sort_by_key(|summary| (Reverse(summary.lines), summary.language));
        problems.extend(unread);
        problems.sort_by(|a, b| a.path.cmp(&b.path));
        let mut duplicates: Vec<_> = summaries.iter().flat_map(|summary| summary.duplicates.clone()).collect();
        for group in &mut duplicates {
            group.sort();
        }
        duplicates.sort();
        Self { summaries, duplicates, problems, others }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<16} {:>9} {:>11} {:>10}", "language", "files", "lines", "duplicates")?;
        for summary in &self.summaries {
            row(f, summary.language, summary.files, summary.lines, summary.redundant())?;
        }
        let total = |count: fn(&Summary) -> usize| self.summaries.iter().map(count).sum();
        row(f, "total", total(|it| it.files), total(|it| it.lines), total(Summary::redundant))?;

        writeln!(f, "\nfiles in other languages, not read: {}", self.others)?;
        writeln!(f, "groups of duplicates: {}", self.duplicates.len())?;
        for group in &self.duplicates {
            for (nth, path) in group.iter().enumerate() {
                writeln!(f, "  {}{}", if nth == 0 { "" } else { "= " }, path.display())?;
            }
        }
        writeln!(f, "errors: {}", self.problems.len())?;
        for Problem { path, error } in &self.problems {
            writeln!(f, "  {}: {error}", path.display())?;
        }
        Ok(())
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, files: usize, lines: usize, duplicates: usize) -> fmt::Result {
    writeln!(f, "{name:<16} {files:>9} {lines:>11} {duplicates:>10}")
}
