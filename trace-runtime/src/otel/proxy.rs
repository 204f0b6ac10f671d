//! Our spans as `Context::current().span()` shows them.

use super::convert::api_context_of;
use super::frames::discard;
use super::look::{distrust, is_elsewhere, trust};
use super::places::{Hold, Key as PlaceKey};
use super::propagator::Carried;
use super::resolve::{key_of, mark};
use super::span::{add_event_at, add_link, name, set_status};
use crate::attribute::{Key, set_attribute};
use crate::block;
use crate::ctx::{MUTED, Place, SpanCtx, TraceCtx};
use crate::handle::Handle;
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::span::handle_of;
use crate::thread::{self, Thread};
use opentelemetry::trace::{self as api, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use std::borrow::Cow;
use std::time::SystemTime;

/// The Context that other OpenTelemetry code should go on in: the present one, with the innermost of our spans as its span.
/// For handing it to another thread or task, where it then is the parent; see the [module](crate::otel). About 100 ns.
///
/// ```
/// use opentelemetry::trace::TraceContextExt;
/// let context = trace_runtime::otel::otel_context();
/// assert!(!context.has_active_span(), "nothing is traced here");
/// ```
pub fn otel_context() -> Context {
    let ours = thread::with(|thread| (!is_elsewhere(thread)).then(|| (thread.trace.get(), thread.span.get())));
    let current = Context::current();
    match ours.filter(|(trace, span)| trace.flags() & MUTED == 0 && span.id != 0) {
        Some((trace, span)) => Proxy::carried(&current, thread::with(Snapshot::of_thread), trace, span),
        None => current,
    }
}

/// Stands for the span that was entered, and on its thread for the innermost one inside of that. Small: it is moved several times
/// until it lies in a Context.
pub(super) struct Proxy {
    context: api::SpanContext,
    slot: Option<&'static Slot>,
    place: Place,
    hold: Hold,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.hold.let_go(self.key());
    }
}

impl Proxy {
    /// For what is entered: whoever leaves it tells whether that [`outlives`](super::places::outlives) it.
    pub(super) fn in_context(current: &Context, trace: TraceCtx, span: SpanCtx) -> Context {
        let block = span.slot.filter(|slot| slot.is_open(span.place.generation())).map(Slot::block);
        if block.is_some_and(|own| own != trace.block()) {
            // Under the span's id everybody finds its own baggage, and here is another.
            let place = Snapshot { trace, span: SpanCtx { place: span.place.shared(), ..span } };
            block::hold(trace.block());
            return Self::carried(current, place, trace, span);
        }
        let expected = Hold::expected(&trace, &span);
        let context = current.with_span(Self::new(trace, span, expected));
        // Only now, as the exchange waits for what was written: to move the Context before that would wait longer.
        let hold = expected.begin(trace, span);
        if hold == expected {
            return context;
        }
        // Somebody was quicker.
        discard(context);
        current.with_span(Self::new(trace, span, hold))
    }

    /// The Context says itself which place that is.
    #[cold]
    #[inline(never)]
    fn carried(current: &Context, place: Snapshot, trace: TraceCtx, span: SpanCtx) -> Context {
        let came = current.get::<Carried>().map(|carried| carried.came.clone()).unwrap_or_default();
        current.with_span(Self::new(trace, span, Hold::No)).with_value(Carried { place, came })
    }

    #[inline(always)]
    fn new(trace: TraceCtx, span: SpanCtx, hold: Hold) -> Self {
        Self { context: api_context_of(&trace, &span), slot: span.slot, place: span.place.shared(), hold }
    }

    fn key(&self) -> PlaceKey {
        key_of(&self.context)
    }

    fn handle(&self) -> Option<Handle> {
        let key = self.key();
        let innermost = thread::with(|thread| {
            let is_here = is_here(thread, key) && thread.trace.get().id == key.trace;
            is_here.then(|| thread.span.get())
        });
        let own = || SpanCtx { id: key.span, slot: self.slot, place: self.place };
        handle_of(&innermost.unwrap_or_else(own))
    }

    /// After this the caller lets its lock go: only attributes come in numbers.
    fn last(&self) -> Option<Handle> {
        thread::with(|thread| {
            if is_here(thread, self.key()) {
                trust(thread);
            }
        });
        self.handle()
    }
}

/// Whether this is what the Context shows here.
fn is_here(thread: &Thread, key: PlaceKey) -> bool {
    thread.otel.shown() == mark(key.trace, key.span)
}

impl api::Span for Proxy {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(handle) = self.last() {
            add_event_at(handle, &name.into(), timestamp, attributes);
        }
    }

    fn span_context(&self) -> &api::SpanContext {
        &self.context
    }

    /// Asked while the caller holds a lock, before it runs an iterator or an error's `Display`.
    fn is_recording(&self) -> bool {
        let is_recording = self.handle().is_some();
        if is_recording {
            thread::with(distrust);
        }
        is_recording
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let (Some(handle), Some(value)) = (self.handle(), super::to_value(attribute.value)) {
            set_attribute(handle, Key::Loose(attribute.key.as_str()), &value);
        }
    }

    fn set_status(&mut self, status: api::Status) {
        if let Some(handle) = self.last() {
            set_status(handle, &status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(handle) = self.last() {
            name(handle, &new_name.into());
        }
    }

    fn add_link(&mut self, span_context: api::SpanContext, attributes: Vec<KeyValue>) {
        if let Some(handle) = self.last() {
            add_link(handle, &span_context, attributes, 0);
        }
    }

    /// Our spans end with their calls.
    fn end_with_timestamp(&mut self, _: SystemTime) {}
}
