//! The spans of a call, beside what is written of them.

use std::fmt::Write as _;
use trace_runtime::capture::Capture;
use trace_runtime::export::{FinishedSpan, Forest};
use trace_runtime::{Status, Value, current};

/// Collects the spans of this thread.
#[must_use]
#[derive(Debug)]
pub struct Yielded(Capture);

impl Yielded {
    /// Begins.
    pub fn start() -> Self {
        Self(Capture::start())
    }

    /// Compares names, parents, order of siblings and ends.
    ///
    /// # Panics
    /// If they differ, or if a span is still current. The message shows both.
    #[track_caller]
    pub fn are(&self, expected: &str) {
        let spans = self.0.spans();
        let found = tree(&spans);
        assert!(found == expected, "the spans differ\nexpected:\n{expected}\nfound:\n{found}");
        assert!(current().is_none(), "the caller is in a span that it did not open");
    }
}

/// One line a span, indented below its parent.
fn tree(spans: &[FinishedSpan]) -> String {
    let forest = Forest::new(spans);
    let mut lines = Vec::new();
    for span in forest.orphans() {
        lines.push("(orphan)".to_owned());
        add(&forest, span, 0, &mut lines);
    }
    for span in forest.roots() {
        add(&forest, span, 0, &mut lines);
    }
    lines.join("\n")
}

fn add(forest: &Forest<'_>, span: &FinishedSpan, depth: usize, lines: &mut Vec<String>) {
    lines.push(format!("{:1$}{2}", "", depth * 2, line(span)));
    for child in forest.children(span) {
        add(forest, child, depth + 1, lines);
    }
}

/// The name, and how it ended: `ok`, `error "message"`, `panic`, `cancelled`.
fn line(span: &FinishedSpan) -> String {
    let mut text = span.name.clone();
    match &span.status {
        Status::Unset => {}
        Status::Ok => text.push_str(" ok"),
        Status::Error(message) => {
            let panicked = span.attribute("error.type") == Some(&Value::Str("panic".into()));
            text.push_str(if panicked { " panic" } else { " error" });
            if !message.is_empty() {
                let _ = write!(text, " {message:?}");
            }
        }
    }
    if let Some(reason) = span.end_reason {
        let _ = write!(text, " {reason}");
    }
    text
}
