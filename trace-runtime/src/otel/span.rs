//! Spans that foreign code starts through the OpenTelemetry API.

use super::to_value;
use crate::ctx::{SpanCtx, TraceCtx};
use crate::current::{push_link_with, set_name};
use crate::handle::Handle;
use crate::id::SpanContext;
use crate::layout;
use crate::outcome::add_event_with;
use crate::shared::shared;
use crate::slot::lock;
use crate::snapshot::Snapshot;
use crate::span::{Started, end_started, handle_of, set_attribute};
use crate::tracer::TEXT_BYTES;
use crate::value::Value;
use crate::wire::{Key, cut};
use crate::{block, clock};
use opentelemetry::KeyValue;
use opentelemetry::trace as api;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// By id: recorded spans that are open, so that a Context that has one is known for ours.
pub(crate) type OpenSpans = [Mutex<HashMap<u64, (TraceCtx, SpanCtx)>>; 16];

pub(super) fn open_spans() -> &'static OpenSpans {
    &shared().open_spans
}

fn shard(spans: &OpenSpans, id: u64) -> &Mutex<HashMap<u64, (TraceCtx, SpanCtx)>> {
    &spans[id as usize % spans.len()]
}

/// A place under an open span.
pub(super) fn find(spans: &OpenSpans, id: u64) -> Option<Snapshot> {
    let spans = lock(shard(spans, id));
    let (trace, span) = *spans.get(&id)?;
    // The span is open and holds the block, so this one can too.
    block::hold(trace.block());
    Some(Snapshot { trace, span: SpanCtx { place: span.place.shared(), ..span } })
}

/// A span of our recording, in the hands of foreign code. Ends when it is told to, or is dropped.
pub struct Span {
    /// `None` after its end, and if nothing is traced.
    started: Option<Started>,
    context: api::SpanContext,
}

impl Span {
    /// Nothing is traced.
    pub(super) fn none() -> Self {
        Self { started: None, context: api::SpanContext::NONE }
    }

    pub(super) fn new(started: Started) -> Self {
        let context = api::SpanContext::from(&SpanContext {
            is_remote: false,
            ..crate::span::context(&started.trace, &started.span)
        });
        if started.span.slot.is_some() {
            let id = started.span.id;
            lock(shard(open_spans(), id)).insert(id, (started.trace, started.span));
        }
        Self { started: Some(started), context }
    }

    /// Has no right of its own to record, but is somebody's context: an unsampled parent's.
    pub(super) fn of_context(context: api::SpanContext) -> Self {
        Self { started: None, context }
    }

    /// Nobody else writes: this is borrowed for it.
    pub(super) fn handle(&self) -> Option<Handle> {
        handle_of(&self.started.as_ref()?.span)
    }

    fn finish(&mut self, at: Option<SystemTime>) {
        let Some(started) = self.started.take() else { return };
        if let (Some(handle), Some(at)) = (handle_of(&started.span), at.and_then(explicit)) {
            push_time(handle, layout::END_AT, at);
        }
        if started.span.slot.is_some() {
            lock(shard(open_spans(), started.span.id)).remove(&started.span.id);
        }
        end_started(&started);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.finish(None);
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Span").field(&self.context).finish()
    }
}

impl api::Span for Span {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(handle) = self.handle() {
            add_event_at(handle, &name.into(), timestamp, attributes);
        }
    }

    fn span_context(&self) -> &api::SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.handle().is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let (Some(handle), Some(value)) = (self.handle(), to_value(attribute.value)) {
            set_attribute(handle, Key::Text(attribute.key.as_str()), &value);
        }
    }

    fn set_status(&mut self, status: api::Status) {
        if let Some(handle) = self.handle() {
            set_status(handle, &status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(handle) = self.handle() {
            name(handle, &new_name.into());
        }
    }

    fn add_link(&mut self, span_context: api::SpanContext, attributes: Vec<KeyValue>) {
        if let Some(handle) = self.handle() {
            add_link(handle, &span_context, attributes);
        }
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.finish(Some(timestamp));
    }
}

pub(super) fn name(handle: Handle, name: &str) {
    set_name(handle, cut(name, TEXT_BYTES));
}

pub(super) fn set_status(handle: Handle, status: &api::Status) {
    match status {
        api::Status::Unset => {}
        api::Status::Ok => handle.status(layout::OK, ""),
        api::Status::Error { description } => {
            handle.status(layout::ERROR, cut(description, TEXT_BYTES));
        }
    }
}

pub(super) fn pairs(attributes: Vec<KeyValue>) -> Vec<(String, Value<'static>)> {
    let pair = |pair: KeyValue| Some((String::from(pair.key), to_value(pair.value)?));
    attributes.into_iter().filter_map(pair).collect()
}

/// An event at this time.
pub(super) fn add_event_at(handle: Handle, name: &str, time: SystemTime, attributes: Vec<KeyValue>) {
    let attributes = pairs(attributes);
    let attributes: Vec<_> = attributes.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let (kind, time) = match explicit(time) {
        Some(nanos) => (layout::EVENT_AT, nanos),
        None => (layout::EVENT, clock::now()),
    };
    add_event_with(handle, kind, time, name, &attributes);
}

pub(super) fn add_link(handle: Handle, to: &api::SpanContext, attributes: Vec<KeyValue>) {
    if to.is_valid() {
        push_link_with(handle, &SpanContext::from(to), &pairs(attributes));
    }
}

/// A time of day that somebody set. What is only the present goes by our own clock, as all else of the span does:
/// the API says the time with every end and event.
pub(super) fn explicit(time: SystemTime) -> Option<u64> {
    const NOW: Duration = Duration::from_millis(1);
    let present = SystemTime::now();
    let is_present = present.duration_since(time).map_or_else(|ahead| ahead.duration() < NOW, |age| age < NOW);
    let nanos = || time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    (!is_present).then(nanos)
}

pub(super) fn push_time(handle: Handle, kind: u8, nanos: u64) {
    handle.push(kind, None, 8, |to| to.fixed64(nanos));
}
