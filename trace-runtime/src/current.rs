//! The span that is current on this thread.

use crate::attribute::{Key, set_attribute};
use crate::ctx::{HEAD_OFF, MUTED, SpanCtx, TraceCtx, VALID};
use crate::handle::Handle;
use crate::id::{SpanContext, SpanId, Status, TraceId};
use crate::layout;
use crate::otel;
use crate::outcome::{self, Failure};
use crate::shared::force_keep;
use crate::slot::Lane;
use crate::span::{context, handle_of, limits, trace_id};
use crate::thread;
use crate::tracer::TEXT_BYTES;
use crate::value::{ToValue, Value};
use crate::wire::{cut, cuts, field_len, key_value_len, value_len, varint_len, write_key_value};
use std::error::Error;
use std::marker::PhantomData;

/// The innermost span of this thread, or `None` outside of traced calls and while tracing is off. About 1 ns.
///
/// ```
/// use trace_runtime::{current, trace};
/// #[trace]
/// fn load(path: &str) -> usize {
///     let bytes = path.len();
///     if let Some(span) = current() {
///         span.set_attribute("file.size", bytes).add_event("loaded", &[]);
///     }
///     bytes
/// }
/// # load("x");
/// ```
pub fn current() -> Option<CurrentSpan> {
    if crate::export::COMPILED_OUT {
        return None;
    }
    let (trace, span) = thread::with(|thread| match otel::elsewhere(thread) {
        Some(snapshot) => (snapshot.trace, snapshot.span),
        None => (thread.trace.get(), thread.span.get()),
    });
    (trace.flags() & (VALID | MUTED) == VALID).then_some(CurrentSpan { trace, span, _thread: PhantomData })
}

/// A span to add to; see [`current`]. Stays on its thread. Adding to a span that has ended or is not sampled does nothing.
#[derive(Clone, Copy)]
pub struct CurrentSpan {
    trace: TraceCtx,
    span: SpanCtx,
    _thread: PhantomData<*const ()>,
}

impl CurrentSpan {
    /// As the owner only while the span is current here: kept in a thread-local, this may outlive that.
    #[inline]
    fn handle(&self) -> Option<Handle> {
        let handle = handle_of(&self.span)?;
        let now = thread::with(|thread| thread.span.get());
        let is_current = now.id == self.span.id && now.place.is_owner();
        Some(if is_current { handle } else { handle.shared() })
    }

    /// The trace it belongs to. Also set when it is not sampled, so that log lines can carry it.
    pub fn trace_id(&self) -> TraceId {
        trace_id(&self.trace)
    }

    /// Its id. Calls under an unsampled local root share the root's id.
    pub fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.span.id)
    }

    /// Its identity, to be sent to other processes.
    pub fn context(&self) -> SpanContext {
        let mut context = context(&self.trace, &self.span);
        if self.trace.block() != 0 && thread::with(|thread| thread.span.get().id) != self.span.id {
            // The span may be over, and its block of another trace.
            context.trace_state = String::new();
        }
        context
    }

    /// Whether what is added here is kept: it is sampled, belongs to this process, and has not ended.
    /// Worth asking before computing something expensive.
    pub fn is_recording(&self) -> bool {
        self.handle().is_some()
    }

    /// Keeps the local trace, where what is kept is decided when it ends (`Keep` of `trace-export`): all its spans that have not been
    /// given up already. Elsewhere this does nothing. Takes a lock that all threads share.
    pub fn force_keep(&self) -> &Self {
        if self.trace.flags() & HEAD_OFF != 0 {
            force_keep(&self.trace);
        }
        self
    }

    /// Sets an attribute. The last value of a key counts. `None` sets nothing. No allocation while the span's attributes are few.
    pub fn set_attribute(&self, key: &str, value: impl ToValue) -> &Self {
        if let Some(handle) = self.handle() {
            set_attribute(handle, Key::Loose(key), &value);
        }
        self
    }

    /// Adds an event that happened now.
    ///
    /// ```
    /// # use trace_runtime::{current, Value};
    /// # if let Some(span) = current() {
    /// span.add_event("retry", &[("attempt", Value::Int(2))]);
    /// # }
    /// ```
    pub fn add_event(&self, name: &str, attributes: &[(&str, Value<'_>)]) -> &Self {
        if let Some(handle) = self.handle() {
            outcome::add_event(handle, name, attributes);
        }
        self
    }

    /// Sets the status. `Unset` does nothing; once `Ok`, it stays (OpenTelemetry specification, "Set Status").
    pub fn set_status(&self, status: &Status) -> &Self {
        if let Some(handle) = self.handle() {
            handle.set_status(status);
        }
        self
    }

    /// Records an error that the function handles itself: status Error, `error.type`, an `exception` event.
    pub fn record_error<E: Error + ?Sized>(&self, error: &E) -> &Self {
        if let Some(handle) = self.handle() {
            let failure = Failure::new(std::any::type_name::<E>(), Some(&format_args!("{error}")));
            outcome::record(handle, &failure);
        }
        self
    }

    /// Gives the span another operation name. Sampling was decided under the old one.
    pub fn set_name(&self, name: &str) -> &Self {
        if let Some(handle) = self.handle() {
            set_name(handle, cut(name, TEXT_BYTES));
        }
        self
    }

    /// Links to a span that is related without being the parent. An invalid context is left out.
    pub fn add_link(&self, to: &SpanContext) -> &Self {
        if let Some(handle) = self.handle().filter(|_| to.is_valid()) {
            push_link(handle, to);
        }
        self
    }
}

pub(crate) fn set_name(handle: Handle, name: &str) {
    handle.flag(layout::RENAMED);
    handle.push(layout::NAME, None, name.len(), |to| to.bytes(name.as_bytes()));
}

pub(crate) fn push_link(handle: Handle, link: &SpanContext) {
    push_link_with(handle, link, &[], 0);
}

/// With attributes; those beyond the limit are counted in the link, with those that were `dropped` before.
pub(crate) fn push_link_with(handle: Handle, link: &SpanContext, attributes: &[(String, Value<'_>)], dropped: u32) {
    let limits = limits(handle.slot.tracer());
    let kept = &attributes[..attributes.len().min(usize::from(limits.link_attributes))];
    let dropped = (attributes.len() - kept.len()) as u64 + u64::from(dropped);
    let state = link.trace_state.as_bytes();
    let state_len = if state.is_empty() { 0 } else { field_len(state.len()) };
    let dropped_len = if dropped > 0 { 1 + varint_len(dropped) } else { 0 };
    let len = |(key, value): &(String, Value<'_>)| key_value_len(key, value, limits.value_bytes);
    let bytes = 18 + 10 + state_len + kept.iter().map(|pair| field_len(len(pair))).sum::<usize>() + dropped_len + 5;
    // Flags: sampled, "is_remote is known", is_remote (opentelemetry/proto/trace/v1, SpanFlags).
    let flags = u32::from(link.sampled) | 0x100 | if link.is_remote { 0x200 } else { 0 };
    handle.push(layout::LINK, Some((Lane::Links, limits.links)), bytes, |to| {
        to.bytes(&[0x0a, 16]);
        to.bytes(&link.trace_id.to_bytes());
        to.bytes(&[0x12, 8]);
        to.bytes(&link.span_id.to_bytes());
        if state_len > 0 {
            to.byte(0x1a);
            to.varint(state.len() as u64);
            to.bytes(state);
        }
        for pair in kept {
            to.byte(0x22);
            to.varint(len(pair) as u64);
            write_key_value(to, &pair.0, &pair.1, value_len(&pair.1, limits.value_bytes), limits.value_bytes);
        }
        if dropped > 0 {
            to.byte(0x28);
            to.varint(dropped);
        }
        to.byte(0x35);
        to.bytes(&flags.to_le_bytes());
    });
    let cuts = kept.iter().map(|(_, value)| cuts(value, limits.value_bytes));
    handle.count_cuts(cuts.fold(0, u16::saturating_add));
}

impl std::fmt::Debug for CurrentSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CurrentSpan").field(&self.context()).finish()
    }
}
