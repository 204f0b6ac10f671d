//! Making something current, and what was before again.

use super::{Thread, with};
use crate::ctx::{MUTED, Place, SpanCtx, TraceCtx, VALID};
use crate::otel::{self, Entry};

/// Runs `f` with no span current and none made: for an exporter's own work.
pub fn muted<R>(f: impl FnOnce() -> R) -> R {
    let trace = TraceCtx::NONE.with_flags(VALID | MUTED);
    let _restored = replace_current(&trace, &SpanCtx::NONE, Entry::Shared);
    f()
}

/// Makes a span current on this thread until the result is dropped.
#[inline(never)]
pub(crate) fn replace_current(trace: &TraceCtx, span: &SpanCtx, entry: Entry<'_>) -> Restore {
    make_current(trace, span, entry)
}

/// The same for a poll of the span's own future. Inlined, as what it gives is written where it stays.
#[inline(always)]
pub(crate) fn poll_under(trace: &TraceCtx, span: &SpanCtx, kept: &otel::Kept) -> Restore {
    make_current(trace, span, Entry::Again(Some(kept)))
}

#[inline(always)]
fn make_current(trace: &TraceCtx, span: &SpanCtx, entry: Entry<'_>) -> Restore {
    with(|thread| {
        let place = span.place.entered(thread.next_entry());
        let before = (thread.span.get(), thread.trace.get());
        thread.span.set(&SpanCtx { place, ..*span });
        thread.trace.set(trace);
        let is_fresh = otel::entered(thread, before.1.flags(), entry);
        Restore { place, span: before.0, trace: before.1, is_fresh }
    })
}

/// What was current before.
pub struct Restore {
    place: Place,
    span: SpanCtx,
    trace: TraceCtx,
    /// An OpenTelemetry Context was made for what is.
    is_fresh: bool,
}

impl Restore {
    /// The number of the entry that this ends, if an OpenTelemetry Context was made for it.
    #[inline]
    pub(crate) fn fresh(&self) -> Option<u32> {
        self.is_fresh.then(|| self.place.entry())
    }

    #[inline]
    pub(crate) fn restore(&self) {
        with(|thread| {
            if thread.span.is_plainly(self.place) {
                thread.trace.set(&self.trace);
                thread.span.set(&self.span);
            } else {
                self.restore_slowly(thread);
            }
        });
    }

    #[cold]
    #[inline(never)]
    fn restore_slowly(&self, thread: &Thread) {
        thread.end_entry(self.place, &self.span, || self.trace);
    }
}

impl Thread {
    /// An entry ends, out of order perhaps, or with more than what is current. Then `before` is current again, in that trace.
    pub(crate) fn end_entry(&self, own: Place, before: &SpanCtx, trace: impl FnOnce() -> TraceCtx) {
        let leaves = self.leaves(own, before.place);
        if leaves {
            self.trace.set(&trace());
            self.span.set(before);
        }
        otel::left(self, own, leaves);
    }
}

impl Drop for Restore {
    #[inline]
    fn drop(&mut self) {
        self.restore();
    }
}
