//! Making something current, and what was before again.

use super::with;
use crate::ctx::{MUTED, Place, SpanCtx, TraceCtx, VALID};
use crate::otel;

/// Runs `f` with no span current and none made: for an exporter's own work.
pub fn muted<R>(f: impl FnOnce() -> R) -> R {
    let trace = TraceCtx::NONE.with_flags(VALID | MUTED);
    let _restored = replace_current(&trace, &SpanCtx::NONE);
    f()
}

/// Makes a span current on this thread until the result is dropped.
#[inline(never)]
pub(crate) fn replace_current(trace: &TraceCtx, span: &SpanCtx) -> Restore {
    poll_under(trace, span, None)
}

/// The same for a poll of the span's own future. Inlined, as what it gives is written where it stays.
#[inline(always)]
pub(crate) fn poll_under(trace: &TraceCtx, span: &SpanCtx, kept: Option<&otel::Kept>) -> Restore {
    with(|thread| {
        let place = span.place.entered(thread.next_entry());
        let before = (thread.span.get(), thread.trace.get());
        thread.span.set(&SpanCtx { place, ..*span });
        thread.trace.set(trace);
        let is_fresh = otel::entered(thread, before.1.flags(), kept);
        Restore { place, span: before.0, trace: Some(before.1), is_fresh }
    })
}

/// What was current before.
pub struct Restore {
    place: Place,
    span: SpanCtx,
    /// If it is another one.
    trace: Option<TraceCtx>,
    /// An OpenTelemetry Context was made for what is.
    is_fresh: bool,
}

impl Restore {
    /// Of the entry of a child in its parent's trace.
    #[inline]
    pub(crate) fn of_child(place: Place, parent: SpanCtx) -> Self {
        Self { place, span: parent, trace: None, is_fresh: false }
    }

    /// The number of the entry that this ends, if an OpenTelemetry Context was made for it.
    #[inline]
    pub(crate) fn fresh(&self) -> Option<u32> {
        self.is_fresh.then(|| self.place.entry())
    }

    #[inline]
    pub(crate) fn restore(&self) {
        with(|thread| {
            if thread.span.entry() != self.place.entry() || otel::has_frames(thread) {
                self.restore_slowly();
                return;
            }
            if let Some(trace) = &self.trace {
                thread.trace.set(trace);
            }
            thread.span.set(&self.span);
        });
    }

    /// Out of order, or with more than what is current.
    #[cold]
    #[inline(never)]
    fn restore_slowly(&self) {
        with(|thread| {
            let leaves = thread.leaves(self.place, self.span.place);
            if leaves {
                if let Some(trace) = &self.trace {
                    thread.trace.set(trace);
                }
                thread.span.set(&self.span);
            }
            otel::left(thread, self.place, leaves);
        });
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        self.restore();
    }
}
