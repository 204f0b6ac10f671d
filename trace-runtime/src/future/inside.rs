//! Something runs in the span of a future or the like.

use super::{AsyncSpan, Begin, State};
use crate::ctx::{Place, SpanCtx};
use crate::otel;
use crate::span::Started;
use crate::thread::{self, Restore, Thread};
use std::mem::ManuallyDrop;

/// The span is current, until this is left. If it is dropped before, what runs has panicked, and the span ends.
///
/// Left where it lies: to move what was just written costs more than to write it.
#[must_use = "to be left"]
pub(crate) struct Inside<'a> {
    pub(crate) span: &'a mut AsyncSpan,
    /// Restored by hand.
    current: ManuallyDrop<Current>,
}

/// What its being current has changed.
#[repr(u64)]
enum Current {
    /// Nothing.
    Nothing,
    /// The span alone, of an open one.
    Here(Here),
    /// All.
    There(Restore),
    /// This was left.
    Left,
}

/// The entry of a recorded span in its own trace.
pub(super) struct Here {
    pub(super) place: Place,
    pub(super) before: SpanCtx,
}

impl Here {
    #[inline(always)]
    fn leave(&self, span: &AsyncSpan) {
        thread::with(|thread| match &*span.state {
            // What was entered inside may have left another trace.
            State::Open(open) if thread.span.is_plainly(self.place) && thread.trace.is(open.trace_key) => {
                thread.span.set(&self.before);
            }
            _ => self.leave_slowly(span),
        });
    }

    #[cold]
    #[inline(never)]
    fn leave_slowly(&self, span: &AsyncSpan) {
        let trace = |thread: &Thread| match &*span.state {
            State::Open(open) => open.trace(),
            _ => thread.trace.get(),
        };
        thread::with(|thread| thread.end_entry(self.place, &self.before, || trace(thread)));
    }
}

impl<'a> Inside<'a> {
    #[inline(never)]
    pub(crate) fn enter(span: &'a mut AsyncSpan) -> Self {
        let current = span.enter();
        Self::there(span, current)
    }

    /// For a poll. What waits for it starts.
    #[inline(never)]
    pub(crate) fn poll(span: &'a mut AsyncSpan) -> Self {
        // Mostly what is around is of the same trace. Results leave these calls as single words, so that `self` is written once, where it stays.
        if let State::Open(open) = &*span.state {
            if let Some(here) = open.enter_here(otel::is_plainly_here) {
                return Self::new(span, Current::Here(here));
            }
        }
        Self::poll_first(span)
    }

    #[cold]
    #[inline(never)]
    fn poll_first(span: &'a mut AsyncSpan) -> Self {
        if let State::Open(open) = &*span.state {
            if let Some(here) = open.enter_here(otel::is_plain_here) {
                return Self::new(span, Current::Here(here));
            }
        }
        if let State::Waiting(callsite, Begin::Child) = *span.state {
            if callsite.is_on() {
                if let Some(here) = span.begin_here(callsite) {
                    return Self::new(span, Current::Here(here));
                }
            }
        }
        Self::poll_elsewhere(span)
    }

    #[inline(never)]
    fn poll_elsewhere(span: &'a mut AsyncSpan) -> Self {
        if matches!(*span.state, State::Waiting(..)) {
            span.begin();
        }
        match &*span.state {
            State::Open(open) => {
                let Started { trace, span: own } = open.started();
                let current = thread::poll_under(&trace, &own, Some(&open.kept));
                Self::new(span, Current::There(current))
            }
            State::Bare { trace, id, kept } => {
                let own = SpanCtx { id: *id, ..SpanCtx::NONE };
                let current = thread::poll_under(trace, &own, Some(kept));
                Self::new(span, Current::There(current))
            }
            State::Counted(counted) => {
                let current = counted.enter_poll();
                Self::there(span, current)
            }
            _ => Self::new(span, Current::Nothing),
        }
    }

    #[inline(always)]
    fn new(span: &'a mut AsyncSpan, current: Current) -> Self {
        Self { span, current: ManuallyDrop::new(current) }
    }

    #[inline(always)]
    fn there(span: &'a mut AsyncSpan, current: Option<Restore>) -> Self {
        if let State::Counted(counted) = &mut *span.state {
            counted.begin_inside();
        }
        Self::new(span, current.map_or(Current::Nothing, Current::There))
    }

    /// It goes on later.
    #[inline(always)]
    pub(crate) fn leave(&mut self) {
        self.restore();
        self.current = ManuallyDrop::new(Current::Left);
    }

    /// The same for a poll: what was made for it is for the next one, too.
    #[inline(always)]
    pub(crate) fn pause(&mut self) {
        self.keep_and_restore();
        self.current = ManuallyDrop::new(Current::Left);
    }

    /// It is over.
    #[inline(always)]
    pub(crate) fn finish(&mut self) {
        self.end_and_restore();
        self.current = ManuallyDrop::new(Current::Left);
    }

    #[inline(never)]
    fn restore(&mut self) {
        match &*self.current {
            Current::Here(here) => here.leave(self.span),
            _ => self.restore_there(),
        }
    }

    #[inline(never)]
    fn keep_and_restore(&mut self) {
        match &*self.current {
            Current::Here(here) => here.leave(self.span),
            _ => self.keep_and_restore_there(),
        }
    }

    #[inline(never)]
    fn keep_and_restore_there(&mut self) {
        if let Current::There(current) = &*self.current {
            current.fresh().into_iter().for_each(|entry| self.span.keep(entry));
        }
        self.restore_there();
    }

    #[inline(never)]
    fn end_and_restore(&mut self) {
        if let Current::Here(here) = &*self.current {
            here.leave(self.span);
            return self.span.finish();
        }
        self.span.finish();
        self.restore_there();
    }

    #[inline(never)]
    fn restore_there(&mut self) {
        if let State::Counted(counted) = &mut *self.span.state {
            counted.end_inside();
        }
        if let Current::There(current) = &*self.current {
            current.restore();
        }
    }

    #[cold]
    #[inline(never)]
    fn panicked(&mut self) {
        self.span.panicked();
        self.end_and_restore();
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        if !matches!(*self.current, Current::Left) {
            self.panicked();
        }
    }
}
