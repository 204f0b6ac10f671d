//! Spans of futures.

use crate::callsite::Callsite;
use crate::ctx::{SAMPLED, SpanCtx, TraceCtx, VALID, WAY};
use crate::handle::Handle;
use crate::id::Kind;
use crate::layout;
use crate::otel::{self, Kept};
use crate::outcome;
use crate::probe::Ending;
use crate::snapshot::Snapshot;
use crate::span::{Fields, Started, Under, Wanted, child, end_started, handle_of, start, start_wanted};
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
        let started = if callsite.is_on() { start(callsite, kind, under) } else { None };
        started.map_or_else(Self::none, Self::open)
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
        let started = if wanted.callsite.is_on() { start_wanted(wanted, under) } else { None };
        started.map_or_else(Self::none, Self::open)
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
            _ => None,
        }
    }

    #[cold]
    fn keep(&mut self, entry: u32) {
        if let State::Open { kept, .. } = &mut self.state {
            kept.keep(entry);
        }
    }

    #[inline]
    pub(crate) fn finish(&mut self) {
        if let State::Open { started, kept, ended: ended @ false, .. } = &mut self.state {
            *ended = true;
            kept.end(started);
            end_started(started);
        }
    }

    #[inline]
    pub(crate) fn handle(&self) -> Option<Handle> {
        match &self.state {
            State::Open { started, .. } => handle_of(&started.span),
            State::Borrowed => handle_of(&thread::with(|thread| thread.span.get())),
            State::Waiting(..) | State::Over => None,
        }
    }

    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(self.state, State::Borrowed)
    }

    fn panicked(&self) {
        match self.handle() {
            Some(handle) if matches!(self.state, State::Borrowed) => outcome::add_panic(handle),
            Some(handle) => outcome::record_panic_of(handle),
            None => {}
        }
    }
}

/// Dropped before its future was ready: cancelled, or ended by a panic before it ran.
impl Drop for AsyncSpan {
    #[inline]
    fn drop(&mut self) {
        if let State::Open { started, unwinding, ended: false, .. } = &self.state {
            if std::thread::panicking() && !unwinding {
                self.panicked();
            } else if let Some(handle) = handle_of(&started.span) {
                handle.flag(layout::CANCELLED);
            }
            self.finish();
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
            if let Some(_current) = this.span.enter_poll() {
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
        let unwinding = Unwinding { span: this.span, already: std::thread::panicking() };
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

/// Ends the span when a poll panics.
pub(crate) struct Unwinding<'a> {
    pub(crate) span: &'a mut AsyncSpan,
    pub(crate) already: bool,
}

impl Drop for Unwinding<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.already {
            self.span.panicked();
            self.span.finish();
        }
    }
}

/// Takes the current span, or any snapshot, along into a future.
pub trait TraceFuture: Future + Sized {
    /// Makes `span` current whenever the future is polled. Without it, a future spawned on an executor begins a new trace.
    ///
    /// ```
    /// use trace_runtime::{Snapshot, TraceFuture as _, trace};
    /// #[trace]
    /// async fn step() {}
    /// let here = Snapshot::current();
    /// let task = step().in_span(here); // hand it to any executor
    /// # drop(task);
    /// ```
    fn in_span(self, span: Snapshot) -> InSpan<Self> {
        InSpan { body: Some(self), span }
    }

    /// Nothing is traced while the future is polled: neither traced functions nor what reaches us through the OpenTelemetry API.
    ///
    /// ```
    /// use trace_runtime::{TraceFuture as _, trace};
    /// #[trace]
    /// async fn probe() {}
    /// let silent = probe().untraced();
    /// # drop(silent);
    /// ```
    fn untraced(self) -> InSpan<Self> {
        self.in_span(crate::control::untraced_place())
    }

    /// [`in_span`](Self::in_span) with what is current now.
    fn in_current_span(self) -> InSpan<Self> {
        self.in_span(Snapshot::current())
    }
}

impl<F: Future> TraceFuture for F {}

pin_project! {
    /// A future polled under a snapshot; see [`TraceFuture`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct InSpan<F> {
        #[pin]
        body: Option<F>,
        span: Snapshot,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            // What the body owns is dropped under the snapshot.
            let mut this = this.project();
            let _current = thread::replace_current(&this.span.trace, &this.span.span);
            this.body.set(None);
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else { return Poll::Pending };
        let _current = thread::replace_current(&this.span.trace, &this.span.span);
        body.poll(cx)
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
