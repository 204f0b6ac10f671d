//! Making adopted spans current, and leaving them in any order.

use super::{AdoptedPlace, What};
use crate::clock;
use crate::ctx::{Place, SAMPLED, SpanCtx, TraceCtx, VALID, WAY};
use crate::handle::Handle;
use crate::otel;
use crate::outcome;
use crate::slot::Slot;
use crate::thread::{self, Restore, Thread};
use std::marker::PhantomData;

impl AdoptedPlace {
    /// Makes it current on this thread until the result is dropped, in whatever order. `None` if it is so already.
    #[inline]
    pub fn enter(&self) -> Option<Entered> {
        let before = match self.what {
            What::Recorded { id, slot, place } => {
                thread::with(|thread| enter_here(thread, slot, SpanCtx { id, slot: Some(slot), place }))
            }
            What::Unrecorded { id, trace, .. } if is_current(&trace, id) => return None,
            What::Unrecorded { .. } => None,
        };
        let before = before.unwrap_or_else(|| self.enter_elsewhere());
        let at = match self.what {
            What::Recorded { slot, place, .. } => Some((slot, place.generation())),
            What::Unrecorded { .. } => None,
        };
        Some(Entered { at, unwinding: std::thread::panicking(), before, _thread: PhantomData })
    }

    #[inline(never)]
    fn enter_elsewhere(&self) -> Before {
        let (trace, span) = self.contexts();
        Before::All(thread::replace_current(&trace, &span))
    }
}

/// Within its own trace, where nothing has to be shown to others, a span changes only the current span.
#[inline]
fn enter_here(thread: &Thread, slot: &Slot, mut span: SpanCtx) -> Option<Before> {
    let flags = thread.trace.flags();
    let is_plain = flags & WAY == VALID | SAMPLED && slot.adopted_flags() == flags;
    if !is_plain || !slot.is_of(&thread.trace.get()) || otel::is_elsewhere(thread) {
        return None;
    }
    let previous = thread.span.get();
    span.place = span.place.entered(thread.next_entry());
    thread.span.set(&span);
    Some(Before::Span { own: span.place, previous })
}

/// Below an unsampled span there is nothing to be changed.
fn is_current(trace: &TraceCtx, id: u64) -> bool {
    thread::with(|thread| {
        let now = thread.trace.get();
        now.id == trace.id && now.flags() == trace.flags() && thread.span.id() == id && !otel::is_elsewhere(thread)
    })
}

/// A span is current on this thread until this is dropped.
#[must_use = "the span is current until this is dropped"]
pub struct Entered {
    at: Option<(&'static Slot, u32)>,
    /// The thread was unwinding already when the span was entered.
    unwinding: bool,
    before: Before,
    _thread: PhantomData<*const ()>,
}

/// What was current before an entry.
enum Before {
    /// Another span of the same trace. `own` is the entry's place.
    Span {
        own: Place,
        previous: SpanCtx,
    },
    All(Restore),
    /// Somebody else restores it.
    Nothing,
}

impl Entered {
    /// Ends this entry while `inner`, which was made after it, goes on.
    pub fn end_before(mut self, inner: &mut Self) {
        let own = std::mem::replace(&mut self.before, Before::Nothing);
        match (own, std::mem::replace(&mut inner.before, Before::Nothing)) {
            (Before::All(own), Before::All(mut others)) => {
                self.before = own.end_before(&mut others).map_or_else(Before::All, |()| Before::Nothing);
                inner.before = Before::All(others);
            }
            (Before::Span { own, previous }, Before::All(mut others)) => {
                if !others.began_in(own, &previous) {
                    self.before = Before::Span { own, previous };
                }
                inner.before = Before::All(others);
            }
            (Before::Span { own, previous }, Before::Span { own: others, previous: between }) => {
                let follows = between.place.entry() == own.entry();
                inner.before = Before::Span { own: others, previous: if follows { previous } else { between } };
                if !follows {
                    self.before = Before::Span { own, previous };
                }
            }
            (Before::All(own), Before::Span { own: others, previous }) => {
                let taken = own.taken_over(others, &previous);
                inner.before = match taken {
                    Ok(all) => Before::All(all),
                    Err(own) => {
                        self.before = Before::All(own);
                        Before::Span { own: others, previous }
                    }
                };
            }
            (own, others) => (self.before, inner.before) = (own, others),
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some((slot, generation)) = self.at.filter(|(slot, generation)| slot.is_open(*generation)) {
            if std::thread::panicking() && !self.unwinding {
                outcome::record_panic_of(Handle { slot, generation, owned: false });
            }
            slot.note_exit(clock::now());
        }
        if let Before::Span { own, previous } = &self.before {
            thread::with(|thread| leave_here(thread, self.at, *own, previous));
        }
    }
}

#[inline]
fn leave_here(thread: &Thread, at: Option<(&'static Slot, u32)>, own: Place, previous: &SpanCtx) {
    let in_order = thread.span.get().place.entry() == own.entry();
    let leaves = thread.leaves(own, previous.place);
    if leaves {
        thread.span.set(previous);
    }
    if in_order {
        return;
    }
    // Others that were entered inside may be of another trace.
    if let Some((slot, _)) = at.filter(|_| leaves) {
        thread.trace.set(&slot.adopted_trace());
    }
    otel::left(thread, own, leaves);
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}
