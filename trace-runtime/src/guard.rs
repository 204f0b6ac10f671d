//! The span of a synchronous call.

use crate::block;
use crate::callsite::Callsite;
use crate::counted::{self, Call};
use crate::ctx::{COUNTED, LOCKED, MUTED, Place, SAMPLED, SLOW, SpanCtx, TraceCtx, VALID, WAY};
use crate::export::COMPILED_OUT;
use crate::handle::Handle;
use crate::id::Kind;
use crate::layout;
use crate::otel;
use crate::outcome;
use crate::probe::{Ending, Outcome};
use crate::slot::Slot;
use crate::span::{Fields, Started, Under, child, end, handle_of, new_trace, stand_in, start};
use crate::thread::{self, Thread};
use std::cell::Cell;
use std::marker::PhantomData;

/// A span that is current until this is dropped. Belongs to its thread.
///
/// Small, and written once in its place: it lies in the frame of every traced function.
#[must_use = "the span ends when the guard is dropped"]
pub struct Guard {
    what: What,
    /// `UNWINDING`, `FAILED`.
    marks: Cell<u8>,
    place: Place,
    /// The span's slot. An unsampled span has one to keep what was current before.
    slot: Option<&'static Slot>,
    previous: SpanCtx,
    /// Stays on its thread.
    _thread: PhantomData<*const ()>,
}

/// The thread was unwinding already when the span started.
const UNWINDING: u8 = 1;
/// A call without a span failed.
const FAILED: u8 = 2;

#[inline(always)]
fn marks() -> Cell<u8> {
    Cell::new(u8::from(std::thread::panicking()))
}

/// What ends with a guard.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum What {
    Nothing,
    /// A span in the trace context of its parent. Without a slot it was refused and is counted.
    Child,
    /// The same, and its OpenTelemetry Context is its own.
    ShownChild,
    /// A span that changed the trace context; the slot keeps the previous one.
    Root,
    /// The same without a record.
    Unsampled,
    /// The same, and what it costs is counted: the slot has the call.
    UnsampledCounted,
    /// No span, but a call that is counted, which lies where others have what was current before.
    Counted,
    /// The span of a caller, to which this call adds.
    Borrowed,
}

#[expect(clippy::declare_interior_mutable_const, reason = "each guard has its own")]
const INERT: Guard = Guard {
    what: What::Nothing,
    marks: Cell::new(0),
    place: Place::NOWHERE,
    slot: None,
    previous: SpanCtx::NONE,
    _thread: PhantomData,
};

/// Enters the span of a function.
#[inline(always)]
pub(crate) fn enter(callsite: &'static Callsite) -> Guard {
    if callsite.is_on() { enter_on(callsite) } else { INERT }
}

#[inline(never)]
fn enter_on(callsite: &'static Callsite) -> Guard {
    // Results leave the closure as single words, so that the guard is written once, where it stays.
    let (mut own, mut previous, mut flags) = (SpanCtx::NONE, SpanCtx::NONE, 0);
    thread::with(|thread| {
        flags = thread.trace.flags() & WAY;
        if otel::is_elsewhere(thread) {
            flags = LOCKED;
        }
        if flags == VALID | SAMPLED {
            let trace = thread.trace.get();
            previous = thread.span.get();
            own = child(thread, callsite, callsite.kind(), &trace, previous.id);
            own.place = own.place.entered(thread.next_entry());
            thread.span.set(&own);
        }
    });
    if flags == VALID | SAMPLED {
        let marks = marks();
        return Guard { what: What::Child, marks, place: own.place, slot: own.slot, previous, _thread: PhantomData };
    }
    match flags {
        // Under an unsampled span nothing is written.
        VALID => INERT,
        0 => enter_new(callsite),
        BELOW_SHOWN => enter_shown(callsite),
        BELOW_COUNTED => enter_counted(callsite),
        _ => enter_under(callsite, callsite.kind(), Under::Current),
    }
}

/// A recorded span is current, and each below it has an OpenTelemetry Context of its own.
const BELOW_SHOWN: u16 = VALID | SAMPLED | SLOW;

#[inline(never)]
fn enter_shown(callsite: &'static Callsite) -> Guard {
    thread::with(|thread| {
        let (trace, previous) = (thread.trace.get(), thread.span.get());
        let span = child(thread, callsite, callsite.kind(), &trace, previous.id);
        let place = span.place.entered(thread.next_entry());
        thread.span.set(&SpanCtx { place, ..span });
        otel::entered_here(thread, trace.flags());
        Guard { what: What::ShownChild, marks: marks(), place, slot: span.slot, previous, _thread: PhantomData }
    })
}

/// An unsampled span is current, and what is called below it is counted.
const BELOW_COUNTED: u16 = VALID | COUNTED;

#[inline(never)]
fn enter_counted(callsite: &'static Callsite) -> Guard {
    thread::with(|thread| counted(thread, callsite, thread.trace.tracer()))
}

#[inline(always)]
fn counted(thread: &Thread, callsite: &'static Callsite, tracer: u32) -> Guard {
    let outer = thread.inside.replace(0);
    let marks = marks();
    let (place, previous) = Call::begin(callsite.id(), tracer).in_guard(outer);
    Guard { what: What::Counted, marks, place, slot: None, previous, _thread: PhantomData }
}

/// Nothing is current.
#[inline(never)]
fn enter_new(callsite: &'static Callsite) -> Guard {
    thread::with(|thread| {
        let before = thread.trace.get();
        let started = if otel::may_decide() { None } else { new_trace(thread, callsite, callsite.kind(), &before) };
        match started {
            Some(started) => make_current(thread, callsite, &before, &started, |thread| otel::entered_here(thread, 0)),
            None => enter_under(callsite, callsite.kind(), Under::Current),
        }
    })
}

/// A span with another parent or kind than usual, or one that begins a local trace.
#[cold]
#[inline(never)]
pub(crate) fn enter_under(callsite: &'static Callsite, kind: Kind, under: Under<'_>) -> Guard {
    if !callsite.is_on() {
        return INERT;
    }
    let started = start(callsite, kind, under).or_else(|| unsampled_again(under)).or_else(|| stand_in(under));
    let Some(started) = started else {
        let tracer = counted::tracer_under(under);
        return tracer.map_or(INERT, |tracer| thread::with(|thread| counted(thread, callsite, tracer)));
    };
    thread::with(|thread| {
        let before = thread.trace.get();
        make_current(thread, callsite, &before, &started, |thread| {
            otel::entered(thread, before.flags(), otel::Entry::Once);
        })
    })
}

#[inline(always)]
fn make_current(
    thread: &Thread,
    callsite: &'static Callsite,
    before: &TraceCtx,
    Started { trace, span }: &Started,
    entered: impl FnOnce(&Thread),
) -> Guard {
    let (what, slot) = match span.slot {
        Some(slot) => (What::Root, Some(slot)),
        None if trace.flags() & COUNTED != 0 => (What::UnsampledCounted, thread.take_slot()),
        None => (What::Unsampled, thread.take_slot()),
    };
    // A sampled span without a slot was refused, and holds nothing.
    let held = if trace.flags() & SAMPLED == 0 { trace.block() } else { 0 };
    let Some(slot) = slot else {
        block::let_go(held);
        return INERT;
    };
    slot.keep(before, held);
    let previous = thread.span.get();
    let place = span.place.entered(thread.next_entry());
    thread.trace.set(trace);
    thread.span.set(&SpanCtx { place, ..*span });
    entered(thread);
    if what == What::UnsampledCounted {
        Call::begin(callsite.id(), trace.tracer()).put_into(slot, thread.inside.replace(0));
    }
    let marks = marks();
    Guard { what, marks, place, slot: Some(slot), previous, _thread: PhantomData }
}

/// Under an unsampled span that has no Context of its own, a call stands for that span, so that it gets one.
fn unsampled_again(under: Under<'_>) -> Option<Started> {
    thread::with(|thread| {
        let (trace, span) = (thread.trace.get(), thread.span.get());
        let is_so = trace.flags() & (VALID | SAMPLED | MUTED | LOCKED) == VALID | LOCKED;
        if !is_so || !matches!(under, Under::Current) || otel::is_elsewhere(thread) {
            return None;
        }
        block::hold(trace.block());
        Some(Started { trace: trace.with_flags(trace.flags() & !LOCKED), span: SpanCtx { slot: None, ..span } })
    })
}

/// Stands for the innermost span, in a function that has none of its own.
pub(crate) fn borrow() -> Guard {
    let span = thread::with(|thread| thread.span.get());
    if handle_of(&span).is_none() {
        return INERT;
    }
    let marks = marks();
    Guard { what: What::Borrowed, marks, place: span.place, slot: span.slot, previous: span, _thread: PhantomData }
}

impl Guard {
    /// A place for the call's attributes, if it is recorded.
    #[inline]
    pub fn fields(&self) -> Option<Fields> {
        let handle = self.handle()?;
        if self.what == What::Borrowed {
            handle.flag(layout::LOOSE_KEYS);
        }
        Some(Fields::new(handle, None))
    }

    /// What the call returned, to be looked at.
    #[inline]
    pub fn outcome<'a, T>(&'a self, value: &'a T) -> Outcome<'a, T> {
        Ending::Sync(self).outcome(value)
    }

    pub(crate) fn is_borrowed(&self) -> bool {
        self.what == What::Borrowed
    }

    /// Whether there is no span, but a call that is counted.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(self.what, What::UnsampledCounted | What::Counted)
    }

    fn has_failed(&self) -> bool {
        self.marks.get() & FAILED != 0
    }

    /// Such a call has failed.
    pub(crate) fn note_failure(&self) {
        self.marks.set(self.marks.get() | FAILED);
    }

    #[inline]
    pub(crate) fn handle(&self) -> Option<Handle> {
        // Its slot is not open; it only keeps what was current before.
        if matches!(self.what, What::Unsampled | What::UnsampledCounted | What::Counted) {
            return None;
        }
        handle_of(&SpanCtx { id: 0, slot: self.slot, place: self.place })
    }

    #[inline(never)]
    fn leave(&self) {
        let is_plain = self.what == What::Child && !std::thread::panicking();
        let is_done = thread::with(|thread| {
            let is_plain = is_plain && thread.span.entry() == self.place.entry();
            if is_plain {
                thread.span.set(&self.previous);
            }
            is_plain
        });
        match self.slot {
            Some(slot) if is_done => end(slot, self.place.generation()),
            None if is_done => {}
            _ => self.leave_slowly(),
        }
    }

    /// With a panic, out of order, or with more than what is current.
    #[inline(never)]
    fn leave_slowly(&self) {
        let panicked = std::thread::panicking() && self.marks.get() & UNWINDING == 0;
        if self.what == What::ShownChild && !panicked && self.leave_shown() {
            return;
        }
        if self.what == What::Counted {
            let (call, outer) = Call::of_guard(self.place, &self.previous);
            thread::with(|thread| call.end(thread, outer, panicked || self.has_failed()));
            return;
        }
        if self.what == What::Borrowed {
            self.handle().filter(|_| panicked).into_iter().for_each(outcome::add_panic);
            return;
        }
        if panicked {
            self.handle().into_iter().for_each(outcome::record_panic_of);
        }
        thread::with(|thread| {
            let is_plain = self.what == What::Child && thread.span.entry() == self.place.entry();
            let leaves = thread.leaves(self.place, self.previous.place);
            if leaves {
                thread.span.set(&self.previous);
                if !is_plain {
                    self.restore_trace(thread);
                }
            }
            if !is_plain {
                otel::left(thread, self.place, leaves);
            }
            match (self.what, self.slot) {
                (What::UnsampledCounted, Some(slot)) => {
                    let (call, outer) = Call::of_slot(slot);
                    call.end(thread, outer, panicked || self.has_failed());
                    block::let_go(slot.kept().1);
                    thread.give_slot(slot);
                }
                (What::Unsampled, Some(slot)) => {
                    block::let_go(slot.kept().1);
                    thread.give_slot(slot);
                }
                (_, Some(slot)) => end(slot, self.place.generation()),
                (_, None) => {}
            }
        });
    }

    /// A child with an OpenTelemetry Context of its own, if nothing inside of it was left open.
    fn leave_shown(&self) -> bool {
        thread::with(|thread| {
            let is_last = thread.span.entry() == self.place.entry();
            if is_last {
                thread.span.set(&self.previous);
                otel::left(thread, self.place, true);
                self.slot.into_iter().for_each(|slot| end(slot, self.place.generation()));
            }
            is_last
        })
    }

    /// Also when guards inside of this one were forgotten, and what is current is of another trace.
    #[cold]
    fn restore_trace(&self, thread: &Thread) {
        match (self.what, self.slot) {
            (What::Root | What::Unsampled | What::UnsampledCounted, Some(slot)) => thread.trace.set(&slot.kept().0),
            (What::ShownChild, Some(slot)) => {
                let trace = slot.trace();
                thread.trace.set(&trace.with_flags(trace.flags() | SLOW));
            }
            // A child is in its parent's trace context, and its slot remembers it.
            (_, Some(slot)) => thread.trace.set(&slot.trace()),
            _ => {}
        }
    }
}

impl Drop for Guard {
    #[inline(always)]
    fn drop(&mut self) {
        if !COMPILED_OUT && self.what != What::Nothing {
            self.leave();
        }
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Guard")
    }
}
