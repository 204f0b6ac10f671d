//! A span read back from its OTLP bytes, and written again.

use crate::bounds::SPAN_PARTS;
use crate::encode::{count, field};
use crate::value::{pair, read_pair, text};
use std::time::Duration;
use trace_runtime::export::{Field, Fields};
use trace_runtime::{Kind, SpanContext, SpanId, Status, ToValue, TraceId, Value};

/// A key and its value.
pub(crate) type Pair = (String, Value<'static>);

/// A span that has ended, for [`Builder::on_end`](crate::Builder::on_end). Its public fields can be changed.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct EndedSpan {
    /// The operation name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// How it went.
    pub status: Status,
    /// Attributes, `code.*` and `trace.*` included. The first of several with one key counts.
    pub attributes: Vec<(String, Value<'static>)>,
    /// Events, in the order in which they were added.
    pub events: Vec<EndedEvent>,
    /// Links.
    pub links: Vec<EndedLink>,
    pub(crate) context: SpanContext,
    pub(crate) parent: SpanId,
    /// As on the wire: those of the trace, and whether the parent is remote.
    pub(crate) flags: u32,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// Attributes, events and links that are not there because of limits.
    pub(crate) dropped: [u32; 3],
    pub(crate) scope: &'static str,
    pub(crate) discarded: bool,
}

/// An event of a span that has ended.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct EndedEvent {
    /// Its name.
    pub name: String,
    /// Nanoseconds since the Unix epoch.
    pub unix_nanos: u64,
    /// Its attributes.
    pub attributes: Vec<(String, Value<'static>)>,
    pub(crate) dropped: u32,
}

/// A link of a span that has ended.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct EndedLink {
    /// The span it leads to.
    pub context: SpanContext,
    /// Its attributes.
    pub attributes: Vec<(String, Value<'static>)>,
    pub(crate) dropped: u32,
    pub(crate) flags: u32,
}

impl EndedSpan {
    /// Its identity. What it says of the trace is what the span said when it started.
    pub fn context(&self) -> &SpanContext {
        &self.context
    }

    /// The parent's id, if there is a parent.
    pub fn parent_id(&self) -> Option<SpanId> {
        (!self.parent.is_zero()).then_some(self.parent)
    }

    /// Whether the parent is in another process.
    pub fn has_remote_parent(&self) -> bool {
        self.flags & 0x200 != 0
    }

    /// When it started, in nanoseconds since the Unix epoch.
    pub fn start_unix_nanos(&self) -> u64 {
        self.start
    }

    /// When it ended, in nanoseconds since the Unix epoch; never before the start.
    pub fn end_unix_nanos(&self) -> u64 {
        self.end
    }

    /// How long it took.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.end.saturating_sub(self.start))
    }

    /// The instrumentation scope: the crate that the traced code is in, or its `target`.
    pub fn scope_name(&self) -> &'static str {
        self.scope
    }

    /// Sets an attribute, in place of one of that name.
    pub fn set_attribute(&mut self, key: impl Into<String>, value: impl ToValue) {
        let key = key.into();
        let Some(value) = value.to_value().map(Value::into_owned) else { return };
        match self.attributes.iter_mut().find(|(known, _)| *known == key) {
            Some(pair) => pair.1 = value,
            None => self.attributes.push((key, value)),
        }
    }

    /// Leaves the span out. It counts as `discarded`; its children stay and have a parent that nobody sees.
    pub fn discard(&mut self) {
        self.discarded = true;
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&Value<'static>> {
        self.attributes.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// Reads a `Span` (`opentelemetry/proto/trace/v1/trace.proto`).
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut span = Self::empty();
        let (mut unread, mut unread_parts) = (0, [0; 2]);
        for part in Fields(bytes) {
            match part {
                (1, Field::Bytes(id)) => span.context.trace_id = trace_id(id),
                (2, Field::Bytes(id)) => span.context.span_id = span_id(id),
                (3, Field::Bytes(state)) => span.context.trace_state = text(state),
                (4, Field::Bytes(id)) => span.parent = span_id(id),
                (5, Field::Bytes(name)) => span.name = text(name),
                (6, Field::Number(number)) => span.kind = kind(number),
                (7, Field::Number(nanos)) => span.start = nanos,
                (8, Field::Number(nanos)) => span.end = nanos,
                (9, Field::Bytes(pair)) => add(&mut span.attributes, &mut unread, pair),
                (10, Field::Number(count)) => span.dropped[0] = count as u32,
                (11, Field::Bytes(event)) if span.events.len() < SPAN_PARTS => {
                    span.events.push(EndedEvent::read(event));
                }
                (11, Field::Bytes(_)) => unread_parts[0] += 1,
                (12, Field::Number(count)) => span.dropped[1] = count as u32,
                (13, Field::Bytes(link)) if span.links.len() < SPAN_PARTS => span.links.push(EndedLink::read(link)),
                (13, Field::Bytes(_)) => unread_parts[1] += 1,
                (14, Field::Number(count)) => span.dropped[2] = count as u32,
                (15, Field::Bytes(bytes)) => span.status = status(bytes),
                (16, Field::Number(flags)) => span.flags = flags as u32,
                _ => {}
            }
        }
        for (dropped, unread) in span.dropped.iter_mut().zip([unread, unread_parts[0], unread_parts[1]]) {
            *dropped = dropped.saturating_add(unread);
        }
        span.context.sampled = span.flags & 1 != 0;
        span
    }

    /// Writes the content of a `Span`.
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        field(to, 0x0a, &self.context.trace_id.to_bytes());
        field(to, 0x12, &self.context.span_id.to_bytes());
        if !self.context.trace_state.is_empty() {
            field(to, 0x1a, self.context.trace_state.as_bytes());
        }
        if !self.parent.is_zero() {
            field(to, 0x22, &self.parent.to_bytes());
        }
        field(to, 0x2a, self.name.as_bytes());
        to.extend_from_slice(&[0x30, self.kind as u8]);
        fixed64(to, 0x39, self.start);
        fixed64(to, 0x41, self.end);
        pairs(to, 0x4a, &self.attributes);
        count(to, 0x50, self.dropped[0]);
        for event in &self.events {
            let mut message = Vec::new();
            fixed64(&mut message, 0x09, event.unix_nanos);
            field(&mut message, 0x12, event.name.as_bytes());
            pairs(&mut message, 0x1a, &event.attributes);
            count(&mut message, 0x20, event.dropped);
            field(to, 0x5a, &message);
        }
        count(to, 0x60, self.dropped[1]);
        for link in &self.links {
            field(to, 0x6a, &link.written());
        }
        count(to, 0x70, self.dropped[2]);
        let (code, message) = match &self.status {
            Status::Unset => (0, ""),
            Status::Ok => (1, ""),
            Status::Error(message) => (2, message.as_str()),
        };
        if code != 0 {
            let mut status = Vec::new();
            if !message.is_empty() {
                field(&mut status, 0x12, message.as_bytes());
            }
            status.extend_from_slice(&[0x18, code]);
            field(to, 0x7a, &status);
        }
        to.extend_from_slice(&[0x85, 0x01]);
        to.extend_from_slice(&self.flags.to_le_bytes());
    }

    fn empty() -> Self {
        Self {
            name: String::new(),
            kind: Kind::Internal,
            status: Status::Unset,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            context: nowhere(),
            parent: SpanId::default(),
            flags: 1,
            start: 0,
            end: 0,
            dropped: [0; 3],
            scope: "",
            discarded: false,
        }
    }
}

impl EndedEvent {
    fn read(bytes: &[u8]) -> Self {
        let mut event = Self { name: String::new(), unix_nanos: 0, attributes: Vec::new(), dropped: 0 };
        let mut unread = 0;
        for part in Fields(bytes) {
            match part {
                (1, Field::Number(nanos)) => event.unix_nanos = nanos,
                (2, Field::Bytes(name)) => event.name = text(name),
                (3, Field::Bytes(pair)) => add(&mut event.attributes, &mut unread, pair),
                (4, Field::Number(count)) => event.dropped = count as u32,
                _ => {}
            }
        }
        event.dropped = event.dropped.saturating_add(unread);
        event
    }
}

impl EndedLink {
    fn read(bytes: &[u8]) -> Self {
        let mut link = Self { context: nowhere(), attributes: Vec::new(), dropped: 0, flags: 0 };
        let mut unread = 0;
        for part in Fields(bytes) {
            match part {
                (1, Field::Bytes(id)) => link.context.trace_id = trace_id(id),
                (2, Field::Bytes(id)) => link.context.span_id = span_id(id),
                (3, Field::Bytes(state)) => link.context.trace_state = text(state),
                (4, Field::Bytes(pair)) => add(&mut link.attributes, &mut unread, pair),
                (5, Field::Number(count)) => link.dropped = count as u32,
                (6, Field::Number(flags)) => link.flags = flags as u32,
                _ => {}
            }
        }
        link.dropped += unread;
        link.context.sampled = link.flags & 1 != 0;
        link.context.is_remote = link.flags & 0x200 != 0;
        link
    }
}

impl EndedLink {
    /// The content of a `Span.Link`.
    fn written(&self) -> Vec<u8> {
        let mut to = Vec::new();
        field(&mut to, 0x0a, &self.context.trace_id.to_bytes());
        field(&mut to, 0x12, &self.context.span_id.to_bytes());
        if !self.context.trace_state.is_empty() {
            field(&mut to, 0x1a, self.context.trace_state.as_bytes());
        }
        pairs(&mut to, 0x22, &self.attributes);
        count(&mut to, 0x28, self.dropped);
        to.push(0x35);
        to.extend_from_slice(&self.flags.to_le_bytes());
        to
    }
}

fn pairs(to: &mut Vec<u8>, tag: u8, pairs: &[Pair]) {
    for (key, value) in pairs {
        field(to, tag, &pair(key, value));
    }
}

fn fixed64(to: &mut Vec<u8>, tag: u8, value: u64) {
    to.push(tag);
    to.extend_from_slice(&value.to_le_bytes());
}

fn nowhere() -> SpanContext {
    SpanContext {
        trace_id: TraceId::default(),
        span_id: SpanId::default(),
        sampled: false,
        is_remote: false,
        trace_state: String::new(),
    }
}

fn trace_id(bytes: &[u8]) -> TraceId {
    TraceId::from_bytes(bytes.try_into().unwrap_or_default())
}

fn span_id(bytes: &[u8]) -> SpanId {
    SpanId::from_bytes(bytes.try_into().unwrap_or_default())
}

fn add(to: &mut Vec<Pair>, unread: &mut u32, pair: &[u8]) {
    match read_pair(pair) {
        Some(pair) => to.push(pair),
        None => *unread += 1,
    }
}

fn kind(number: u64) -> Kind {
    match number {
        2 => Kind::Server,
        3 => Kind::Client,
        4 => Kind::Producer,
        5 => Kind::Consumer,
        _ => Kind::Internal,
    }
}

fn status(bytes: &[u8]) -> Status {
    let (mut code, mut message) = (0, String::new());
    for part in Fields(bytes) {
        match part {
            (2, Field::Bytes(bytes)) => message = text(bytes),
            (3, Field::Number(number)) => code = number,
            _ => {}
        }
    }
    match code {
        0 => Status::Unset,
        1 => Status::Ok,
        _ => Status::Error(message),
    }
}
