//! Making something current, and what was before again.

use super::{Thread, with};
use crate::ctx::{MUTED, Place, SpanCtx, TraceCtx, VALID};
use crate::otel;
use crate::slot::Slot;

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
        Restore { place, span: before.0, trace: Trace::Other(before.1), is_fresh }
    })
}

/// What was current before.
pub struct Restore {
    place: Place,
    span: SpanCtx,
    trace: Trace,
    /// An OpenTelemetry Context was made for what is.
    is_fresh: bool,
}

/// The trace context that was current before.
enum Trace {
    Other(TraceCtx),
    /// That of the span which became current: its slot's, in this state. What was entered inside may have left another.
    Same(&'static Slot, u64),
}

impl Trace {
    #[inline]
    fn restore(&self, thread: &Thread) {
        match self {
            Self::Other(trace) => thread.trace.set(trace),
            Self::Same(_, state) if thread.trace.state() == *state => {}
            Self::Same(..) => self.restore_always(thread),
        }
    }

    #[cold]
    #[inline(never)]
    fn restore_always(&self, thread: &Thread) {
        match self {
            Self::Other(trace) => thread.trace.set(trace),
            // It may have ended, but nobody has the slot yet.
            Self::Same(slot, state) => thread.trace.set(&slot.trace().with_state(*state)),
        }
    }
}

impl Restore {
    /// Of the entry of the span in `slot` in its own trace, which is in this state.
    #[inline]
    pub(crate) fn of_same_trace(place: Place, before: SpanCtx, slot: &'static Slot, state: u64) -> Self {
        Self { place, span: before, trace: Trace::Same(slot, state), is_fresh: false }
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
            self.trace.restore(thread);
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
                self.trace.restore_always(thread);
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
