//! Spans that foreign code starts through the OpenTelemetry API.

use super::convert::api_context_of;
use super::places::{Held, alone, outlives};
use super::resolve::mark;
use super::to_value;
use crate::attribute::{Key, set_attribute};
use crate::clock;
use crate::current::{push_link_with, set_name};
use crate::handle::Handle;
use crate::id::SpanContext;
use crate::layout;
use crate::outcome::add_event_with;
use crate::span::{Started, end_started, handle_of};
use crate::tracer::TEXT_BYTES;
use crate::value::Value;
use crate::wire::cut;
use opentelemetry::KeyValue;
use opentelemetry::trace as api;
use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A span of our recording, in the hands of foreign code. Ends when it is told to, or is dropped.
pub struct Span {
    /// `None` after its end, and if nothing is traced.
    started: Option<Started>,
    context: api::SpanContext,
    /// Its start was said, so its end is what is said too.
    is_timed: bool,
    /// What is in a Context may be a parent also after its end.
    held: Option<Held>,
}

impl Span {
    /// Nothing is traced.
    pub(super) fn none() -> Self {
        Self { started: None, context: api::SpanContext::NONE, is_timed: false, held: None }
    }

    pub(super) fn new(started: Started) -> Self {
        let context = api_context_of(&started.trace, &started.span);
        let held = Held::new(started.trace, started.span);
        Self { started: Some(started), context, is_timed: false, held }
    }

    /// Has no right of its own to record, but is somebody's context: an unsampled parent's.
    pub(super) fn of_context(context: api::SpanContext) -> Self {
        Self { started: None, context, is_timed: false, held: None }
    }

    /// Nobody else writes: this is borrowed for it.
    pub(super) fn handle(&self) -> Option<Handle> {
        handle_of(&self.started.as_ref()?.span)
    }

    pub(super) fn start_at(&mut self, time: SystemTime) {
        if let Some(handle) = self.handle() {
            push_time(handle, layout::START_AT, nanos(time));
            self.is_timed = true;
        }
    }

    fn finish(&mut self, at: Option<SystemTime>) {
        let Some(started) = self.started.take() else { return };
        let at = if self.is_timed { Some(nanos(at.unwrap_or_else(SystemTime::now))) } else { at.and_then(explicit) };
        if let (Some(handle), Some(at)) = (handle_of(&started.span), at) {
            push_time(handle, layout::END_AT, at);
        }
        if self.held.is_some() {
            let Started { trace, span } = &started;
            outlives(alone(trace, mark(trace.id, span.id)));
        }
        end_started(&started);
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.held = None;
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
            set_attribute(handle, Key::Loose(attribute.key.as_str()), &value);
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
            add_link(handle, &span_context, attributes, 0);
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
    let mut event = api::Event::new(name.to_owned(), time, attributes, 0);
    add_event(handle, &mut event);
}

pub(super) fn add_event(handle: Handle, event: &mut api::Event) {
    let attributes = pairs(std::mem::take(&mut event.attributes));
    let attributes: Vec<_> = attributes.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let time = match explicit(event.timestamp) {
        Some(nanos) => (layout::EVENT_AT, nanos),
        None => (layout::EVENT, clock::now()),
    };
    add_event_with(handle, time, &event.name, &attributes, event.dropped_attributes_count);
}

pub(super) fn add_link(handle: Handle, to: &api::SpanContext, attributes: Vec<KeyValue>, dropped: u32) {
    if to.is_valid() {
        push_link_with(handle, &SpanContext::from(to), &pairs(attributes), dropped);
    }
}

/// A time of day that somebody set. What is only the present goes by our own clock, as all else of the span does:
/// the API says the time with every end and event.
fn explicit(time: SystemTime) -> Option<u64> {
    const NOW: Duration = Duration::from_micros(20);
    let present = SystemTime::now();
    let is_present = present.duration_since(time).map_or_else(|ahead| ahead.duration() < NOW, |age| age < NOW);
    (!is_present).then(|| nanos(time))
}

fn nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

fn push_time(handle: Handle, kind: u8, nanos: u64) {
    handle.push(kind, None, 8, |to| to.fixed64(nanos));
}
