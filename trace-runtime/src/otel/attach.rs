//! Making our spans current in the Context too, and undoing it.
//!
//! What has to be undone when an entry ends is a frame on a stack of its own, so that the plain case has nothing to save.

use super::look::{ATTACHING, Known, Looks, contained, is_exact, mode, shows};
use super::places::outlives;
use super::proxy::Proxy;
use super::resolve::{SUPPRESSED, mark, of_trace};
use crate::ctx::{ENTRIES, LOCKED, MUTED, Place, SAMPLED, SpanCtx, TraceCtx, VALID};
use crate::span::{Started, handle_of};
use crate::thread::{self, Thread};
use opentelemetry::trace::{self as api, TraceContextExt as _};
use opentelemetry::{Context, ContextGuard};
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;

/// What an entry changed.
struct Frame {
    entry: u64,
    before: Known,
    guard: Option<ContextGuard>,
    /// What it shows.
    place: (TraceCtx, SpanCtx),
    /// A future keeps the Context for its next poll.
    is_kept: bool,
}

impl Frame {
    /// Drops what the Context holds, which may be anybody's. Not while the frames are borrowed.
    fn end(self) {
        let Self { guard, place: (trace, span), is_kept, .. } = self;
        if guard.is_some() {
            drop(guard);
            if !is_kept || handle_of(&span).is_none() {
                outlives(trace, span);
            }
        }
    }
}

/// The Context that a future shows in each of its polls.
///
/// Nobody sees it but who attaches it, so a panic leaves nothing half done.
pub(crate) struct Kept(AssertUnwindSafe<Option<Box<Context>>>);

impl Kept {
    pub(crate) const NONE: Self = Self(AssertUnwindSafe(None));

    /// The poll that made `entry` is over and will not be the last: what it attached is for the next one too.
    #[cold]
    pub(crate) fn keep(&mut self, entry: u32) {
        thread::with(|thread| {
            let nth = thread.nth_entry(entry);
            let is_own = FRAMES.try_with(|frames| {
                let mut frames = frames.0.borrow_mut();
                let own = frames.last_mut().filter(|last| last.entry == nth && last.guard.is_some());
                own.map(|own| own.is_kept = true).is_some()
            });
            if is_own == Ok(true) && shows(thread) == thread.otel.shown() {
                *self.0 = Some(Box::new(Context::current()));
            }
        });
    }

    #[inline]
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// The future's span ends.
    #[inline]
    pub(crate) fn end(&mut self, started: &Started) {
        if self.0.is_some() {
            self.end_kept(started);
        }
    }

    #[cold]
    fn end_kept(&mut self, Started { trace, span }: &Started) {
        *self.0 = None;
        // In its poll, the Context is still attached: who leaves that tells.
        if thread::with(|thread| thread.span.id()) != span.id {
            outlives(*trace, *span);
        }
    }
}

#[derive(Default)]
struct Frames(RefCell<Vec<Frame>>);

thread_local! {
    static FRAMES: Frames = const { Frames(RefCell::new(Vec::new())) };
}

/// Made after the Context's own thread-local, this goes before it: nobody looks at what is gone.
impl Drop for Frames {
    fn drop(&mut self) {
        thread::with(|thread| {
            thread.otel.state.set(Looks::NoMore);
            thread.otel.frames.set(0);
        });
    }
}

/// Whether this thread can have frames: not while it is ending.
pub(super) fn begin() -> bool {
    FRAMES.try_with(|_| ()).is_ok()
}

/// See [`entered`](super::entered). The Context shows `now`.
#[inline(never)]
pub(super) fn note(thread: &Thread, now: u64, before: u16, kept: Option<&Kept>) -> bool {
    let (trace, span) = (thread.trace.get(), thread.span.get());
    let own = &thread.otel;
    let known = own.known.get();
    let differs = now != known.shown;
    let may = is_exact() || mode(ATTACHING) && !cfg!(panic = "abort");
    if !differs && !may && now != SUPPRESSED {
        return false;
    }
    if now == SUPPRESSED && trace.flags() & MUTED == 0 {
        // What is attached or polled where nothing may be traced does not trace either.
        thread.trace.set(&trace.with_flags(VALID | MUTED));
        thread.span.set(&SpanCtx { place: span.place, ..SpanCtx::NONE });
    }
    let recorded = trace.flags() & (SAMPLED | MUTED) == SAMPLED && span.slot.is_some();
    let is_attached =
        recorded && !differs && known.attached == of_trace(trace.id) && before & LOCKED == 0 && !is_exact();
    let can = now != SUPPRESSED && own.state.get() == Looks::Yes && !known.refused;
    // Where nothing is current, only another's span has to be covered. Samplers are asked inside of `map_current`.
    let needed = !is_attached && trace.flags() & MUTED == 0 && (trace.flags() & VALID != 0 || now != 0);
    let tried = may && can && needed;
    let is_kept = kept.is_some_and(|kept| kept.0.is_some());
    let guard = if tried { attach_contained(trace, span, kept) } else { None };
    if !differs && !tried {
        return false;
    }
    let refused = known.refused || tried && guard.is_none();
    // A Context that is attached too deep does not show.
    let shown = if guard.is_some() { shows(thread) } else { now };
    let is_ours = guard.is_some() && recorded && shown == mark(trace.id, span.id);
    let attached = match guard {
        Some(_) if is_ours => of_trace(trace.id),
        None if !differs => known.attached,
        _ => 0,
    };
    own.known.set(Known { shown, attached, refused });
    let is_fresh = is_ours && !is_kept;
    let frame =
        Frame { entry: thread.nth_entry(span.place.entry()), before: known, guard, place: (trace, span), is_kept };
    let pushed = FRAMES.try_with(|frames| frames.0.borrow_mut().push(frame));
    thread.span.set_framed();
    own.frames.set(own.frames.get() + u32::from(pushed.is_ok()));
    is_fresh
}

/// In a function that is called inside `Context::map_current`, attaching panics.
fn attach_contained(trace: TraceCtx, span: SpanCtx, kept: Option<&Kept>) -> Option<ContextGuard> {
    let context = match kept.and_then(|kept| kept.0.as_deref()) {
        Some(context) => context.clone(),
        None => Context::map_current(|current| {
            if trace.flags() & VALID != 0 && span.id != 0 {
                Proxy::in_context(current, trace, span)
            } else {
                current.with_remote_span_context(api::SpanContext::NONE)
            }
        }),
    };
    contained(|| context.attach())
}

/// What became current with this entry is no longer. `leaves`: nor is what was made current inside of it.
#[inline]
pub(crate) fn left(thread: &Thread, place: Place, leaves: bool) {
    if thread.otel.frames.get() > 0 {
        undo(thread, place.entry(), leaves);
    }
}

#[cold]
#[inline(never)]
fn undo(thread: &Thread, entry: u32, leaves: bool) {
    let is_own = |frame: &Frame| frame.entry as u32 & ENTRIES == entry;
    if !leaves {
        let taken = FRAMES.try_with(|frames| take_out(&mut frames.0.borrow_mut(), is_own));
        if let Ok(Some((frame, was_last))) = taken {
            thread.otel.frames.set(thread.otel.frames.get() - 1);
            if was_last {
                thread.otel.known.set(frame.before);
            }
            frame.end();
        }
        return;
    }
    let nth = thread.nth_entry(entry);
    let pop = || {
        FRAMES.try_with(|frames| {
            let mut frames = frames.0.borrow_mut();
            // Entries inside this one that were forgotten end with it.
            let ends = frames.last().is_some_and(|last| last.entry >= nth || is_own(last));
            if ends { frames.pop() } else { None }
        })
    };
    while let Ok(Some(frame)) = pop() {
        thread.otel.frames.set(thread.otel.frames.get() - 1);
        thread.otel.known.set(frame.before);
        frame.end();
    }
}

/// Takes out the frame of an entry around which others were left already. The next one goes back to what it would have.
fn take_out(frames: &mut Vec<Frame>, is_own: impl Fn(&Frame) -> bool) -> Option<(Frame, bool)> {
    let at = frames.iter().rposition(is_own)?;
    let frame = frames.remove(at);
    match frames.get_mut(at) {
        Some(next) => {
            next.before = frame.before;
            Some((frame, false))
        }
        None => Some((frame, true)),
    }
}
