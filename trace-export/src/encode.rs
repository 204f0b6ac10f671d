//! OTLP protobuf, written straight from records.
//!
//! Field numbers are those of `opentelemetry/proto/trace/v1/trace.proto` and
//! `opentelemetry/proto/collector/trace/v1/trace_service.proto`.

use crate::batch::Batch;
use crate::bounds::{BATCH_BYTES, CALLSITES_MAX};
use crate::json::is_span_field;
use crate::memory::{block, is_worth_keeping, memory, recycle, suits};
use crate::span::EndedSpan;
use crate::template::{Described, Template, fill_length, flags_of};
use crate::value::pair;
use trace_runtime::Value;
use trace_runtime::export::{Claims, Parts, Record, push_varint};

/// The schema that our attribute names follow.
pub(crate) const SCHEMA: &str = "https://opentelemetry.io/schemas/1.37.0";

/// `ResourceSpans.resource` with these attributes.
pub(crate) fn resource_field<'a>(attributes: impl Iterator<Item = (&'a str, &'a Value<'static>)>) -> Vec<u8> {
    let mut message = Vec::new();
    for (key, value) in attributes {
        field(&mut message, 0x0a, &pair(key, value));
    }
    let mut complete = Vec::new();
    field(&mut complete, 0x0a, &message);
    complete
}

/// Gathers records until they are a batch.
pub(crate) struct Encoder {
    /// `ResourceSpans.resource`, complete.
    resource: Vec<u8>,
    /// By callsite number.
    templates: Vec<Option<Template>>,
    scopes: Vec<Scope>,
    parts: Parts,
    /// On the records of these spans.
    claims: Claims,
    bytes: usize,
    spans: u32,
    most_spans: u32,
}

/// Spans of one instrumentation scope.
struct Scope {
    /// `ScopeSpans.scope`, complete.
    header: Vec<u8>,
    /// What a request begins with in which this scope comes first; then `ScopeSpans.spans`, one after the other. So the spans of a large
    /// batch stay where they were written.
    request: Vec<u8>,
    /// Where the spans begin.
    start: usize,
    /// `ScopeSpans.schema_url`, complete; empty if it is the one of all.
    schema: Vec<u8>,
}

/// Bytes of a length that is known last. Protobuf allows more of them than it needs.
const LENGTH: usize = 5;

/// Writes the length of what follows `content` into the [`LENGTH`] bytes before it.
fn put_length(request: &mut [u8], content: usize) {
    let len = request.len() - content;
    for (nth, byte) in request[content - LENGTH..content].iter_mut().enumerate() {
        *byte = (len >> (7 * nth)) as u8 & 0x7f | if nth + 1 < LENGTH { 0x80 } else { 0 };
    }
}

impl Scope {
    fn new(resource: &[u8], header: Vec<u8>, schema: Vec<u8>) -> Self {
        let mut scope = Self { header, request: Vec::new(), start: 0, schema };
        scope.begin(resource);
        scope.start = scope.request.len();
        scope
    }

    fn begin(&mut self, resource: &[u8]) {
        for part in [&[0x0a; 1 + LENGTH], resource, &[0x12; 1 + LENGTH], &self.header] {
            self.request.extend_from_slice(part);
        }
    }

    /// For the next batch: with what it has, unless that is far more than it was good for.
    fn begin_again(&mut self, resource: &[u8]) {
        let keeps = is_worth_keeping(self.request.capacity(), self.request.len());
        self.request.truncate(self.start);
        if !keeps {
            recycle(std::mem::take(&mut self.request));
            self.begin(resource);
        }
    }

    fn spans(&self) -> &[u8] {
        &self.request[self.start..]
    }

    /// Bytes of the `ScopeSpans`.
    fn content(&self) -> usize {
        self.header.len() + self.spans().len() + self.schema.len()
    }

    /// The request so far, up to the end of this `ScopeSpans`, with room for `more` bytes.
    fn take(&mut self, resource: &[u8], more: usize) -> Vec<u8> {
        let room = self.request.len() + self.schema.len() + more;
        let mut taken;
        if suits(self.request.capacity(), room) {
            taken = std::mem::replace(&mut self.request, block());
            self.begin(resource);
        } else {
            taken = memory(room);
            taken.extend_from_slice(&self.request);
            self.begin_again(resource);
        }
        taken.extend_from_slice(&self.schema);
        put_length(&mut taken, self.start - self.header.len());
        taken
    }
}

impl Encoder {
    /// `resource`: `ResourceSpans.resource`, complete.
    pub(crate) fn new(resource: Vec<u8>, most_spans: u32) -> Self {
        Self {
            resource,
            templates: Vec::new(),
            scopes: Vec::new(),
            parts: Parts::default(),
            claims: Claims::default(),
            bytes: 0,
            spans: 0,
            most_spans,
        }
    }

    /// Bytes gathered.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a span. `true`: it is time to take the batch.
    pub(crate) fn push(&mut self, record: &Record<'_>) -> bool {
        if !matches!(self.templates.get(record.callsite_id() as usize), Some(Some(_))) {
            self.know(record);
        }
        let Some(Some(template)) = self.templates.get(record.callsite_id() as usize) else { return false };
        let spans = &mut self.scopes[template.scope].request;
        let before = spans.len();
        append(spans, template, record, &mut self.parts);
        record.claim(&mut self.claims);
        self.bytes += spans.len() - before;
        self.spans += 1;
        self.is_time()
    }

    /// Adds a span that a process left behind when it died. `None`: it does not check out, or its callsite is not known.
    pub(crate) fn push_found(&mut self, record: &Record<'_>) -> Option<bool> {
        let template = self.templates.get(record.callsite_id() as usize)?.as_ref()?;
        let spans = &mut self.scopes[template.scope].request;
        let before = spans.len();
        append(spans, template, record, &mut self.parts);
        if !is_span_field(&spans[before..]) {
            spans.truncate(before);
            return None;
        }
        self.bytes += spans.len() - before;
        self.spans += 1;
        Some(self.is_time())
    }

    /// What the spans of a callsite of such a process have in common. Numbers are small in every process.
    pub(crate) fn learn(&mut self, callsite: u32, described: Described) {
        let id = callsite as usize;
        if id < CALLSITES_MAX {
            if self.templates.len() <= id {
                self.templates.resize_with(id + 1, || None);
            }
            self.templates[id] = Some(self.template(described));
        }
    }

    /// The span as it would be added. [`push_ended`](Self::push_ended) adds it.
    pub(crate) fn read(&mut self, record: &Record<'_>) -> EndedSpan {
        let id = self.know(record);
        let mut bytes = Vec::new();
        if let Some(template) = &self.templates[id] {
            record.read(&mut self.parts);
            span(&mut bytes, template, record, &self.parts);
        }
        let scope = record.callsite().map_or("", |callsite| callsite.scope_name());
        EndedSpan { scope, ..EndedSpan::read(&bytes) }
    }

    /// Adds a span that was read before, by its callsite's number. `true`: it is time to take the batch.
    pub(crate) fn push_ended(&mut self, callsite: u32, span: &EndedSpan, claims: Claims) -> bool {
        let Some(Some(template)) = self.templates.get(callsite as usize) else { return false };
        let mut content = Vec::new();
        span.write(&mut content);
        let spans = &mut self.scopes[template.scope].request;
        let before = spans.len();
        field(spans, 0x12, &content);
        self.claims.append(claims);
        self.bytes += spans.len() - before;
        self.spans += 1;
        self.is_time()
    }

    fn is_time(&self) -> bool {
        self.bytes >= BATCH_BYTES || self.spans >= self.most_spans
    }

    /// The number of a callsite whose template is there.
    #[cold]
    fn know(&mut self, record: &Record<'_>) -> usize {
        let id = record.callsite_id() as usize;
        if self.templates.len() <= id {
            self.templates.resize_with(id + 1, || None);
        }
        if self.templates[id].is_none() {
            self.templates[id] = Some(self.template(Described::of(record.callsite(), record.callsite_id())));
        }
        id
    }

    /// What was gathered, as one request. `None` if nothing was.
    pub(crate) fn take(&mut self) -> Option<Batch> {
        if self.spans == 0 {
            return None;
        }
        let largest = (0..self.scopes.len()).max_by_key(|nth| self.scopes[*nth].spans().len())?;
        let others = self.scopes.iter().enumerate().filter(|(nth, scope)| *nth != largest && !scope.spans().is_empty());
        let more = others.map(|(_, scope)| field_len(scope.content())).sum::<usize>() + field_len(SCHEMA.len());
        let mut request = self.scopes[largest].take(&self.resource, more);
        let others = self.scopes.iter_mut().enumerate().filter(|(nth, _)| *nth != largest);
        for (_, scope) in others {
            if !scope.spans().is_empty() {
                request.push(0x12);
                push_varint(&mut request, scope.content() as u64);
                for part in [&scope.header, scope.spans(), &scope.schema] {
                    request.extend_from_slice(part);
                }
            }
            scope.begin_again(&self.resource);
        }
        field(&mut request, 0x1a, SCHEMA.as_bytes());
        put_length(&mut request, 1 + LENGTH);
        let claims = std::mem::take(&mut self.claims);
        let batch = Batch::new(request, u64::from(self.spans)).with(claims);
        self.bytes = 0;
        self.spans = 0;
        Some(batch)
    }

    fn template(&mut self, described: Described) -> Template {
        let Described { name, attributes, scope: header, schema } = described;
        let known = self.scopes.iter().position(|scope| scope.header == header && scope.schema == schema);
        let scope = known.unwrap_or_else(|| {
            self.scopes.push(Scope::new(&self.resource, header, schema));
            self.scopes.len() - 1
        });
        Template::new(scope, name, attributes)
    }
}

/// Appends the span as a `ScopeSpans.spans` field.
fn append(spans: &mut Vec<u8>, template: &Template, record: &Record<'_>, parts: &mut Parts) {
    let before = spans.len();
    if !template.write(record, spans) {
        record.read(parts);
        spans.extend_from_slice(&[0x12, 0, 0]);
        span(spans, template, record, parts);
        fill_length(spans, before + 3);
    }
}

/// The content of a `Span`.
fn span(to: &mut Vec<u8>, template: &Template, record: &Record<'_>, parts: &Parts) {
    to.extend_from_slice(&[0x0a, 16]);
    to.extend_from_slice(&record.trace_id().to_bytes());
    to.extend_from_slice(&[0x12, 8]);
    to.extend_from_slice(&record.span_id().to_bytes());
    if let Some(state) = record.trace_state() {
        field(to, 0x1a, state.as_bytes());
    }
    let parent = record.parent_id();
    if !parent.is_zero() {
        to.extend_from_slice(&[0x22, 8]);
        to.extend_from_slice(&parent.to_bytes());
    }
    match parts.name() {
        Some(name) => field(to, 0x2a, name),
        None => to.extend_from_slice(&template.name),
    }
    let (start, end) = record.unix_nanos(parts);
    to.extend_from_slice(&[0x30, record.kind(), 0x39]);
    to.extend_from_slice(&start.to_le_bytes());
    to.push(0x41);
    to.extend_from_slice(&end.to_le_bytes());
    to.extend_from_slice(&template.attributes);
    for attribute in parts.attributes() {
        field(to, 0x4a, attribute);
    }
    if let Some(reason) = record.end_reason() {
        field(to, 0x4a, &string_pair("trace.end", reason));
    }
    if record.cut_values() > 0 {
        field(to, 0x4a, &int_pair("trace.cut", u64::from(record.cut_values())));
    }
    let [attributes, events, links] = record.dropped();
    count(to, 0x50, attributes);
    for (time, rest) in parts.events() {
        to.push(0x5a);
        push_varint(to, 9 + rest.len() as u64);
        to.push(0x09);
        to.extend_from_slice(&time.to_le_bytes());
        to.extend_from_slice(rest);
    }
    count(to, 0x60, events);
    for link in parts.links() {
        field(to, 0x6a, link);
    }
    count(to, 0x70, links);
    if record.status_code() != 0 {
        let mut status = Vec::new();
        if !parts.status_message().is_empty() {
            field(&mut status, 0x12, parts.status_message());
        }
        status.extend_from_slice(&[0x18, record.status_code()]);
        field(to, 0x7a, &status);
    }
    to.extend_from_slice(&[0x85, 0x01]);
    to.extend_from_slice(&flags_of(record).to_le_bytes());
}

pub(crate) fn count(to: &mut Vec<u8>, tag: u8, count: impl Into<u64>) {
    let count = count.into();
    if count > 0 {
        to.push(tag);
        push_varint(to, count);
    }
}

/// Bytes of a length-delimited field with a tag of one byte.
fn field_len(content: usize) -> usize {
    let bits = usize::BITS - (content | 1).leading_zeros();
    1 + bits.div_ceil(7) as usize + content
}

/// A length-delimited field.
pub(crate) fn field(to: &mut Vec<u8>, tag: u8, content: &[u8]) {
    to.push(tag);
    push_varint(to, content.len() as u64);
    to.extend_from_slice(content);
}

fn string_pair(key: &str, text: &str) -> Vec<u8> {
    pair(key, &Value::Str(text.into()))
}

fn int_pair(key: &str, int: u64) -> Vec<u8> {
    pair(key, &Value::Int(int as i64))
}
