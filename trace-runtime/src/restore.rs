//! Going back to what was current before.

use crate::ctx::{Place, SpanCtx, TraceCtx};
use crate::otel;
use crate::thread;

/// What was current before.
pub struct Restore {
    place: Place,
    trace: TraceCtx,
    span: SpanCtx,
    /// An OpenTelemetry Context was made for what is.
    is_fresh: bool,
}

impl Restore {
    #[inline]
    pub(crate) fn new(place: Place, span: SpanCtx, trace: TraceCtx, is_fresh: bool) -> Self {
        Self { place, trace, span, is_fresh }
    }

    /// The number of the entry that this ends, if an OpenTelemetry Context was made for it.
    #[inline]
    pub(crate) fn fresh(&self) -> Option<u32> {
        self.is_fresh.then(|| self.place.entry())
    }

    /// Ends this entry while `inner`, which was made right after it, goes on: that restores what this one would have. `Err` if
    /// something else was made current between them.
    pub(crate) fn end_before(self, inner: &mut Self) -> Result<(), Self> {
        if inner.span.place.entry() != self.place.entry() {
            return Err(self);
        }
        (inner.trace, inner.span) = (self.trace, self.span);
        thread::with(|thread| otel::left(thread, self.place, false));
        // It owns nothing, and has nothing to restore any more.
        std::mem::forget(self);
        Ok(())
    }

    /// The same for an outer entry `own` that changed only the span, from `previous`. Whether it did.
    pub(crate) fn began_in(&mut self, own: Place, previous: &SpanCtx) -> bool {
        let follows = self.span.place.entry() == own.entry();
        if follows {
            self.span = *previous;
        }
        follows
    }

    /// The same for an inner entry that changed only the span, to `inner` from `between`: what it has to restore from here on.
    pub(crate) fn taken_over(mut self, inner: Place, between: &SpanCtx) -> Result<Self, Self> {
        if between.place.entry() != self.place.entry() {
            return Err(self);
        }
        thread::with(|thread| otel::left(thread, self.place, false));
        (self.place, self.is_fresh) = (inner, false);
        Ok(self)
    }

    #[inline(never)]
    fn restore(&self) {
        thread::with(|thread| {
            let leaves = thread.leaves(self.place, self.span.place);
            if leaves {
                thread.trace.set(&self.trace);
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
