//! Finished spans as trees.

use crate::finished::FinishedSpan;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Spans by parent. Children and roots are in the order of their start.
#[derive(Debug)]
pub struct Forest<'a> {
    roots: Vec<&'a FinishedSpan>,
    orphans: Vec<&'a FinishedSpan>,
    children: HashMap<(u128, u64), Vec<&'a FinishedSpan>>,
}

impl<'a> Forest<'a> {
    /// Sorts `spans` under their parents.
    pub fn new(spans: impl IntoIterator<Item = &'a FinishedSpan>) -> Self {
        let mut sorted: Vec<&FinishedSpan> = spans.into_iter().collect();
        sorted.sort_by_key(|span| span.start_unix_nanos);
        let key = |span: &FinishedSpan| (span.context.trace_id.to_u128(), span.context.span_id.to_u64());
        let known: HashSet<_> = sorted.iter().map(|span| key(span)).collect();
        let mut forest = Self { roots: Vec::new(), orphans: Vec::new(), children: HashMap::new() };
        for span in sorted {
            let parent = span.parent.map(|id| (span.context.trace_id.to_u128(), id.to_u64()));
            match parent {
                Some(parent) if known.contains(&parent) => forest.children.entry(parent).or_default().push(span),
                Some(_) if !span.has_remote_parent => forest.orphans.push(span),
                _ => forest.roots.push(span),
            }
        }
        forest
    }

    /// Spans without a parent in this process.
    pub fn roots(&self) -> &[&'a FinishedSpan] {
        &self.roots
    }

    /// Spans whose parent should be here and is not.
    pub fn orphans(&self) -> &[&'a FinishedSpan] {
        &self.orphans
    }

    /// The children of a span.
    pub fn children(&self, of: &FinishedSpan) -> &[&'a FinishedSpan] {
        let key = (of.context.trace_id.to_u128(), of.context.span_id.to_u64());
        self.children.get(&key).map_or(&[], Vec::as_slice)
    }

    /// One line a span, two spaces a level: name, attributes, status; no ids and no times, so that it can be compared.
    /// Attributes are sorted by key.
    pub fn normalised(&self) -> String {
        let mut text = String::new();
        // A stack, not recursion: traces can be ten thousand deep.
        let mut rest: Vec<(usize, bool, &FinishedSpan)> = Vec::new();
        rest.extend(self.orphans.iter().rev().map(|span| (0, true, *span)));
        rest.extend(self.roots.iter().rev().map(|span| (0, false, *span)));
        while let Some((depth, orphan, span)) = rest.pop() {
            let _ = write!(text, "{:1$}", "", depth * 2);
            if orphan {
                text.push_str("(orphan) ");
            }
            text.push_str(&line(span));
            text.push('\n');
            rest.extend(self.children(span).iter().rev().map(|child| (depth + 1, false, *child)));
        }
        text
    }
}

/// Name, attributes, events, status of one span.
fn line(span: &FinishedSpan) -> String {
    let mut text = span.name.clone();
    let mut attributes: Vec<_> = span.attributes.iter().collect();
    attributes.sort_by(|a, b| a.0.cmp(&b.0));
    for (key, value) in attributes {
        let _ = write!(text, " {key}={value}");
    }
    for event in span.events.iter().filter(|event| event.name != "exception") {
        let _ = write!(text, " !{}", event.name);
    }
    match &span.status {
        crate::Status::Unset => {}
        crate::Status::Ok => text.push_str(" [ok]"),
        crate::Status::Error(message) if message.is_empty() => text.push_str(" [error]"),
        crate::Status::Error(message) => {
            let _ = write!(text, " [error: {message}]");
        }
    }
    if let Some(reason) = span.end_reason {
        let _ = write!(text, " [{reason}]");
    }
    text
}
