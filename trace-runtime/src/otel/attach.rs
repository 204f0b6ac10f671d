//! Making our spans current in the Context too.

use super::frames;
use super::frames::Shows;
use super::look::{ATTACHING, Entry, Known, Looks, is_exact, mode, shows};
use super::places::{alone, is_open, outlives};
use super::proxy::Proxy;
use super::resolve::{SUPPRESSED, mark, of_trace, span_id_of};
use crate::ctx::{LOCKED, MUTED, OWN_IDS, SAMPLED, SpanCtx, VALID};
use crate::span::Started;
use crate::thread::{self, Thread};
use opentelemetry::Context;
use opentelemetry::trace::{self as api, TraceContextExt as _};
use std::panic::AssertUnwindSafe;

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
            if let Some(context) = frames::keep(thread, entry) {
                if shows(thread) == thread.otel.shown() {
                    *self.0 = Some(Box::new(context));
                }
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
        // In its poll, the Context may still be attached: who leaves that tells.
        if thread::with(|thread| thread.span.id()) != span.id {
            outlives(alone(trace, mark(trace.id, span.id)));
        }
    }
}

/// See [`entered`](super::entered). The Context shows `now`.
#[inline(never)]
pub(super) fn note(thread: &Thread, now: u64, before: u16, entry: Entry<'_>) -> bool {
    let kept = if let Entry::Again(kept) = entry { kept } else { None };
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
    if !differs && !tried {
        return false;
    }
    let context = tried.then_some(|| context_of(thread, kept));
    let mark = mark(trace.id, span.id);
    // What is in its bucket is its owner's to take out.
    let leaves = if matches!(entry, Entry::Shared) && is_open(mark) { 0 } else { alone(&trace, mark) };
    // Where ids repeat, another span may have that mark.
    let is_once = matches!(entry, Entry::Once) && trace.flags() & OWN_IDS == 0;
    let has_guard = frames::push(thread, known, Shows { leaves, is_kept, is_once }, context);
    let refused = known.refused || tried && !has_guard;
    let shown = if has_guard { shown_by_now(thread, span.id, mark) } else { now };
    let is_ours = has_guard && recorded && shown == mark;
    let attached = match has_guard {
        true if is_ours => of_trace(trace.id),
        false if !differs => known.attached,
        _ => 0,
    };
    own.known.set(Known { shown, attached, refused });
    is_ours && !is_kept
}

/// What the Context shows after something was attached for this span: mostly that. One that is attached too deep does not show.
#[inline(always)]
fn shown_by_now(thread: &Thread, id: u64, mark: u64) -> u64 {
    let is_so = id != 0 && Context::map_current(|context| span_id_of(context) == Some(id));
    if is_so { mark } else { shows(thread) }
}

#[inline(always)]
fn context_of(thread: &Thread, kept: Option<&Kept>) -> Context {
    if let Some(context) = kept.and_then(|kept| kept.0.as_deref()) {
        return context.clone();
    }
    // Put where it goes on: what a closure gives is moved twice.
    let mut context = Context::default();
    let (trace, span) = (thread.trace.get(), thread.span.get());
    Context::map_current(|current| {
        context = if trace.flags() & VALID != 0 && span.id != 0 {
            Proxy::in_context(current, trace, span)
        } else {
            current.with_remote_span_context(api::SpanContext::NONE)
        };
    });
    context
}
