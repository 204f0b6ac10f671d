//! Making adopted spans current, and leaving them in any order.

use super::{AdoptedPlace, What};
use crate::clock;
use crate::ctx::{Place, SAMPLED, SpanCtx, TraceCtx, VALID, WAY};
use crate::handle::Handle;
use crate::otel;
use crate::outcome;
use crate::slot::Slot;
use crate::thread::{self, Thread};
use std::marker::PhantomData;

/// A span is current on this thread until this is dropped.
#[must_use = "the span is current until this is dropped"]
pub struct Entered {
    /// The thread was unwinding already when the span was entered.
    unwinding: bool,
    /// Its slot, if it is recorded.
    slot: Option<&'static Slot>,
    own: Place,
    previous: SpanCtx,
    /// A slot that keeps the trace context which was current before, if that was another.
    keeper: Option<&'static Slot>,
    _thread: PhantomData<*const ()>,
}

impl AdoptedPlace {
    /// Makes it current on this thread until the result is dropped, in whatever order. `None` if it is so already, or if too many
    /// spans are open.
    #[inline]
    pub fn enter(&self) -> Option<Entered> {
        let unwinding = std::thread::panicking();
        let (slot, span) = match self.what {
            What::Recorded { id, slot, place } => (Some(slot), SpanCtx { id, slot: Some(slot), place }),
            What::Unrecorded { id, .. } => (None, SpanCtx { id, ..SpanCtx::NONE }),
        };
        thread::with(|thread| {
            let is_here = match &self.what {
                What::Recorded { slot, .. } => is_of_current_trace(thread, slot),
                What::Unrecorded { id, trace, .. } if is_current(thread, trace, *id) => return None,
                What::Unrecorded { .. } => false,
            };
            let (previous, own) = (thread.span.get(), span.place.entered(thread.next_entry()));
            let keeper = if is_here { None } else { Some(self.change_trace(thread)?) };
            thread.span.set(&SpanCtx { place: own, ..span });
            if let Some(keeper) = keeper {
                otel::entered(thread, keeper.kept().0.flags(), otel::Entry::Again(None));
            }
            Some(Entered { unwinding, slot, own, previous, keeper, _thread: PhantomData })
        })
    }

    #[inline(never)]
    fn change_trace(&self, thread: &Thread) -> Option<&'static Slot> {
        let keeper = thread.take_slot()?;
        keeper.keep(&thread.trace.get(), 0);
        thread.trace.set(&self.contexts().0);
        Some(keeper)
    }
}

/// Within its own trace, where nothing has to be shown to others, a span changes only the current span.
#[inline]
fn is_of_current_trace(thread: &Thread, slot: &Slot) -> bool {
    let flags = thread.trace.flags();
    flags & WAY == VALID | SAMPLED
        && slot.adopted_flags() == flags
        && slot.is_of(&thread.trace.get())
        && !otel::is_elsewhere(thread)
}

/// Below an unsampled span there is nothing to be changed.
fn is_current(thread: &Thread, trace: &TraceCtx, id: u64) -> bool {
    let now = thread.trace.get();
    now.id == trace.id && now.flags() == trace.flags() && thread.span.id() == id && !otel::is_elsewhere(thread)
}

impl Entered {
    /// Ends this entry while `inner`, which was made right after it, goes on: that goes back to what this one would have. If
    /// something else was made current between them, what was current before this one is so again.
    pub fn end_before(mut self, inner: &mut Self) {
        if inner.previous.place.entry() != self.own.entry() {
            return;
        }
        inner.previous = self.previous;
        if let Some(keeper) = self.keeper.take() {
            match inner.keeper {
                Some(inner) => {
                    inner.keep(&keeper.kept().0, 0);
                    thread::with(|thread| thread.give_slot(keeper));
                }
                None => inner.keeper = Some(keeper),
            }
        }
        self.note();
        thread::with(|thread| otel::left(thread, self.own, false));
        // Nothing is left for it to restore.
        std::mem::forget(self);
    }

    /// Notes the exit, and whether it is by a panic.
    #[inline]
    fn note(&self) {
        let Some(slot) = self.slot else { return };
        let generation = self.own.generation();
        if !slot.is_open(generation) {
            return;
        }
        if std::thread::panicking() && !self.unwinding {
            outcome::record_panic_of(Handle::new(slot, Place::owner(generation)).shared());
        }
        slot.note_exit(clock::now());
    }
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        self.note();
        thread::with(|thread| {
            let in_order = thread.span.get().place.entry() == self.own.entry();
            let leaves = thread.leaves(self.own, self.previous.place);
            if leaves {
                thread.span.set(&self.previous);
            }
            if !in_order || self.keeper.is_some() {
                self.leave_trace(thread, leaves);
            }
        });
    }
}

impl Entered {
    /// Also where what was entered inside of this has not ended, and is of another trace.
    #[inline(never)]
    fn leave_trace(&self, thread: &Thread, leaves: bool) {
        if leaves {
            match (self.keeper, self.slot) {
                (Some(keeper), _) => thread.trace.set(&keeper.kept().0),
                (None, Some(slot)) => thread.trace.set(&slot.adopted_trace()),
                (None, None) => {}
            }
        }
        otel::left(thread, self.own, leaves);
        if let Some(keeper) = self.keeper {
            thread.give_slot(keeper);
        }
    }
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}
