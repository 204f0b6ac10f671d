//! The span of a future, once it is open.

use super::inside::Here;
use crate::ctx::{Place, SpanCtx, TraceCtx};
use crate::otel::Kept;
use crate::slot::Slot;
use crate::span::Started;
use crate::thread::{self, Thread};

/// A span that is recorded. Its slot has its trace context, all but its state. What a poll needs is here: the slot's memory may be far.
pub(super) struct Open {
    pub(super) slot: &'static Slot,
    /// The owner's.
    pub(super) place: Place,
    pub(super) id: u64,
    /// See [`TraceCtx::key`].
    pub(super) trace_key: u64,
    /// See [`TraceCtx::state`].
    pub(super) trace_state: u64,
    pub(super) kept: Kept,
    /// The thread was unwinding already when the span started.
    pub(super) unwinding: bool,
    /// What the future owns is dropped, and the slot keeps what was current before.
    pub(super) dropping: bool,
}

impl Open {
    /// Becomes current where its trace is already and `is_plain`.
    #[inline(always)]
    pub(super) fn enter_here(&self, is_plain: impl FnOnce(&Thread) -> bool) -> Option<Here> {
        thread::with(|thread| {
            if thread.trace.key() != self.trace_key || !is_plain(thread) {
                return None;
            }
            let Self { slot, place, id, .. } = *self;
            let (place, before) = (place.first_entered(thread.next_entry()), thread.span.get());
            thread.span.set(&SpanCtx { id, slot: Some(slot), place });
            Some(Here { place, before })
        })
    }

    pub(super) fn trace(&self) -> TraceCtx {
        self.slot.trace().with_state(self.trace_state)
    }

    pub(super) fn started(&self) -> Started {
        let Self { slot, place, id, .. } = *self;
        Started { trace: self.trace(), span: SpanCtx { id, slot: Some(slot), place } }
    }
}
