//! Our spans as `Context::current().span()` shows them.

use super::look::distrust;
use super::span::{add_event_at, add_link, set_status};
use crate::ctx::{SpanCtx, TraceCtx};
use crate::current::set_name;
use crate::handle::Handle;
use crate::span::{context, handle_of, set_attribute};
use crate::thread;
use crate::tracer::TEXT_BYTES;
use crate::wire::{Key, cut};
use opentelemetry::trace::{self as api, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::time::SystemTime;

/// The Context that other OpenTelemetry code should go on in: the present one, with the innermost of our spans as its span.
/// For handing it to another thread or task, where it then is the parent; see the [module](super::otel). About 100 ns.
///
/// ```
/// use opentelemetry::trace::TraceContextExt;
/// let context = trace_runtime::otel::otel_context();
/// assert!(!context.has_active_span(), "nothing is traced here");
/// ```
pub fn otel_context() -> Context {
    let (trace, span) = thread::with(|thread| (thread.trace.get(), thread.span.get()));
    let current = Context::current();
    if span.id == 0 { current } else { current.with_span(Proxy::new(trace, span)) }
}

/// Stands for the span that was entered, and on its thread for the innermost one inside of that.
pub(super) struct Proxy {
    trace: TraceCtx,
    span: SpanCtx,
    context: api::SpanContext,
}

impl Proxy {
    pub(super) fn new(trace: TraceCtx, span: SpanCtx) -> Self {
        let context = api::SpanContext::from(&context(&trace, &span));
        Self { trace, span: SpanCtx { place: span.place.shared(), ..span }, context }
    }

    fn handle(&self) -> Option<Handle> {
        let innermost = thread::with(|thread| {
            let is_here = thread.otel.shown() == self.span.id && thread.trace.get().id == self.trace.id;
            is_here.then(|| thread.span.get())
        });
        handle_of(&innermost.unwrap_or(self.span))
    }

    fn text(text: &str) -> String {
        cut(text, TEXT_BYTES).to_owned()
    }
}

impl api::Span for Proxy {
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

    /// Asked while the caller holds a lock, before it runs an iterator or an error's `Display`.
    fn is_recording(&self) -> bool {
        thread::with(distrust);
        self.handle().is_some()
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let (Some(handle), Some(value)) = (self.handle(), super::to_value(attribute.value)) {
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
            set_name(handle, &Self::text(&new_name.into()));
        }
    }

    fn add_link(&mut self, span_context: api::SpanContext, attributes: Vec<KeyValue>) {
        if let Some(handle) = self.handle() {
            add_link(handle, &span_context, attributes);
        }
    }

    /// Our spans end with their calls.
    fn end_with_timestamp(&mut self, _: SystemTime) {}
}
