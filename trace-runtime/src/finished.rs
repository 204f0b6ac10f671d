//! Finished spans, decoded: for people and tests.

use crate::callsite::Callsite;
use crate::id::{Kind, SpanContext, SpanId, Status, TraceId};
use crate::layout;
use crate::record::{Parts, Record};
use crate::value::Value;
use crate::wire::{Field, Fields, read_key_value};

/// A finished span, decoded.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FinishedSpan {
    /// Its identity.
    pub context: SpanContext,
    /// The parent's id, if there is a parent.
    pub parent: Option<SpanId>,
    /// Whether the parent is in another process.
    pub has_remote_parent: bool,
    /// The local root above it, or itself.
    pub local_root: SpanId,
    /// The operation name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// How it went.
    pub status: Status,
    /// `trace.end`: why it ended before its call did.
    pub end_reason: Option<&'static str>,
    /// Nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// Nanoseconds since the Unix epoch; never before the start.
    pub end_unix_nanos: u64,
    /// Attributes set by the program.
    pub attributes: Vec<(String, Value<'static>)>,
    /// Events, in the order in which they were added.
    pub events: Vec<Event>,
    /// Links.
    pub links: Vec<SpanContext>,
    /// Attributes, events and links beyond the limits.
    pub dropped: [u16; 3],
    /// `trace.cut`: values that were cut.
    pub cut_values: u16,
    /// The place that made it.
    pub callsite: Option<&'static Callsite>,
}

/// An event of a finished span.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Nanoseconds since the Unix epoch.
    pub unix_nanos: u64,
    /// Its attributes.
    pub attributes: Vec<(String, Value<'static>)>,
}

impl FinishedSpan {
    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Value<'static>> {
        self.attributes.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// How long it took, in nanoseconds.
    pub fn nanos(&self) -> u64 {
        self.end_unix_nanos.saturating_sub(self.start_unix_nanos)
    }

    /// Whether its status is Error.
    pub fn is_error(&self) -> bool {
        matches!(self.status, Status::Error(_))
    }
}

impl Record<'_> {
    /// Everything about the span, decoded. Allocates; for people and tests.
    pub fn to_span(&self, parts: &mut Parts) -> FinishedSpan {
        self.read(parts);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let callsite = self.callsite();
        let name = match parts.name() {
            Some(name) => text(name),
            None => callsite.map(|callsite| callsite.name().to_owned()).unwrap_or_default(),
        };
        let parent = self.parent_id();
        let (start_unix_nanos, end_unix_nanos) = self.unix_nanos(parts);
        FinishedSpan {
            context: SpanContext {
                trace_id: self.trace_id(),
                span_id: self.span_id(),
                sampled: true,
                is_remote: false,
                trace_state: self.trace_state().map(|state| state.to_string()).unwrap_or_default(),
            },
            parent: (!parent.is_zero()).then_some(parent),
            has_remote_parent: self.has_remote_parent(),
            local_root: self.local_root_id(),
            name,
            kind: Kind::from_wire(self.kind()),
            status: match self.status_code() {
                layout::UNSET => Status::Unset,
                layout::OK => Status::Ok,
                _ => Status::Error(text(parts.status_message())),
            },
            end_reason: self.end_reason(),
            start_unix_nanos,
            end_unix_nanos,
            attributes: parts.attributes().map(read_key_value).collect(),
            events: parts.events().map(|(time, body)| read_event(time, body)).collect(),
            links: parts.links().map(read_link).collect(),
            dropped: self.dropped(),
            cut_values: self.cut_values(),
            callsite,
        }
    }
}

fn read_event(unix_nanos: u64, body: &[u8]) -> Event {
    let mut event = Event { name: String::new(), unix_nanos, attributes: Vec::new() };
    for field in Fields(body) {
        match field {
            (2, Field::Bytes(name)) => event.name = String::from_utf8_lossy(name).into_owned(),
            (3, Field::Bytes(pair)) => event.attributes.push(read_key_value(pair)),
            _ => {}
        }
    }
    event
}

fn read_link(body: &[u8]) -> SpanContext {
    let mut link = SpanContext::remote(TraceId::default(), SpanId::default(), false);
    for field in Fields(body) {
        match field {
            (1, Field::Bytes(id)) => link.trace_id = TraceId::from_bytes(id.try_into().unwrap_or_default()),
            (2, Field::Bytes(id)) => link.span_id = SpanId::from_bytes(id.try_into().unwrap_or_default()),
            (3, Field::Bytes(state)) => link.trace_state = String::from_utf8_lossy(state).into_owned(),
            (6, Field::Number(flags)) => {
                link.sampled = flags & 1 != 0;
                link.is_remote = flags & 0x200 != 0;
            }
            _ => {}
        }
    }
    link
}
