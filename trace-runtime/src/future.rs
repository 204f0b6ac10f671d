//! Spans of futures.

mod counted;
mod dropping;
mod in_span;
mod inside;
mod open;
mod traced;

use self::counted::Counted;
use self::dropping::Dropping;
pub use self::in_span::{InSpan, TraceFuture};
use self::inside::Here;
pub(crate) use self::inside::Inside;
use self::open::Open;
pub use self::traced::Traced;
use crate::callsite::Callsite;
use crate::counted as counting;
use crate::ctx::{SAMPLED, SpanCtx, TraceCtx, VALID, WAY};
use crate::handle::Handle;
use crate::id::Kind;
use crate::layout;
use crate::otel::{self, Entry, Kept};
use crate::outcome;
use crate::probe::Ending;
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::span::{Fields, Started, Under, Wanted, child, end, end_started, handle_of, stand_in, start, start_wanted};
use crate::thread::{self, Restore};
use std::mem::ManuallyDrop;

/// The span of an asynchronous call.
#[must_use = "the span ends, cancelled, when this is dropped"]
pub struct AsyncSpan {
    /// Dropped by hand, so that what is over, as nearly all are then, is dropped at the cost of a look.
    state: ManuallyDrop<State>,
}

/// Small, as it lies in every future.
enum State {
    /// Starts at the first poll.
    Waiting(&'static Callsite, Begin),
    Open(Open),
    /// What is current has no slot: it is not sampled, or was refused one and is counted as dropped.
    Bare {
        trace: TraceCtx,
        id: u64,
        kept: Kept,
    },
    /// The call is not sampled, but counted.
    Counted(Counted),
    /// What the future owns is dropped.
    Dropping(Box<Dropping>),
    /// The call has no span of its own and adds to the innermost one.
    Borrowed,
    /// Ended, or never to be.
    Over,
}

// What a future is larger than without a span; beside it there is a word for what looks at its value.
const _: () = assert!(size_of::<AsyncSpan>() <= 64);

impl State {
    #[inline]
    fn of(Started { trace, span }: Started) -> Self {
        match span.slot {
            Some(slot) => Self::open(slot, &span, &trace, trace.key()),
            None => Self::Bare { trace, id: span.id, kept: Kept::NONE },
        }
    }

    #[inline(always)]
    fn open(slot: &'static Slot, &SpanCtx { id, place, .. }: &SpanCtx, trace: &TraceCtx, trace_key: u64) -> Self {
        let (trace_state, unwinding) = (trace.state(), std::thread::panicking());
        Self::Open(Open { slot, place, id, trace_key, trace_state, kept: Kept::NONE, unwinding, dropping: false })
    }
}

/// Where a span that starts later belongs.
pub(crate) enum Begin {
    Child,
    Root,
    Detached,
    Under(Box<Snapshot>),
}

impl AsyncSpan {
    #[inline(always)]
    fn new(state: State) -> Self {
        Self { state: ManuallyDrop::new(state) }
    }

    /// In place of a state that holds nothing which would have to be dropped.
    #[inline(always)]
    fn change(&mut self, state: State) {
        std::mem::forget(self.take(state));
    }

    #[inline(always)]
    fn take(&mut self, state: State) -> State {
        std::mem::replace(&mut self.state, state)
    }

    pub(crate) fn start(callsite: &'static Callsite, kind: Kind, under: Under<'_>) -> Self {
        if !callsite.is_on() {
            return Self::none();
        }
        Self::of(callsite, start(callsite, kind, under), under)
    }

    /// What was started there, or, if the call is not sampled, what counts it.
    fn of(callsite: &'static Callsite, started: Option<Started>, under: Under<'_>) -> Self {
        let mut span = Self::none();
        span.fill(callsite, started, under);
        span
    }

    /// The same for what holds nothing yet, where it stays.
    #[inline(always)]
    fn fill(&mut self, callsite: &'static Callsite, started: Option<Started>, under: Under<'_>) {
        let started = started.or_else(|| stand_in(under));
        let tracer = match &started {
            Some(started) => counting::counts(&started.trace).then(|| started.trace.tracer()),
            None => counting::tracer_under(under),
        };
        match (tracer, started) {
            (None, Some(started)) => self.change(State::of(started)),
            (None, None) => self.change(State::Over),
            (Some(tracer), started) => self.change(State::Counted(Counted::new(callsite, tracer, started))),
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
        Self::new(State::of(Started { trace, span }))
    }

    pub(crate) fn start_wanted(wanted: &Wanted<'_>, under: Under<'_>) -> Self {
        if !wanted.callsite.is_on() {
            return Self::none();
        }
        Self::of(wanted.callsite, start_wanted(wanted, under), under)
    }

    /// Of a call that has none.
    pub(crate) fn none() -> Self {
        Self::new(State::Over)
    }

    pub(crate) fn later(callsite: &'static Callsite, begin: Begin) -> Self {
        Self::new(State::Waiting(callsite, begin))
    }

    pub(crate) fn borrow() -> Self {
        Self::new(State::Borrowed)
    }

    /// Starts a span that was to start later.
    #[inline]
    fn begin(&mut self) {
        let State::Waiting(callsite, begin) = &mut *self.state else { return };
        let (callsite, begin) = (*callsite, std::mem::replace(begin, Begin::Child));
        let under = match &begin {
            Begin::Child => Under::Current,
            Begin::Root => Under::Nothing,
            Begin::Detached => Under::Detached,
            Begin::Under(parent) => Under::Given(parent),
        };
        if callsite.is_on() {
            self.fill(callsite, start(callsite, callsite.kind(), under), under);
        } else {
            self.change(State::Over);
        }
    }

    /// The same for a recorded child of a plain span, which becomes current in the same go.
    #[inline(always)]
    fn begin_here(&mut self, callsite: &'static Callsite) -> Option<Here> {
        thread::with(|thread| {
            let flags = thread.trace.flags();
            if flags & WAY != VALID | SAMPLED || !otel::is_plain_here(thread) {
                return None;
            }
            let (trace, before) = (thread.trace.get(), thread.span.get());
            let span = child(thread, callsite, callsite.kind(), &trace, before.id);
            // One that was refused goes the long way, as what it is.
            let Some(slot) = span.slot else {
                self.change(State::Bare { trace, id: span.id, kept: Kept::NONE });
                return None;
            };
            let place = span.place.entered(thread.next_entry());
            thread.span.set(&SpanCtx { place, ..span });
            self.change(State::open(slot, &span, &trace, thread.trace.key()));
            Some(Here { place, before })
        })
    }

    /// A place for the call's attributes, if it is recorded. The span is current meanwhile.
    pub fn fields(&self) -> Option<Fields> {
        let handle = self.handle()?;
        if matches!(*self.state, State::Borrowed) {
            handle.flag(layout::LOOSE_KEYS);
        }
        Some(Fields::new(handle, self.enter()))
    }

    /// Makes the span current until the result is dropped.
    #[inline]
    pub fn enter(&self) -> Option<Restore> {
        match &*self.state {
            State::Open(open) => {
                let Started { trace, span } = open.started();
                Some(thread::replace_current(&trace, &span, Entry::Again(None)))
            }
            State::Bare { trace, id, .. } => {
                Some(thread::replace_current(trace, &SpanCtx { id: *id, ..SpanCtx::NONE }, Entry::Again(None)))
            }
            State::Counted(counted) => counted.enter(),
            _ => None,
        }
    }

    /// The trace that it is open in.
    fn open_trace(&self) -> Option<TraceCtx> {
        if let State::Open(open) = &*self.state { Some(open.trace()) } else { None }
    }

    /// Whether nothing is left to do for it.
    #[inline]
    fn is_over(&self) -> bool {
        matches!(*self.state, State::Over)
    }

    /// Whether something would be current.
    #[inline]
    fn is_live(&self) -> bool {
        matches!(*self.state, State::Open(_) | State::Bare { .. } | State::Counted(_))
    }

    /// Runs the call's body under the span. `outcome` looks at what it returns.
    pub fn run<F: Future, X: FnOnce(&F::Output, Ending<'_>)>(self, body: F, outcome: X) -> Traced<F, X> {
        Traced::new(self, body, outcome)
    }

    /// Ends the span of a call that did what it was for.
    pub(crate) fn complete(&mut self, ok: bool) {
        Ending::Async(self).ok(!ok);
        self.finish();
    }

    /// The span as others may see it.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        match &*self.state {
            State::Open(open) => Some(Snapshot::of_started(&open.started())),
            State::Bare { trace, id, .. } => {
                let span = SpanCtx { id: *id, ..SpanCtx::NONE };
                Some(Snapshot::of_started(&Started { trace: *trace, span }))
            }
            State::Counted(counted) => counted.snapshot(),
            _ => None,
        }
    }

    #[cold]
    fn keep(&mut self, entry: u32) {
        match &mut *self.state {
            State::Open(Open { kept, .. }) | State::Bare { kept, .. } => kept.keep(entry),
            State::Counted(counted) => counted.keep(entry),
            _ => {}
        }
    }

    #[inline]
    pub(crate) fn finish(&mut self) {
        match *self.state {
            State::Open(Open { slot, place, ref kept, .. }) if !kept.is_some() => {
                self.change(State::Over);
                end(slot, place.generation());
            }
            State::Open(_) | State::Bare { .. } | State::Counted(_) => self.finish_slowly(),
            State::Waiting(..) | State::Dropping(_) | State::Borrowed | State::Over => {}
        }
    }

    #[cold]
    #[inline(never)]
    fn finish_slowly(&mut self) {
        let (started, mut kept) = match self.take(State::Over) {
            State::Open(open) => (open.started(), open.kept),
            State::Bare { trace, id, kept } => (Started { trace, span: SpanCtx { id, ..SpanCtx::NONE } }, kept),
            State::Counted(mut counted) => return counted.finish(),
            State::Waiting(..) | State::Dropping(_) | State::Borrowed | State::Over => return,
        };
        kept.end(&started);
        end_started(&started);
    }

    #[inline]
    pub(crate) fn handle(&self) -> Option<Handle> {
        match &*self.state {
            State::Open(Open { slot, place, .. }) => Some(Handle::new(slot, *place)).filter(|handle| handle.is_open()),
            State::Borrowed => handle_of(&thread::with(|thread| thread.span.get())),
            State::Waiting(..) | State::Bare { .. } | State::Counted(_) | State::Dropping(_) | State::Over => None,
        }
    }

    pub(crate) fn is_borrowed(&self) -> bool {
        matches!(*self.state, State::Borrowed)
    }

    /// Whether there is no span, but a call that is counted.
    pub(crate) fn is_counted(&self) -> bool {
        matches!(*self.state, State::Counted(_))
    }

    /// Such a call has failed.
    pub(crate) fn note_failure(&self) {
        if let State::Counted(counted) = &*self.state {
            counted.note_failure();
        }
    }

    #[cold]
    #[inline(never)]
    fn dropped(&mut self) {
        // It ends, even if what was attached for it panics when it goes.
        let last = Last(self);
        last.0.end_drop();
    }

    fn ended_early(&mut self) {
        match &mut *self.state {
            State::Open(Open { unwinding: false, .. }) if std::thread::panicking() => self.panicked(),
            State::Open(Open { slot, place, .. }) => {
                let handle = Handle::new(slot, *place);
                if handle.is_open() {
                    handle.flag(layout::CANCELLED);
                }
            }
            State::Counted(counted) => counted.dropped(),
            _ => {}
        }
        self.finish();
        drop(self.take(State::Over));
    }

    fn panicked(&self) {
        match self.handle() {
            Some(handle) if matches!(*self.state, State::Borrowed) => outcome::add_panic(handle),
            Some(handle) => outcome::record_panic_of(handle),
            None => self.note_failure(),
        }
    }
}

/// Dropped before its future was ready: cancelled, or ended by a panic before it ran.
impl Drop for AsyncSpan {
    #[inline]
    fn drop(&mut self) {
        if !self.is_over() {
            self.dropped();
        }
    }
}

/// Ends it when this is dropped.
struct Last<'a>(&'a mut AsyncSpan);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.0.ended_early();
    }
}

impl std::fmt::Debug for AsyncSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AsyncSpan")
    }
}
