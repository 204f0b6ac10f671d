//! Traces as trees on stderr, for people without a backend.

use crate::batch::Batch;
use crate::bounds::{CONSOLE_ATTRIBUTES, CONSOLE_DEPTH, CONSOLE_PATIENCE, CONSOLE_ROOTS, CONSOLE_SPANS, CONSOLE_TEXT};
use crate::span::EndedSpan;
use crate::terminal::{self, plain};
use crate::transport::{Outcome, Transport};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::Duration;
use trace_runtime::export::{Claims, FinishedSpan, Forest, Parts, Record};
use trace_runtime::{SpanId, Status, TraceId, Value};

/// Siblings of one name, from this many on, become one line.
const FOLD: usize = 3;
/// Different error messages shown for a folded line.
const MESSAGES: usize = 3;

/// What every span says of where it is from, and what its line says otherwise.
const NOT_SHOWN: [&str; 5] = ["code.function.name", "code.file.path", "code.line.number", "trace.end", "trace.cut"];

/// Holds spans until their local root has ended.
#[derive(Default)]
pub(crate) struct Console {
    /// With what keeps them findable after a crash until they are shown, if nothing else does.
    waiting: Vec<(FinishedSpan, Claims)>,
    ended_roots: HashSet<(TraceId, SpanId)>,
    parts: Parts,
}

impl Console {
    pub(crate) fn read(&mut self, record: &Record<'_>) -> FinishedSpan {
        record.to_span(&mut self.parts)
    }

    pub(crate) fn take(&mut self, span: FinishedSpan, claims: Claims) {
        self.ended(&span);
        self.waiting.push((shown(span), claims));
    }

    /// With what the program made of it.
    pub(crate) fn take_changed(&mut self, mut span: FinishedSpan, ended: &EndedSpan, claims: Claims) {
        span.name.clone_from(&ended.name);
        span.status.clone_from(&ended.status);
        span.attributes.clone_from(&ended.attributes);
        span.attributes.retain(|(key, _)| !NOT_SHOWN.contains(&key.as_str()));
        self.take(span, claims);
    }

    /// Where it was the root, the tree is complete, whether it is shown or not.
    pub(crate) fn ended(&mut self, span: &FinishedSpan) {
        if span.local_root != span.context.span_id {
            return;
        }
        if self.ended_roots.len() >= CONSOLE_ROOTS {
            self.ended_roots.clear();
        }
        self.ended_roots.insert((span.context.trace_id, span.local_root));
    }

    /// The traces that are over, or all there is, as text.
    pub(crate) fn trees(&mut self, all: bool) -> Option<Batch> {
        let all = all || self.waiting.len() > CONSOLE_SPANS;
        let ended = &self.ended_roots;
        let over = |(span, _): &(FinishedSpan, _)| all || ended.contains(&(span.context.trace_id, span.local_root));
        let (over, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().partition(over);
        self.waiting = waiting;
        if over.is_empty() {
            return None;
        }
        let mut claims = Claims::default();
        let over: Vec<_> = over.into_iter().map(|(span, own)| (span, claims.append(own)).0).collect();
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = std::io::stderr().is_terminal() && !no_colour;
        let text = render(&over, colour);
        Some(Batch::new(text.into_bytes(), over.len() as u64).with(claims))
    }
}

/// Writes trees to stderr.
pub(crate) struct Terminal;

impl Transport for Terminal {
    fn send(&mut self, trees: &Batch, within: Duration) -> Outcome {
        if terminal::write(&trees.bytes, CONSOLE_PATIENCE.min(within)) {
            Outcome::Delivered { rejected: 0, message: String::new() }
        } else {
            Outcome::Lost { why: "stderr takes nothing".to_owned() }
        }
    }
}

/// What is kept of a span: what its line shows, and not more of it than fits.
fn shown(mut span: FinishedSpan) -> FinishedSpan {
    span.events = Vec::new();
    span.links = Vec::new();
    span.name = plain(&span.name, 2 * CONSOLE_TEXT);
    span.attributes.truncate(CONSOLE_ATTRIBUTES);
    for (key, value) in &mut span.attributes {
        *key = plain(key, CONSOLE_TEXT);
        *value = Value::Str(plain(&value.to_string(), CONSOLE_TEXT).into());
    }
    if let Status::Error(message) = &mut span.status {
        *message = plain(message, CONSOLE_TEXT);
    }
    span
}

/// The trees of `spans`, trace by trace.
fn render(spans: &[FinishedSpan], colour: bool) -> String {
    let mut traces: HashMap<TraceId, Vec<&FinishedSpan>> = HashMap::new();
    for span in spans {
        traces.entry(span.context.trace_id).or_default().push(span);
    }
    let mut traces: Vec<_> = traces.into_iter().collect();
    traces.sort_by_key(|(_, spans)| spans.iter().map(|span| span.start_unix_nanos).min());
    let mut text = String::new();
    for (trace, spans) in traces {
        let errors = spans.iter().filter(|span| span.is_error()).count();
        let _ = write!(text, "trace {trace}  {}", plural(spans.len(), "span"));
        if errors > 0 {
            let _ = write!(text, "  {}", red(&plural(errors, "error"), colour));
        }
        text.push('\n');
        tree(&mut text, &Forest::new(spans), colour);
    }
    text
}

/// Spans shown on one line: one, or several of the same name.
struct Line<'a> {
    spans: Vec<&'a FinishedSpan>,
    depth: usize,
    /// What stands left of it, and left of what is below it.
    prefix: String,
    last: bool,
}

fn tree(text: &mut String, forest: &Forest<'_>, colour: bool) {
    if !forest.orphans().is_empty() {
        print_lines(text, forest, forest.orphans().to_vec(), colour, "(parent not shown) ");
    }
    print_lines(text, forest, forest.roots().to_vec(), colour, "");
}

/// `top` and all below. `mark` stands before the top lines.
fn print_lines<'a>(text: &mut String, forest: &Forest<'a>, top: Vec<&'a FinishedSpan>, colour: bool, mark: &str) {
    // A stack, not recursion: a trace may be ten thousand levels deep.
    let mut rest: Vec<Line<'_>> = lines(top, 0, "");
    while let Some(line) = rest.pop() {
        let (branch, below) = match (line.depth, line.last) {
            (0, _) => (mark, ""),
            (_, true) => ("└─ ", "   "),
            (_, false) => ("├─ ", "│  "),
        };
        let _ = writeln!(text, "{}{branch}{}", line.prefix, describe(&line.spans, colour));
        let children: Vec<_> = line.spans.iter().flat_map(|span| forest.children(span).iter().copied()).collect();
        if children.is_empty() {
            continue;
        }
        let prefix = format!("{}{below}", line.prefix);
        if line.depth + 1 >= CONSOLE_DEPTH {
            let _ = writeln!(text, "{prefix}└─ … deeper levels are not shown");
            continue;
        }
        rest.extend(lines(children, line.depth + 1, &prefix));
    }
}

/// The lines for siblings, in the order of their first start, last one first.
fn lines<'a>(mut siblings: Vec<&'a FinishedSpan>, depth: usize, prefix: &str) -> Vec<Line<'a>> {
    siblings.sort_by_key(|span| span.start_unix_nanos);
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for span in &siblings {
        *counts.entry(&span.name).or_default() += 1;
    }
    let mut lines: Vec<Line<'_>> = Vec::new();
    let mut folded: HashMap<&str, usize> = HashMap::new();
    for span in siblings {
        if counts[span.name.as_str()] >= FOLD {
            if let Some(at) = folded.get(span.name.as_str()) {
                lines[*at].spans.push(span);
                continue;
            }
            folded.insert(&span.name, lines.len());
        }
        lines.push(Line { spans: vec![span], depth, prefix: prefix.to_owned(), last: false });
    }
    if let Some(last) = lines.last_mut() {
        last.last = true;
    }
    lines.reverse();
    lines
}

fn describe(spans: &[&FinishedSpan], colour: bool) -> String {
    match spans {
        [one] => describe_one(one, colour),
        many => describe_many(many, colour),
    }
}

/// `name  1.2 ms  key=value  ✗ message`
fn describe_one(span: &FinishedSpan, colour: bool) -> String {
    let mut text = format!("{}  {}", span.name, duration(span.nanos()));
    for (key, value) in span.attributes.iter().filter(|(key, _)| key != "error.type") {
        let _ = write!(text, "  {key}={value}");
    }
    if let Status::Error(message) = &span.status {
        let kind = || span.attribute("error.type").map(ToString::to_string).unwrap_or_default();
        let message = if message.is_empty() { kind() } else { message.clone() };
        let _ = write!(text, "  {}", red(&format!("✗ {message}"), colour));
    }
    if let Some(reason) = span.end_reason {
        let _ = write!(text, "  ({reason})");
    }
    text
}

/// `name ×312, total 88 ms, max 9 ms, 2 errors: message`
fn describe_many(spans: &[&FinishedSpan], colour: bool) -> String {
    let total: u64 = spans.iter().map(|span| span.nanos()).sum();
    let max = spans.iter().map(|span| span.nanos()).max().unwrap_or(0);
    let mut text = format!("{} ×{}, total {}, max {}", spans[0].name, spans.len(), duration(total), duration(max));
    let mut messages: BTreeMap<&str, usize> = BTreeMap::new();
    let mut errors = 0;
    for span in spans {
        if let Status::Error(message) = &span.status {
            errors += 1;
            *messages.entry(message).or_default() += 1;
        }
    }
    if errors == 0 {
        return text;
    }
    let mut messages: Vec<_> = messages.into_iter().filter(|(message, _)| !message.is_empty()).collect();
    messages.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let shown: Vec<_> = messages.iter().take(MESSAGES).map(|(message, _)| *message).collect();
    let more = if messages.len() > MESSAGES { ", …" } else { "" };
    let detail = if shown.is_empty() { String::new() } else { format!(": {}{more}", shown.join(", ")) };
    let _ = write!(text, ", {}", red(&format!("{}{detail}", plural(errors, "error")), colour));
    text
}

pub(crate) fn duration(nanos: u64) -> String {
    let nanos_f = nanos as f64;
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.1} µs", nanos_f / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", nanos_f / 1e6),
        _ => format!("{:.2} s", nanos_f / 1e9),
    }
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn red(text: &str, colour: bool) -> String {
    if colour { format!("\x1b[31m{text}\x1b[0m") } else { text.to_owned() }
}
