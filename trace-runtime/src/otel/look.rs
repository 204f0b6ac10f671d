//! What foreign code made current on this thread, and what it sees of ours.
//!
//! `shown` is the span that the Context had when we last made something current. If it has another one now, somebody else
//! did, and that one counts. What has to be undone when an entry ends is a frame on a stack of its own,
//! so that the plain case has nothing to save.

use super::propagator::Carried;
use super::proxy::Proxy;
use super::span::{find, open_spans};
use crate::ctx::{LOCKED, MUTED, Place, SAMPLED, SpanCtx, TraceCtx, VALID};
use crate::id::SpanContext;
use crate::snapshot::Snapshot;
use crate::thread::Thread;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// There is a provider: the Context is looked at.
static LOOKING: AtomicBool = AtomicBool::new(false);
/// Foreign code was seen: a Context is attached where execution enters our spans.
static ATTACHING: AtomicBool = AtomicBool::new(false);
static EXACT: AtomicBool = AtomicBool::new(false);

/// Stands for a Context in which nothing may be traced.
const SUPPRESSED: u64 = u64::MAX;

/// What a thread knows of its Context.
pub(crate) struct OfThread {
    state: Cell<Looks>,
    /// The id of the span that the Context had when something of ours became current; 0 for none.
    shown: Cell<u64>,
    /// The low half of the trace id of what we attached, if that is what it shows; else 0.
    attached: Cell<u64>,
    frames: Cell<u32>,
    /// A panic is being contained.
    contained: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    NotYet,
    Yes,
    /// The thread is ending.
    NoMore,
}

impl OfThread {
    pub(crate) const fn new() -> Self {
        Self {
            state: Cell::new(Looks::NotYet),
            shown: Cell::new(0),
            attached: Cell::new(0),
            frames: Cell::new(0),
            contained: Cell::new(false),
        }
    }

    pub(super) fn shown(&self) -> u64 {
        self.shown.get()
    }
}

/// What an entry changed.
struct Frame {
    entry: u32,
    shown: u64,
    attached: u64,
    guard: Option<ContextGuard>,
}

#[derive(Default)]
struct Frames(RefCell<Vec<Frame>>);

thread_local! {
    static FRAMES: Frames = const { Frames(RefCell::new(Vec::new())) };
}

/// Made after the Context's own thread-local, this goes before it: nobody looks at what is gone.
impl Drop for Frames {
    fn drop(&mut self) {
        crate::thread::with(|thread| {
            thread.otel.state.set(Looks::NoMore);
            thread.otel.frames.set(0);
        });
    }
}

pub(super) fn begin_to_look() {
    LOOKING.store(true, Relaxed);
}

pub(super) fn begin_to_attach() {
    ATTACHING.store(true, Relaxed);
}

/// Every span that starts from now on has an OpenTelemetry Context of its own, so that all who read the Context see the
/// innermost span. Costs each span about as much as an OpenTelemetry SDK's does; see the [module](super::otel).
pub fn set_exact() {
    begin_to_look();
    EXACT.store(true, Relaxed);
}

pub(crate) fn is_exact() -> bool {
    EXACT.load(Relaxed)
}

/// Whether a panic on this thread is being contained: a panic hook has nothing to say of it.
#[doc(hidden)]
pub fn is_contained() -> bool {
    crate::thread::with(|thread| thread.otel.contained.get())
}

/// Whether foreign code made something current since we did.
#[inline(always)]
pub(crate) fn is_elsewhere(thread: &Thread) -> bool {
    LOOKING.load(Relaxed) && shows(thread) != thread.otel.shown.get()
}

/// What that is.
#[inline]
pub(crate) fn elsewhere(thread: &Thread) -> Option<Snapshot> {
    if is_elsewhere(thread) { there(thread) } else { None }
}

#[cold]
fn there(thread: &Thread) -> Option<Snapshot> {
    // Within our own work nothing is traced, whatever is current.
    if thread.trace.get().flags() & MUTED != 0 {
        return None;
    }
    Some(Context::map_current(resolve))
}

/// The place in a trace that a Context stands for.
pub(super) fn resolve(context: &Context) -> Snapshot {
    if context.is_telemetry_suppressed() {
        let mut muted = Snapshot::none();
        muted.trace = muted.trace.with_flags(VALID | MUTED);
        return muted;
    }
    let span = context.span();
    let theirs = span.span_context();
    if !theirs.is_valid() {
        return Snapshot::none();
    }
    let span_id = crate::id::SpanId::from(theirs.span_id());
    if let Some(Carried(place)) = context.get::<Carried>() {
        if place.context().is_some_and(|carried| carried.span_id == span_id) {
            return place.clone();
        }
    }
    find(open_spans(), span_id.to_u64()).unwrap_or_else(|| {
        let place = Snapshot::from(SpanContext::from(theirs));
        if theirs.is_remote() { place } else { place.local() }
    })
}

/// The id of the Context's span.
#[inline(always)]
fn shows(thread: &Thread) -> u64 {
    if thread.otel.state.get() == Looks::Yes { Context::map_current(id_of) } else { first_look(thread) }
}

pub(super) fn id_of(context: &Context) -> u64 {
    if context.is_telemetry_suppressed() {
        return SUPPRESSED;
    }
    if !context.has_active_span() {
        return 0;
    }
    u64::from_be_bytes(context.span().span_context().span_id().to_bytes())
}

#[cold]
fn first_look(thread: &Thread) -> u64 {
    if thread.otel.state.get() == Looks::NoMore {
        return thread.otel.shown.get();
    }
    // Looking at a Context whose thread-local is gone panics, and here that may be in a destructor.
    let shown = contained(|| Context::map_current(id_of));
    let lives = shown.is_some() && FRAMES.try_with(|_| ()).is_ok();
    thread.otel.state.set(if lives { Looks::Yes } else { Looks::NoMore });
    shown.unwrap_or_else(|| thread.otel.shown.get())
}

/// What panics in here ends here, and our panic hook has nothing to say of it.
pub(crate) fn contained<R>(f: impl FnOnce() -> R) -> Option<R> {
    let flag = |is: bool| crate::thread::with(|thread| thread.otel.contained.replace(is));
    let before = flag(true);
    let result = catch_unwind(AssertUnwindSafe(f)).ok();
    flag(before);
    result
}

/// Something of ours became current: what the Context shows from here on is known, and if others may look at it, it is ours.
#[inline]
pub(crate) fn entered(thread: &Thread, before: TraceCtx, trace: TraceCtx, span: SpanCtx) {
    if LOOKING.load(Relaxed) {
        note(thread, before, trace, span);
    }
}

#[inline(never)]
fn note(thread: &Thread, before: TraceCtx, trace: TraceCtx, span: SpanCtx) {
    let own = &thread.otel;
    let now = shows(thread);
    let (shown, attached) = (own.shown.get(), own.attached.get());
    let differs = now != shown;
    let is_attached = !differs && attached == trace.id[1] && before.flags() & LOCKED == 0;
    let wanted = is_exact() || ATTACHING.load(Relaxed) && !cfg!(panic = "abort") && !is_attached;
    let recorded = trace.flags() & (SAMPLED | MUTED) == SAMPLED && span.slot.is_some();
    let attach = wanted && recorded && now != SUPPRESSED && own.state.get() == Looks::Yes;
    if !differs && !attach {
        return;
    }
    let guard = if attach { attach_contained(trace, span) } else { None };
    let (id, of_trace) = match guard {
        Some(_) => (span.id, trace.id[1]),
        None if differs => (now, 0),
        None => (shown, attached),
    };
    own.shown.set(id);
    own.attached.set(of_trace);
    let frame = Frame { entry: span.place.entry(), shown, attached, guard };
    let pushed = FRAMES.try_with(|frames| frames.0.borrow_mut().push(frame));
    own.frames.set(own.frames.get() + u32::from(pushed.is_ok()));
}

/// In a function that is called inside `Context::map_current`, attaching panics.
fn attach_contained(trace: TraceCtx, span: SpanCtx) -> Option<ContextGuard> {
    let context = Context::map_current(|current| current.with_span(Proxy::new(trace, span)));
    contained(|| context.attach())
}

/// What became current with this entry is no longer.
#[inline]
pub(crate) fn left(thread: &Thread, place: Place) {
    if thread.otel.frames.get() > 0 {
        undo(thread, place.entry());
    }
}

#[cold]
#[inline(never)]
fn undo(thread: &Thread, entry: u32) {
    let pop = || {
        FRAMES.try_with(|frames| {
            let mut frames = frames.0.borrow_mut();
            // Entries inside this one that were forgotten end with it.
            let ends = frames.last().is_some_and(|last| last.entry >= entry);
            if ends { frames.pop() } else { None }
        })
    };
    while let Ok(Some(frame)) = pop() {
        thread.otel.frames.set(thread.otel.frames.get() - 1);
        thread.otel.shown.set(frame.shown);
        thread.otel.attached.set(frame.attached);
        // Drops what the Context holds, which may be anybody's: outside of the borrow.
        drop(frame.guard);
    }
}

/// The Context's span may be locked while its caller's code runs: what that enters gets one of its own.
pub(super) fn distrust(thread: &Thread) {
    let trace = thread.trace.get();
    thread.trace.set(trace.with_flags(trace.flags() | LOCKED));
}

impl Snapshot {
    /// The same place, in this process: what starts there is no local root. Its own local root is not known.
    fn local(mut self) -> Self {
        let flags = self.trace.flags() & (VALID | SAMPLED);
        self.trace = self.trace.with_flags(flags).with_epoch(crate::clock::wall_epoch());
        self.trace.local_root = self.span.id;
        self
    }
}
