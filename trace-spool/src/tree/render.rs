//! A trace as lines.

use super::forest::{Forest, Top};
use crate::options::Options;
use crate::out::{Out, Problem};
use crate::shown::Shown;
use crate::text::{count, duration, moment};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;
use trace_runtime::{SpanId, TraceId};

/// Siblings of one name, from this many on, share a line.
const FOLD: usize = 3;
/// Where the tree begins, right of the offsets.
const OFFSET: usize = 10;
/// Services named at the head of a trace.
const SERVICES: usize = 5;

const BOLD: &str = "1";
const RED: &str = "31";
const YELLOW: &str = "33";
const DIM: &str = "2";

/// A line to come.
struct Line {
    what: What,
    depth: usize,
    /// What stands left of it.
    branch: String,
    /// What stands left of what is below it.
    below: String,
    /// Of what is above it.
    service: Option<Arc<str>>,
}

enum What {
    Span(usize, &'static str),
    /// Siblings of one name without children.
    Fold(Vec<usize>),
    Missing {
        id: u64,
        is_remote: bool,
        children: Vec<usize>,
    },
}

pub(crate) fn trace(out: &mut Out, id: u128, forest: &mut Forest, options: &Options) -> Result<(), Problem> {
    head(out, id, forest)?;
    let start = forest.spans.first().map_or(0, |span| span.start);
    let mut page = Page { out, options, start };
    while let Some(top) = forest.next_top() {
        let mut rest: Vec<Line> = top.into_iter().rev().map(Line::at_the_left).collect();
        while let Some(line) = rest.pop() {
            page.line(forest, line, &mut rest)?;
        }
    }
    Ok(())
}

/// `trace 0af7.. 2026-01-01T00:00:00.000Z  12 spans  1 error  2 interrupted  shop`
fn head(out: &mut Out, id: u128, forest: &Forest) -> Result<(), Problem> {
    let spans = &forest.spans;
    let start = moment(spans.first().map_or(0, |span| span.start));
    let title = paint(out.colour, BOLD, &format!("trace {}", TraceId::from_u128(id)));
    let mut text = format!("{title}  {start}  {}", count(spans.len() as u64, "span"));
    let errors = spans.iter().filter(|span| span.error.is_some()).count() as u64;
    if errors > 0 {
        let _ = write!(text, "  {}", paint(out.colour, RED, &count(errors, "error")));
    }
    let mut marks: BTreeMap<&str, u64> = BTreeMap::new();
    spans.iter().filter_map(|span| span.mark.as_deref()).for_each(|mark| *marks.entry(mark).or_default() += 1);
    for (mark, times) in marks.iter().take(SERVICES) {
        let _ = write!(text, "  {}", paint(out.colour, YELLOW, &format!("{times} {mark}")));
    }
    if forest.copies > 0 {
        let _ = write!(text, "  {} stored twice", forest.copies);
    }
    let mut services: Vec<&str> = spans.iter().filter_map(|span| span.service.as_deref()).collect();
    services.sort_unstable();
    services.dedup();
    let more = if services.len() > SERVICES { ", …" } else { "" };
    services.truncate(SERVICES);
    if !services.is_empty() {
        let _ = write!(text, "  {}{more}", services.join(", "));
    }
    out.line(format_args!("{text}"))
}

impl Line {
    fn at_the_left(top: Top) -> Self {
        let what = match top {
            Top::Span(at) => What::Span(at, ""),
            Top::Ring(at) => What::Span(at, "(its parents are a ring) "),
            Top::Missing { id, is_remote, children } => What::Missing { id, is_remote, children },
        };
        Self { what, depth: 0, branch: String::new(), below: String::new(), service: None }
    }
}

struct Page<'a> {
    out: &'a mut Out,
    options: &'a Options,
    /// Of the trace.
    start: u64,
}

impl Page<'_> {
    /// Writes a line, and puts those below it on top of the rest.
    fn line(&mut self, forest: &mut Forest, line: Line, rest: &mut Vec<Line>) -> Result<(), Problem> {
        let Line { what, depth, branch, below, service } = line;
        let (children, service) = match what {
            What::Span(at, mark) => {
                forest.mark_shown(at);
                let span = &forest.spans[at];
                let text = self.describe(span, service.as_deref());
                self.write(Some(span.start), &format!("{branch}{mark}{text}"))?;
                let service = span.service.clone();
                (forest.take_children(at), service)
            }
            What::Fold(all) => {
                let spans: Vec<&Shown> = all.iter().map(|at| &forest.spans[*at]).collect();
                let text = folded(&spans);
                self.write(Some(spans[0].start), &format!("{branch}{text}"))?;
                for at in all {
                    forest.mark_shown(at);
                }
                return Ok(());
            }
            What::Missing { id, is_remote, children } => {
                let whose = if is_remote { "another process's span" } else { "a span" };
                let text = format!("({whose} {} that is not here)", SpanId::from_u64(id));
                let text = paint(self.out.colour, DIM, &text);
                self.write(None, &format!("{branch}{text}"))?;
                (children, None)
            }
        };
        if children.is_empty() {
            return Ok(());
        }
        if depth + 1 >= self.options.depth {
            let deeper = count(forest.skip(children), "span");
            return self.write(None, &format!("{below}└─ … {deeper} deeper: --depth shows more"));
        }
        rest.extend(self.siblings(forest, children, depth + 1, &below, service.as_ref()));
        Ok(())
    }

    /// The lines for siblings, last one first.
    fn siblings(
        &self,
        forest: &Forest,
        siblings: Vec<usize>,
        depth: usize,
        left: &str,
        service: Option<&Arc<str>>,
    ) -> Vec<Line> {
        let folds = |at: usize| !self.options.all && !forest.has_children(at) && forest.spans[at].says_nothing();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for at in siblings.iter().filter(|at| folds(**at)) {
            *counts.entry(&forest.spans[*at].name).or_default() += 1;
        }
        let mut found: Vec<What> = Vec::new();
        let mut folded: HashMap<&str, usize> = HashMap::new();
        for at in siblings {
            let name = &*forest.spans[at].name;
            if !folds(at) || counts.get(name).is_none_or(|count| *count < FOLD) {
                found.push(What::Span(at, ""));
                continue;
            }
            if let Some(What::Fold(others)) = folded.get(name).and_then(|place| found.get_mut(*place)) {
                others.push(at);
            } else {
                folded.insert(name, found.len());
                found.push(What::Fold(vec![at]));
            }
        }
        let last = found.len();
        let line = |(nth, what)| {
            let (branch, below) = if nth + 1 == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let (branch, below) = (format!("{left}{branch}"), format!("{left}{below}"));
            Line { what, depth, branch, below, service: service.cloned() }
        };
        found.into_iter().enumerate().map(line).rev().collect()
    }

    fn write(&mut self, start: Option<u64>, text: &str) -> Result<(), Problem> {
        let offset = start.map_or_else(String::new, |start| format!("+{}", duration(start.saturating_sub(self.start))));
        let offset = paint(self.out.colour, DIM, &format!("{offset:>OFFSET$}"));
        self.out.line(format_args!("{offset}  {text}"))
    }

    /// `name  client  1.2 ms  key=value  ✗ message  (cancelled)`
    fn describe(&self, span: &Shown, above: Option<&str>) -> String {
        let colour = self.out.colour;
        let mut text = span.name.to_string();
        if !span.kind.is_empty() {
            let _ = write!(text, "  {}", span.kind);
        }
        if let Some(service) = span.service.as_deref().filter(|service| above.is_some_and(|above| above != *service)) {
            let _ = write!(text, "  [{service}]");
        }
        let _ = write!(text, "  {}{}", duration(span.nanos()), span.attributes);
        if let Some(message) = &span.error {
            let _ = write!(text, "  {}", paint(colour, RED, format!("✗ {message}").trim_end()));
        }
        if let Some(mark) = &span.mark {
            let _ = write!(text, "  {}", paint(colour, YELLOW, &format!("({mark})")));
        }
        text
    }
}

/// `name ×312, total 88 ms, max 9 ms`
fn folded(spans: &[&Shown]) -> String {
    let total = spans.iter().fold(0_u64, |total, span| total.saturating_add(span.nanos()));
    let max = spans.iter().map(|span| span.nanos()).max().unwrap_or(0);
    let (name, times) = (&spans[0].name, spans.len());
    format!("{name} ×{times}, total {}, max {}", duration(total), duration(max))
}

fn paint(colour: bool, how: &str, text: &str) -> String {
    if colour { format!("\x1b[{how}m{text}\x1b[0m") } else { text.to_owned() }
}
