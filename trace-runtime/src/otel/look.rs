//! What foreign code made current on this thread, and what it sees of ours.
//!
//! `shown` is the span that the Context had when we last made something current. If it has another one now, somebody else
//! did, and that one counts.

use super::attach::{Kept, note};
use super::frames;
use super::resolve::{SUPPRESSED, carried_decision, id_of, of_trace, resolve};
use crate::ctx::{DECIDED, LOCKED, MUTED, VALID};
use crate::snapshot::Snapshot;
use crate::thread::{self, Thread};
use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt as _;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};

/// What the process has to do with OpenTelemetry: any of the following.
static MODE: AtomicU8 = AtomicU8::new(0);

/// There is a provider: the Context is looked at.
const LOOKING: u8 = 1;
/// Foreign code was seen: a Context is attached where execution enters our spans.
pub(super) const ATTACHING: u8 = 2;
const EXACT: u8 = 4;

/// A sampling decision came without a span.
static DECISIONS: AtomicBool = AtomicBool::new(false);

#[inline(always)]
pub(super) fn mode(any: u8) -> bool {
    MODE.load(Relaxed) & any != 0
}

/// What a thread knows of its Context.
pub(crate) struct OfThread {
    pub(super) state: Cell<Looks>,
    pub(super) known: KnownCell,
    /// Entries on this thread that changed something.
    pub(super) frames: Cell<u32>,
    /// The mark of a span that nobody else takes out of its bucket, while its Context is detached; `UNKNOWN` while one is discarded whose
    /// span is in none by it; else 0.
    pub(super) leaves: Cell<u64>,
    /// A panic is being contained.
    contained: Cell<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    NotYet,
    Yes,
    /// The thread is ending.
    NoMore,
}

impl OfThread {
    pub(crate) const fn new() -> Self {
        Self {
            state: Cell::new(Looks::NotYet),
            known: KnownCell::new(),
            frames: Cell::new(0),
            leaves: Cell::new(0),
            contained: Cell::new(false),
        }
    }

    #[inline]
    pub(super) fn shown(&self) -> u64 {
        self.known.shown.load(Relaxed)
    }
}

/// What is known of the Context.
#[derive(Clone, Copy)]
pub(super) struct Known {
    /// The span that it had when something of ours became current, as its [`mark`]; 0 for none.
    pub(super) shown: u64,
    /// The trace of what we attached, if that is what it shows and it is recorded; else 0.
    pub(super) attached: u64,
    /// Attaching panicked.
    pub(super) refused: bool,
}

/// A [`Known`] that is written and read word by word, as [`TraceCell`](crate::ctx::TraceCell) is.
#[derive(Default)]
pub(super) struct KnownCell {
    shown: AtomicU64,
    attached: AtomicU64,
    refused: Cell<bool>,
}

impl KnownCell {
    const fn new() -> Self {
        Self { shown: AtomicU64::new(0), attached: AtomicU64::new(0), refused: Cell::new(false) }
    }

    #[inline(always)]
    pub(super) fn get(&self) -> Known {
        Known { shown: self.shown.load(Relaxed), attached: self.attached.load(Relaxed), refused: self.refused.get() }
    }

    #[inline(always)]
    pub(super) fn set(&self, Known { shown, attached, refused }: Known) {
        self.shown.store(shown, Relaxed);
        self.attached.store(attached, Relaxed);
        self.refused.set(refused);
    }
}

pub(super) fn begin_to_look() {
    MODE.fetch_or(LOOKING, Relaxed);
}

pub(super) fn begin_to_attach() {
    if MODE.fetch_or(ATTACHING, Relaxed) & ATTACHING == 0 {
        // What this thread is in has no Context of its own yet.
        thread::with(distrust);
    }
}

pub(super) fn begin_to_decide() {
    DECISIONS.store(true, Relaxed);
}

/// Every span that starts from now on has an OpenTelemetry Context of its own, so that all who read the Context see the
/// innermost span. Costs each span about as much as an OpenTelemetry SDK's does; see the [module](crate::otel).
pub fn set_exact() {
    begin_to_look();
    MODE.fetch_or(EXACT, Relaxed);
}

pub(crate) fn is_exact() -> bool {
    mode(EXACT)
}

/// Whether a panic on this thread is being contained: a panic hook has nothing to say of it.
#[doc(hidden)]
pub fn is_contained() -> bool {
    thread::with(|thread| thread.otel.contained.get())
}

/// Whether a recorded span of the current trace that becomes current gets no OpenTelemetry Context: none has any, or there is one of the trace
/// already, and foreign code made nothing current since we did.
#[inline(always)]
pub(crate) fn is_plain_here(thread: &Thread) -> bool {
    let known = thread.otel.known.get();
    match MODE.load(Relaxed) {
        0 => return true,
        LOOKING => {}
        mode if mode & EXACT == 0 && known.attached == of_trace(thread.trace.get().id) => {}
        _ => return false,
    }
    shows(thread) == known.shown
}

/// The same, seen at a glance: `false` says nothing.
#[inline(always)]
pub(crate) fn is_plainly_here(thread: &Thread) -> bool {
    let is_simple = MODE.load(Relaxed) == LOOKING && thread.otel.state.get() == Looks::Yes && thread.otel.shown() == 0;
    is_simple && Context::map_current(|context| !(context.has_active_span() | context.is_telemetry_suppressed()))
}

/// Whether foreign code made something current since we did.
#[inline(always)]
pub(crate) fn is_elsewhere(thread: &Thread) -> bool {
    mode(LOOKING) && shows(thread) != thread.otel.shown()
}

/// What that is.
#[inline]
pub(crate) fn elsewhere(thread: &Thread) -> Option<Snapshot> {
    if is_elsewhere(thread) {
        return there(thread);
    }
    let is_free = thread.trace.get().flags() & (VALID | DECIDED) == 0;
    if is_free && may_decide() { decided(thread) } else { None }
}

/// Whether a Context may say how a new trace is to be sampled.
#[inline]
pub(crate) fn may_decide() -> bool {
    DECISIONS.load(Relaxed)
}

#[cold]
fn decided(thread: &Thread) -> Option<Snapshot> {
    let looks = thread.otel.state.get() == Looks::Yes;
    if looks { Context::map_current(|context| carried_decision(context, thread)) } else { None }
}

#[cold]
fn there(thread: &Thread) -> Option<Snapshot> {
    // Within our own work nothing is traced, whatever is current.
    if thread.trace.get().flags() & MUTED != 0 {
        return None;
    }
    Some(Context::map_current(resolve))
}

/// The mark of the Context's span.
#[inline(always)]
pub(super) fn shows(thread: &Thread) -> u64 {
    if thread.otel.state.get() == Looks::Yes { Context::map_current(id_of) } else { first_look() }
}

/// Whether the Context says that nothing may be traced.
#[inline]
pub(crate) fn is_suppressed(thread: &Thread) -> bool {
    mode(LOOKING) && shows(thread) == SUPPRESSED
}

#[cold]
fn first_look() -> u64 {
    thread::with(|thread| {
        if thread.otel.state.get() == Looks::NoMore {
            return thread.otel.shown();
        }
        // Looking at a Context whose thread-local is gone panics, and here that may be in a destructor.
        let shown = contained(|| Context::map_current(id_of));
        let lives = shown.is_some() && frames::begin();
        thread.otel.state.set(if lives { Looks::Yes } else { Looks::NoMore });
        shown.unwrap_or_else(|| thread.otel.shown())
    })
}

/// What panics in here ends here, and our panic hook has nothing to say of it.
pub(crate) fn contained<R>(f: impl FnOnce() -> R) -> Option<R> {
    let flag = |is: bool| thread::with(|thread| thread.otel.contained.replace(is));
    let before = flag(true);
    let result = catch_unwind(AssertUnwindSafe(f)).ok();
    flag(before);
    result
}

/// What makes a span current.
#[derive(Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// A guard, which is the only one that its span ever has.
    Once,
    /// Its future, or whoever may enter it again.
    Again(Option<&'a Kept>),
    /// Somebody else, while it may be open elsewhere.
    Shared,
}

/// Something of ours became current, in place of what had these flags: what the Context shows from here on is known, and if
/// others may look at it, it is ours. Whether a Context was made for it.
#[inline]
pub(crate) fn entered(thread: &Thread, before: u16, entry: Entry<'_>) -> bool {
    if mode(LOOKING) {
        let now = shows(thread);
        let may = mode(EXACT | ATTACHING);
        if may || now != thread.otel.shown() || now == SUPPRESSED {
            return note(thread, now, before, entry);
        }
    }
    false
}

/// The same for a guard, where the Context has just been found to show what we know.
#[inline]
pub(crate) fn entered_here(thread: &Thread, before: u16) {
    if mode(EXACT | ATTACHING) {
        note(thread, thread.otel.shown(), before, Entry::Once);
    }
}

/// The Context's span may be locked while its caller's code runs: what that enters gets one of its own.
pub(super) fn distrust(thread: &Thread) {
    let trace = thread.trace.get();
    if trace.flags() & VALID != 0 {
        thread.trace.set(&trace.with_flags(trace.flags() | LOCKED));
    }
}

/// The caller has no lock any more.
pub(super) fn trust(thread: &Thread) {
    let trace = thread.trace.get();
    thread.trace.set(&trace.with_flags(trace.flags() & !LOCKED));
}
