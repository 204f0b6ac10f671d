//! The spans of one trace, of all processes, as a tree.

use crate::receiver::Arrived;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use std::fmt::Write as _;

/// The spans of this trace, parents before children, each with its depth. Those whose parent is not there have none.
#[must_use]
pub fn of<'a>(spans: &'a [Arrived], trace_id: &[u8]) -> Vec<(Option<usize>, &'a Arrived)> {
    let mut own: Vec<&Arrived> = spans.iter().filter(|one| one.span.trace_id == trace_id).collect();
    own.sort_by_key(|one| one.span.start_time_unix_nano);
    let mut sorted = Vec::new();
    let mut rest: Vec<(usize, &Arrived)> =
        own.iter().rev().filter(|one| one.span.parent_span_id.is_empty()).map(|one| (0, *one)).collect();
    while let Some((depth, one)) = rest.pop() {
        sorted.push((Some(depth), one));
        let children = own.iter().rev().filter(|child| child.span.parent_span_id == one.span.span_id);
        rest.extend(children.map(|child| (depth + 1, *child)));
    }
    let known = |one: &Arrived| own.iter().any(|other| other.span.span_id == one.span.parent_span_id);
    let orphans = own.iter().filter(|one| !one.span.parent_span_id.is_empty() && !known(one));
    sorted.extend(orphans.map(|one| (None, *one)));
    sorted
}

/// The tree as text: service, kind, name, time, what went wrong.
#[must_use]
pub fn text(spans: &[Arrived], trace_id: &[u8]) -> String {
    let mut text = String::new();
    for (depth, Arrived { service, span }) in of(spans, trace_id) {
        let name = match depth {
            Some(depth) => format!("{:1$}{2}", "", depth * 2, span.name),
            None => format!("(orphan) {}", span.name),
        };
        let micros = span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano) / 1000;
        let _ = writeln!(text, "{service:8} {:8} {name:40} {micros:>8} µs{}", kind(span), note(span));
    }
    text
}

fn kind(span: &Span) -> &'static str {
    ["", "internal", "server", "client", "producer", "consumer"].get(span.kind as usize).copied().unwrap_or_default()
}

fn note(span: &Span) -> String {
    let mut text = String::new();
    if span.status.as_ref().is_some_and(|status| status.code == 2) {
        let _ = write!(text, "  error: {}", attribute(span, "error.type").unwrap_or_default());
    }
    if let Some(end) = attribute(span, "trace.end") {
        let _ = write!(text, "  {end} at {}", attribute(span, "trace.end.at").unwrap_or_default());
    }
    text
}

/// An attribute's text.
#[must_use]
pub fn attribute<'a>(span: &'a Span, key: &str) -> Option<&'a str> {
    let pair = span.attributes.iter().find(|pair| pair.key == key)?;
    match pair.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}
