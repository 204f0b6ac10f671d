//! Spans of futures.

mod counted;
mod in_span;

use self::counted::Counted;
pub use self::in_span::{InSpan, TraceFuture};
use crate::callsite::Callsite;
use crate::counted as counting;
use crate::ctx::{SAMPLED, SpanCtx, TraceCtx, VALID, WAY};
use crate::handle::Handle;
use crate::id::Kind;
use crate::layout;
use crate::otel::{self, Kept};
use crate::outcome;
use crate::probe::Ending;
use crate::snapshot::Snapshot;
use crate::span::{Fields, Started, Under, Wanted, child, end_started, handle_of, stand_in, start, start_wanted};
use crate::thread::{self, Restore};
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The span of an asynchronous call.
#[must_use = "the span ends, cancelled, when this is dropped"]
pub struct AsyncSpan {
    state: State,
}

enum State {
    /// Starts at the first poll.
    Waiting(&'static Callsite, Begin),
    Open {
        started: Started,
        /// The thread was unwinding already when the span started.
        unwinding: bool,
        /// It is over, which is quicker to say like this than with a state of its own.
        ended: bool,
        kept: Kept,
    },
    /// The call is not sampled, but counted.
    Counted(Counted),
    /// The call has no span of its own and adds to the innermost one.
    Borrowed,
    /// Ended, or never to be.
    Over,
}

/// Where a span that starts later belongs.
pub(crate) enum Begin {
    Child,
    Root,
    Detached,
    Under(Box<Snapshot>),
}

impl AsyncSpan {
    #[inline]
    fn open(started: Started) -> Self {
        Self { state: State::Open { started, unwinding: std::thread::panicking(), ended: false, kept: Kept::NONE } }
    }

    pub(crate) fn start(callsite: &'static Callsite, kind: Kind, under: Under<'_>) -> Self {
        if !callsite.is_on() {
            return Self::none();
        }
        Self::of(callsite, start(callsite, kind, under), under)
    }

    /// What was started there, or, if the call is not sampled, what counts it.
    fn of(callsite: &'static Callsite, started: Option<Started>, under: Under<'_>) -> Self {
        let started = started.or_else(|| stand_in(under));
        let tracer = match &started {
            Some(started) => counting::counts(&started.trace).then(|| started.trace.tracer()),
            None => counting::tracer_under(under),
        };
        match (tracer, started) {
            (Some(tracer), started) => Self { state: State::Counted(Counted::new(callsite, tracer, started)) },
            (None, Some(started)) => Self::open(started),
            (None, None) => Self::none(),
        }
    }

    /// Under what is current: mostly a recorded child, written once, where it stays.
    pub(crate) fn start_here(callsite: &'static Callsite) -> Self {
        let (mut trace, mut span) = (TraceCtx::NONE, SpanCtx::NONE);
        if callsite.is_on() {
            thread::with(|thread| {
                if thread.trace.flags() & WAY == VALID | SAMPLED && !otel::is_elsewhere(thread) {
                    trace = thread.trace.get();
                    span = child(thread, callsite, callsite.kind(), &trace, thread.span.id());
                }
            });
        }
        if span.id == 0 {
            return Self::start(callsite, callsite.kind(), Under::Current);
        }
        Self::open(Started { trace, span })
    }

    pub(crate) fn start_wanted(wanted: &Wanted<'_>, under: Under<'_>) -> Self {
        if !wanted.callsite.is_on() {
            return Self::none();
        }
        Self::of(wanted.callsite, start_wanted(wanted, under), under)
    }

    /// Of a call that has none.
    pub(crate) fn none() -> Self {
        Self { state: State::Over }
    }

    pub(crate) fn later(callsite: &'static Callsite, begin: Begin) -> Self {
        Self { state: State::Waiting(callsite, begin) }
    }

    pub(crate) fn borrow() -> Self {
        Self { state: State::Borrowed }
    }

    #[cold]
    #[inline(never)]
    fn begin(&mut self) {
        let State::Waiting(callsite, begin) = std::mem::replace(&mut self.state, State::Over) else { return };
        let start = |under| Self::start(callsite, callsite.kind(), under);
        *self = match &begin {
            Begin::Child => Self::start_here(callsite),
            Begin::Root => start(Under::Nothing),
            Begin::Detached => start(Under::Detached),
            Begin::Under(parent) => start(Under::Given(parent)),
        };
    }

    /// A place for the call's attributes, if it is recorded. The span is current meanwhile.
    pub fn fields(&self) -> Option<Fields> {
        let handle = self.handle()?;
        if matches!(self.state, State::Borrowed) {
            handle.flag(layout::LOOSE_KEYS);
        }
        Some(Fields::new(handle, self.enter()))
    }

    /// Makes the span current until the result is dropped.
    #[inline]
    pub fn enter(&self) -> Option<Restore> {
        match &self.state {
            State::Open { started, ended: false, .. } => Some(thread::replace_current(&started.trace, &started.span)),
            State::Counted(counted) => counted.enter(),
            _ => None,
        }
    }

    /// The same for a poll.
    #[inline]
    fn enter_poll(&self) -> Option<Restore> {
        match &self.state {
            State::Open { started, kept, ended: false, .. } => {
                Some(thread::poll_under(&started.trace, &started.span, Some(kept)))
            }
            State::Counted(counted) => counted.enter_poll(),
            _ => None,
        }
    }

    /// Runs the call's body under the span. `outcome` looks at what it returns.
    pub fn run<F: Future, X: FnOnce(&F::Output, Ending<'_>)>(self, body: F, outcome: X) -> Traced<F, X> {
        Traced { body: Some(body), span: self, outcome: Some(outcome) }
    }

    /// Ends the span of a call that did what it was for.
    pub(crate) fn complete(&mut self, ok: bool) {
        Ending::Async(self).ok(!ok);
        self.finish();
    }

    /// The span as others may see it.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        match &self.state {
            State::Open { started, ended: false, .. } => Some(Snapshot::of_started(started)),
            State::Counted(counted) => counted.snapshot(),
            _ => None,
        }
    }

    #[cold]
    fn keep(&mut self, entry: u32) {
        match &mut self.state {
            State::Open { kept, .. } => kept.keep(entry),
            State::Counted(counted) => counted.keep(entry),
            _ => {}
        }
    }

    #[inline]
    pub(crate) fn finish(&mut self) {
        match &mut self.state {
            State::Open { started, kept, ended: ended @ false, .. } => {
                *ended = true;
                kept.end(started);
                end_started(started);
            }
            State::Counted(counted) => counted.finish(),
            _ => {}
        }
    }

    #[inline]
    pub(crate) fn handle(&self) -> Option<Handle> {
        match &self.state {
            State::Open { started, .. } => handle_of(&started.span),
            State::Borrowed => handle_of(&thread::with(|thread| thread.span.get())),
            State::Waiting(..) | State::Counted(_) | State::Over => None,
        }
    }

    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.state, State::Borrowed)
    }

    /// Whether there is no span, but a call that is counted.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(self.state, State::Counted(_))
    }

    /// Such a call has failed.
    pub(crate) fn note_failure(&self) {
        if let State::Counted(counted) = &self.state {
            counted.note_failure();
        }
    }

    fn panicked(&self) {
        match self.handle() {
            Some(handle) if matches!(self.state, State::Borrowed) => outcome::add_panic(handle),
            Some(handle) => outcome::record_panic_of(handle),
            None => self.note_failure(),
        }
    }
}

/// Dropped before its future was ready: cancelled, or ended by a panic before it ran.
impl Drop for AsyncSpan {
    #[inline]
    fn drop(&mut self) {
        match &mut self.state {
            State::Open { started, unwinding, ended: false, .. } => {
                if std::thread::panicking() && !*unwinding {
                    self.panicked();
                } else if let Some(handle) = handle_of(&started.span) {
                    handle.flag(layout::CANCELLED);
                }
                self.finish();
            }
            State::Counted(counted) => counted.dropped(),
            _ => {}
        }
    }
}

pin_project! {
    /// A future under its own span.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, X> {
        #[pin]
        body: Option<F>,
        span: AsyncSpan,
        outcome: Option<X>,
    }

    impl<F, X> PinnedDrop for Traced<F, X> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body owns is dropped inside the span.
            let current = this.span.enter_poll();
            if let State::Counted(counted) = &mut this.span.state {
                counted.begin_inside();
                this.body.set(None);
                counted.end_inside();
            } else if current.is_some() {
                this.body.set(None);
            }
        }
    }
}

impl<F: Future, X: FnOnce(&F::Output, Ending<'_>)> Future for Traced<F, X> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        if matches!(this.span.state, State::Waiting(..)) {
            this.span.begin();
        }
        if matches!(this.span.state, State::Over) {
            return body.poll(cx);
        }
        let current = this.span.enter_poll();
        let unwinding = Unwinding::new(this.span);
        let polled = body.poll(cx);
        if let Poll::Ready(output) = &polled {
            if let Some(outcome) = this.outcome.take() {
                outcome(output, Ending::Async(unwinding.span));
            }
            unwinding.span.finish();
        } else if let Some(entry) = current.as_ref().and_then(Restore::fresh) {
            unwinding.span.keep(entry);
        }
        polled
    }
}

/// Something runs in the span. If it panics, the span ends.
pub(crate) struct Unwinding<'a> {
    pub(crate) span: &'a mut AsyncSpan,
    already: bool,
}

impl<'a> Unwinding<'a> {
    #[inline]
    pub(crate) fn new(span: &'a mut AsyncSpan) -> Self {
        if let State::Counted(counted) = &mut span.state {
            counted.begin_inside();
        }
        Self { span, already: std::thread::panicking() }
    }
}

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.already {
            self.span.panicked();
            self.span.finish();
        }
        if let State::Counted(counted) = &mut self.span.state {
            counted.end_inside();
        }
    }
}

impl std::fmt::Debug for AsyncSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsyncSpan")
    }
}

impl<F, X> std::fmt::Debug for Traced<F, X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Traced")
    }
}
