//! Something runs in the span of a future or the like.

use super::{AsyncSpan, Begin, State};
use crate::ctx::SpanCtx;
use crate::span::Started;
use crate::thread::{self, Restore};
use std::mem::ManuallyDrop;

/// The span is current, until this is left. If it is dropped before, what runs has panicked, and the span ends.
///
/// Left where it lies: to move what was just written costs more than to write it.
#[must_use = "to be left"]
pub(crate) struct Inside<'a> {
    pub(crate) span: &'a mut AsyncSpan,
    /// Restored by hand.
    current: ManuallyDrop<Option<Restore>>,
    is_left: bool,
}

impl<'a> Inside<'a> {
    #[inline(never)]
    pub(crate) fn enter(span: &'a mut AsyncSpan) -> Self {
        let current = span.enter();
        Self::new(span, current)
    }

    /// For a poll. What waits for it starts.
    #[inline(never)]
    pub(crate) fn poll(span: &'a mut AsyncSpan) -> Self {
        // Mostly what is around is of the same trace. Results leave these calls as single words, so that `self` is written once, where it stays.
        if let State::Open(open) = &*span.state {
            if let Some((place, before)) = open.enter_here() {
                let current = Restore::of_same_trace(place, before, open.slot, open.trace_state);
                return Self { span, current: ManuallyDrop::new(Some(current)), is_left: false };
            }
        }
        Self::poll_first(span)
    }

    #[inline(never)]
    fn poll_first(span: &'a mut AsyncSpan) -> Self {
        if let State::Waiting(callsite, Begin::Child) = *span.state {
            if callsite.is_on() {
                if let Some(current) = span.begin_here(callsite) {
                    return Self { span, current: ManuallyDrop::new(Some(current)), is_left: false };
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
                Self { span, current: ManuallyDrop::new(Some(current)), is_left: false }
            }
            State::Bare { trace, id, kept } => {
                let own = SpanCtx { id: *id, ..SpanCtx::NONE };
                let current = thread::poll_under(trace, &own, Some(kept));
                Self { span, current: ManuallyDrop::new(Some(current)), is_left: false }
            }
            State::Counted(counted) => {
                let current = counted.enter_poll();
                Self::new(span, current)
            }
            _ => Self::new(span, None),
        }
    }

    #[inline(always)]
    fn new(span: &'a mut AsyncSpan, current: Option<Restore>) -> Self {
        if let State::Counted(counted) = &mut *span.state {
            counted.begin_inside();
        }
        Self { span, current: ManuallyDrop::new(current), is_left: false }
    }

    /// It goes on later.
    #[inline(never)]
    pub(crate) fn leave(&mut self) {
        self.is_left = true;
        if let State::Counted(counted) = &mut *self.span.state {
            counted.end_inside();
        }
        if let Some(current) = &*self.current {
            current.restore();
        }
    }

    /// The same for a poll: what was made for it is for the next one, too.
    #[inline]
    pub(crate) fn pause(&mut self) {
        if let Some(entry) = self.current.as_ref().and_then(Restore::fresh) {
            self.span.keep(entry);
        }
        self.leave();
    }

    /// It is over.
    #[inline(never)]
    pub(crate) fn finish(&mut self) {
        self.span.finish();
        self.leave();
    }

    #[cold]
    #[inline(never)]
    fn panicked(&mut self) {
        self.span.panicked();
        self.span.finish();
        self.leave();
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.is_left {
            self.panicked();
        }
    }
}
