//! What is kept of a span to show it, and not more of it than fits.

use crate::options::Attributes;
use std::sync::Arc;
use trace_export::stored::{StoredSpan, plain};
use trace_runtime::{Kind, Status, Value};

/// Characters of a name, and of other texts.
const NAME: usize = 120;
const TEXT: usize = 80;
/// Attributes of a span.
const ATTRIBUTES: usize = 32;

/// What every span says of where it is from, and what its line says otherwise.
const NOT_SHOWN: [&str; 4] = ["code.function.name", "code.file.path", "code.line.number", "trace.end"];

/// A span, without anything that steers a terminal.
#[derive(PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) has_remote_parent: bool,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) name: Box<str>,
    /// Empty for the usual kind.
    pub(crate) kind: &'static str,
    pub(crate) error: Option<Box<str>>,
    /// How it ended, if not by itself.
    pub(crate) mark: Option<Box<str>>,
    /// ` key=value` and so on.
    pub(crate) attributes: Box<str>,
    pub(crate) service: Option<Arc<str>>,
}

impl Shown {
    pub(crate) fn new(stored: &StoredSpan, attributes: &Attributes, service: Option<Arc<str>>) -> Self {
        let span = &stored.span;
        let text = |key| span.attribute(key).map(|value| plain(&value.to_string(), TEXT));
        let error = match &span.status {
            Status::Error(message) if message.is_empty() => Some(text("error.type").unwrap_or_default()),
            Status::Error(message) => Some(plain(message, TEXT)),
            _ => None,
        };
        let mark = text("trace.end").map(|end| if end == "crash" { "interrupted".to_owned() } else { end });
        Self {
            id: span.context().span_id.to_u64(),
            parent: span.parent_id().map(trace_runtime::SpanId::to_u64),
            has_remote_parent: span.has_remote_parent(),
            start: span.start_unix_nanos(),
            end: span.end_unix_nanos(),
            name: plain(&span.name, NAME).into(),
            kind: kind(span.kind),
            error: error.map(Into::into),
            mark: mark.map(Into::into),
            attributes: shown(&span.attributes, attributes).into(),
            service,
        }
    }

    pub(crate) fn nanos(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether its line would say no more than name and duration.
    pub(crate) fn says_nothing(&self) -> bool {
        self.error.is_none() && self.mark.is_none() && self.attributes.is_empty()
    }
}

/// `service.name` of a resource.
pub(crate) fn service(stored: &StoredSpan) -> Option<String> {
    let (_, name) = stored.resource.iter().find(|(key, _)| key == "service.name")?;
    Some(plain(&name.to_string(), TEXT))
}

fn shown(pairs: &[(String, Value<'static>)], wanted: &Attributes) -> String {
    let is_wanted = |key: &str| match wanted {
        Attributes::None => false,
        Attributes::All => !NOT_SHOWN.contains(&key),
        Attributes::Only(keys) => keys.iter().any(|wanted| wanted == key),
    };
    let pairs = pairs.iter().filter(|(key, _)| is_wanted(key)).take(ATTRIBUTES);
    let pair =
        |(key, value): &(String, Value<'_>)| format!("  {}={}", plain(key, TEXT), plain(&value.to_string(), TEXT));
    pairs.map(pair).collect()
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Server => "server",
        Kind::Client => "client",
        Kind::Producer => "producer",
        Kind::Consumer => "consumer",
        Kind::Internal => "",
    }
}
