//! From a batch's bytes to the spans of the OpenTelemetry SDK.

use crate::config::Resource;
use crate::encode::SCHEMA;
use crate::span::{EndedEvent, EndedLink, EndedSpan, Pair};
use crate::value::{read_pair, text};
use opentelemetry::trace::{Event, Link, SpanContext, Status as TheirStatus, TraceFlags};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::Status;
use trace_runtime::export::{Field, Fields};
use trace_runtime::otel::from_value;

/// The spans of an `ExportTraceServiceRequest`.
pub(crate) fn spans(request: &[u8]) -> Vec<SpanData> {
    let mut spans = Vec::new();
    for resource_spans in messages(request, 1) {
        for scope_spans in messages(resource_spans, 2) {
            let scope = scope(scope_spans);
            spans.extend(messages(scope_spans, 2).map(|span| data(EndedSpan::read(span), scope.clone())));
        }
    }
    spans
}

/// As exporters are told it.
pub(crate) fn resource(resource: &Resource) -> opentelemetry_sdk::Resource {
    let attributes: Vec<_> =
        resource.iter().map(|(key, value)| KeyValue::new(key.to_owned(), from_value(value.clone()))).collect();
    opentelemetry_sdk::Resource::builder_empty().with_schema_url(attributes, SCHEMA).build()
}

fn messages(bytes: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    Fields(bytes).filter_map(move |part| match part {
        (n, Field::Bytes(content)) if n == number => Some(content),
        _ => None,
    })
}

fn scope(scope_spans: &[u8]) -> InstrumentationScope {
    let (mut name, mut version, mut attributes) = (String::new(), None, Vec::new());
    for part in messages(scope_spans, 1).flat_map(Fields) {
        match part {
            (1, Field::Bytes(bytes)) => name = text(bytes),
            (2, Field::Bytes(bytes)) => version = Some(text(bytes)).filter(|version| !version.is_empty()),
            (3, Field::Bytes(bytes)) => attributes.extend(read_pair(bytes)),
            _ => {}
        }
    }
    let mut scope = InstrumentationScope::builder(name).with_attributes(pairs(attributes));
    if let Some(version) = version {
        scope = scope.with_version(version);
    }
    if let Some(schema) = messages(scope_spans, 3).last().filter(|schema| !schema.is_empty()) {
        scope = scope.with_schema_url(text(schema));
    }
    scope.build()
}

fn data(span: EndedSpan, scope: InstrumentationScope) -> SpanData {
    let mut events = SpanEvents::default();
    events.events = span.events.into_iter().map(event).collect();
    events.dropped_count = span.dropped[1];
    let mut links = SpanLinks::default();
    links.links = span.links.into_iter().map(link).collect();
    links.dropped_count = span.dropped[2];
    SpanData {
        span_context: context(&span.context, span.flags),
        parent_span_id: span.parent.into(),
        parent_span_is_remote: span.flags & 0x200 != 0,
        span_kind: span.kind.into(),
        name: span.name.into(),
        start_time: time(span.start),
        end_time: time(span.end),
        attributes: pairs(span.attributes),
        dropped_attributes_count: span.dropped[0],
        events,
        links,
        status: match span.status {
            Status::Unset => TheirStatus::Unset,
            Status::Ok => TheirStatus::Ok,
            Status::Error(message) => TheirStatus::error(message),
        },
        instrumentation_scope: scope,
    }
}

fn event(event: EndedEvent) -> Event {
    Event::new(event.name, time(event.unix_nanos), pairs(event.attributes), event.dropped)
}

fn link(link: EndedLink) -> Link {
    Link::new(context(&link.context, link.flags), pairs(link.attributes), link.dropped)
}

/// A `tracestate` that the OpenTelemetry API does not accept is left out.
fn context(ours: &trace_runtime::SpanContext, flags: u32) -> SpanContext {
    let state = ours.trace_state.parse().unwrap_or_default();
    SpanContext::new(ours.trace_id.into(), ours.span_id.into(), TraceFlags::new(flags as u8), ours.is_remote, state)
}

fn time(unix_nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}

fn pairs(pairs: Vec<Pair>) -> Vec<KeyValue> {
    pairs.into_iter().map(|(key, value)| KeyValue::new(key, from_value(value))).collect()
}
