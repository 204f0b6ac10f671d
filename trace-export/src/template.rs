//! What the spans of a callsite have in common, encoded once.

use crate::encode::field;
use crate::value::pair;
use trace_runtime::export::{Record, push_varint};
use trace_runtime::{Callsite, Value};

/// What a callsite says of its spans, in OTLP: complete fields.
#[derive(Default)]
pub(crate) struct Described {
    /// `Span.name`.
    pub(crate) name: Vec<u8>,
    /// `Span.attributes` that say where it is.
    pub(crate) attributes: Vec<u8>,
    /// `ScopeSpans.scope`.
    pub(crate) scope: Vec<u8>,
    /// `ScopeSpans.schema_url`; empty if it is the one of all.
    pub(crate) schema: Vec<u8>,
}

impl Described {
    pub(crate) fn of(callsite: Option<&'static Callsite>, id: u32) -> Self {
        let mut described = Self::default();
        let Some(callsite) = callsite else {
            described.set_scope("", "", &[]);
            return described;
        };
        field(&mut described.name, 0x2a, callsite.name().as_bytes());
        let attributes = &mut described.attributes;
        // Spans that came through the OpenTelemetry API have no function.
        if !callsite.function().is_empty() {
            field(attributes, 0x4a, &pair("code.function.name", &Value::Str(callsite.function().into())));
            field(attributes, 0x4a, &pair("code.file.path", &Value::Str(callsite.file().into())));
            field(attributes, 0x4a, &pair("code.line.number", &Value::Int(callsite.line().into())));
        }
        for (key, value) in callsite.attributes() {
            field(attributes, 0x4a, &pair(key, value));
        }
        let (of_scope, schema) = details(id);
        described.set_scope(callsite.scope_name(), callsite.scope_version(), of_scope);
        if !schema.is_empty() {
            field(&mut described.schema, 0x1a, schema.as_bytes());
        }
        described
    }

    fn set_scope(&mut self, name: &str, version: &str, attributes: &[(String, Value<'static>)]) {
        let mut message = Vec::new();
        field(&mut message, 0x0a, name.as_bytes());
        field(&mut message, 0x12, version.as_bytes());
        for (key, value) in attributes {
            field(&mut message, 0x1a, &pair(key, value));
        }
        field(&mut self.scope, 0x0a, &message);
    }
}

/// What a foreign scope says of itself beside name and version: attributes and the schema they follow.
fn details(callsite: u32) -> (&'static [(String, Value<'static>)], &'static str) {
    #[cfg(feature = "otel")]
    if let Some(details) = trace_runtime::otel::scope_details(callsite) {
        return (&details.attributes, &details.schema_url);
    }
    let _ = callsite;
    (&[], "")
}

/// What the spans of a callsite have in common.
pub(crate) struct Template {
    /// The number of its instrumentation scope.
    pub(crate) scope: usize,
    /// `Span.name`, complete.
    pub(crate) name: Vec<u8>,
    /// `Span.attributes` that say where it is, complete.
    pub(crate) attributes: Vec<u8>,
    /// Whole spans, for those with nothing but that: a root, and a span with a parent.
    plain: [Plain; 2],
}

impl Template {
    pub(crate) fn new(scope: usize, name: Vec<u8>, attributes: Vec<u8>) -> Self {
        let plain = [false, true].map(|has_parent| Plain::new(&name, &attributes, has_parent));
        Self { scope, name, attributes, plain }
    }

    /// Appends the record as a `ScopeSpans.spans` field. `false`, with nothing done: it has more to say than a template knows.
    pub(crate) fn write(&self, record: &Record<'_>, to: &mut Vec<u8>) -> bool {
        let has_parent = !record.parent_id().is_zero();
        record.says_no_more() && self.plain[usize::from(has_parent)].write(record, to)
    }
}

/// The `ScopeSpans.spans` field of a span that has only what its callsite says: all but ids and times.
struct Plain {
    bytes: Vec<u8>,
    /// Where the kind is; the times come soon after it.
    kind: usize,
    has_parent: bool,
}

/// Where the ids of a [`Plain`] span are, behind tag and length.
const TRACE: usize = 3 + 2;
const SPAN: usize = TRACE + 16 + 2;
const PARENT: usize = SPAN + 8 + 2;
/// Behind the kind: tag, start, tag, end.
const START: usize = 2;
const END: usize = START + 8 + 1;
/// Bytes of `Span.flags`.
const FLAGS: usize = 6;
/// From here on the length may need more than the two bytes that are left for it.
const LONG: usize = 1 << 14;

impl Plain {
    fn new(name: &[u8], attributes: &[u8], has_parent: bool) -> Self {
        let mut bytes = vec![0x12, 0, 0, 0x0a, 16];
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&[0x12, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        if has_parent {
            bytes.extend_from_slice(&[0x22, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        bytes.extend_from_slice(name);
        bytes.push(0x30);
        let kind = bytes.len();
        bytes.extend_from_slice(&[0, 0x39, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(attributes);
        bytes.extend_from_slice(&[0x85, 0x01, 0, 0, 0, 0]);
        if bytes.len() < LONG {
            fill_length(&mut bytes, 3);
        }
        Self { bytes, kind, has_parent }
    }

    /// One copy, and then what differs is filled in.
    fn write(&self, record: &Record<'_>, to: &mut Vec<u8>) -> bool {
        let before = to.len();
        to.extend_from_slice(&self.bytes);
        if !record.is_plain() {
            to.truncate(to.len() - FLAGS);
            if !record.append_attributes(0x4a, to) {
                to.truncate(before);
                return false;
            }
            to.extend_from_slice(&[0x85, 0x01, 0, 0, 0, 0]);
        }
        let (start, end) = record.clock_nanos();
        let span = &mut to[before..];
        if let Some(ids) = span.first_chunk_mut::<PARENT>() {
            put::<TRACE, 16, _>(ids, record.trace_id().to_bytes());
            put::<SPAN, 8, _>(ids, record.span_id().to_bytes());
        }
        if let Some(parent) = span.get_mut(PARENT..).and_then(<[u8]>::first_chunk_mut).filter(|_| self.has_parent) {
            *parent = record.parent_id().to_bytes();
        }
        if let Some(times) = span.get_mut(self.kind..).and_then(<[u8]>::first_chunk_mut::<{ END + 8 }>) {
            times[0] = record.kind();
            put::<START, 8, _>(times, start.to_le_bytes());
            put::<END, 8, _>(times, end.to_le_bytes());
        }
        if let Some(flags) = span.last_chunk_mut() {
            *flags = flags_of(record).to_le_bytes();
        }
        if !record.is_plain() || self.bytes.len() >= LONG {
            fill_length(to, before + 3);
        }
        true
    }
}

/// The bytes at a place that is known at compile time, and so lies within.
#[inline(always)]
fn put<const AT: usize, const BYTES: usize, const ALL: usize>(all: &mut [u8; ALL], bytes: [u8; BYTES]) {
    const { assert!(AT + BYTES <= ALL) };
    all[AT..AT + BYTES].copy_from_slice(&bytes);
}

/// W3C's trace flags; whether the parent is remote is known (bit 8); it is (bit 9).
pub(crate) fn flags_of(record: &Record<'_>) -> u32 {
    u32::from(record.trace_flags()) | 0x100 | if record.has_remote_parent() { 0x200 } else { 0 }
}

/// Writes the length of what follows `content` into the two bytes before it, and makes room if it needs more.
pub(crate) fn fill_length(bytes: &mut Vec<u8>, content: usize) {
    let len = bytes.len() - content;
    if len < LONG {
        // Two bytes also for lengths below 128, which protobuf allows.
        bytes[content - 2] = len as u8 | 0x80;
        bytes[content - 1] = (len >> 7) as u8;
        return;
    }
    let mut length = Vec::new();
    push_varint(&mut length, len as u64);
    bytes.splice(content - 2..content, length);
}
