//! Something runs in the span of a future or the like.

use super::{AsyncSpan, Begin, State};
use crate::ctx::{Place, SpanCtx, TraceCtx};
use crate::otel;
use crate::span::Started;
use crate::thread::{self, Restore};
use std::mem::ManuallyDrop;

/// The span is current.
///
/// Left where it lies: to move what was just written costs more than to write it.
pub(crate) struct Inside<'a> {
    span: &'a mut AsyncSpan,
    /// Restored by hand.
    current: ManuallyDrop<Current>,
}

/// What its being current has changed.
#[repr(u64)]
pub(super) enum Current {
    /// Nothing.
    Nothing,
    /// The span alone, of an open one.
    Here(Here),
    /// All.
    There(Restore),
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
            State::Open(open) if thread.span.is_plainly(self.place) && thread.trace.key() == open.trace_key => {
                thread.span.set(&self.before);
            }
            _ => self.leave_slowly(span),
        });
    }

    #[cold]
    #[inline(never)]
    fn leave_slowly(&self, span: &AsyncSpan) {
        self.leave_to(span.open_trace());
    }

    /// What was current before is of that trace, or of the present one.
    fn leave_to(&self, trace: Option<TraceCtx>) {
        thread::with(|thread| {
            thread.end_entry(self.place, &self.before, || trace.unwrap_or_else(|| thread.trace.get()));
        });
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
                let current = thread::poll_under(&trace, &own, &open.kept);
                Self::new(span, Current::There(current))
            }
            State::Bare { trace, id, kept } => {
                let own = SpanCtx { id: *id, ..SpanCtx::NONE };
                let current = thread::poll_under(trace, &own, kept);
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
    pub(super) fn new(span: &'a mut AsyncSpan, current: Current) -> Self {
        Self { span, current: ManuallyDrop::new(current) }
    }

    #[inline(always)]
    fn there(span: &'a mut AsyncSpan, current: Option<Restore>) -> Self {
        if let State::Counted(counted) = &mut *span.state {
            counted.begin_inside();
        }
        Self::new(span, current.map_or(Current::Nothing, Current::There))
    }

    /// For who restores it later.
    pub(super) fn into_current(self) -> Current {
        ManuallyDrop::into_inner(self.current)
    }

    /// To be left. If this is dropped, what ran has panicked, and the span ends.
    #[inline(always)]
    pub(crate) fn running(&mut self) -> Running<'_, 'a> {
        Running(self)
    }

    #[inline(never)]
    pub(super) fn restore(&mut self) {
        match &*self.current {
            Current::Here(here) => here.leave(self.span),
            _ => self.restore_there(),
        }
    }

    /// Inlined, unlike the others, as a span has far more of these than of them.
    #[inline(always)]
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
        match (&*self.current, &*self.span.state) {
            (Current::Here(here), State::Open(open)) if !open.kept.is_some() => {
                here.leave(self.span);
                self.span.finish();
            }
            _ => self.end_and_restore_slowly(),
        }
    }

    /// What a Context has that was kept is dropped inside of the span.
    #[inline(never)]
    fn end_and_restore_slowly(&mut self) {
        if let Current::Here(here) = &*self.current {
            let trace = self.span.open_trace();
            self.span.finish();
            return here.leave_to(trace);
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

/// Something runs inside.
#[must_use = "to be left"]
pub(crate) struct Running<'b, 'a>(&'b mut Inside<'a>);

impl Running<'_, '_> {
    pub(crate) fn span(&mut self) -> &mut AsyncSpan {
        self.0.span
    }

    /// It goes on later.
    #[inline(always)]
    pub(crate) fn leave(self) {
        // From here on a panic is not of what ran.
        ManuallyDrop::new(self).0.restore();
    }

    /// The same for a poll: what was made for it is for the next one, too.
    #[inline(always)]
    pub(crate) fn pause(self) {
        ManuallyDrop::new(self).0.keep_and_restore();
    }

    /// It is over.
    #[inline(always)]
    pub(crate) fn finish(self) {
        ManuallyDrop::new(self).0.end_and_restore();
    }
}

impl Drop for Running<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        self.0.panicked();
    }
}
