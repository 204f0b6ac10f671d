//! Calls without a span whose cost is counted: those that are not sampled, if the tracer was asked for it.
//!
//! Below an unsampled span that has [`COUNTED`] a call reads the clock twice and writes two words. What it has in between lies in its guard or future.

use crate::clock;
use crate::ctx::{COUNTED, MUTED, Place, SAMPLED, SpanCtx, TraceCtx, VALID};
use crate::layout::{CALL, CALL_FAILED, CALLSITE, END, PARENT, START};
use crate::otel;
use crate::slot::Slot;
use crate::span::Under;
use crate::thread::{self, Thread};
use crate::tracer::Tracer;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A call that was not sampled, and what it cost; see [`TracerConfig::calls`](crate::export::TracerConfig::calls).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CountedCall {
    /// The callsite's number; see [`Record::callsite_id`](crate::export::Record::callsite_id).
    pub callsite_id: u32,
    /// From its start to its end; to the seventh digit.
    pub nanos: u64,
    /// The same without counted calls that it made.
    pub own_nanos: u64,
    /// It returned an error, or panicked.
    pub failed: bool,
}

/// A counted call under way.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    /// Ticks.
    start: u64,
    callsite: u32,
    tracer: u32,
}

/// Whether the calls below this are counted.
#[inline]
pub(crate) fn counts(trace: &TraceCtx) -> bool {
    trace.flags() & (VALID | COUNTED | SAMPLED | MUTED) == VALID | COUNTED
}

/// Some tracer counts calls.
static ANY: AtomicBool = AtomicBool::new(false);

/// From now on some tracer counts calls.
pub(crate) fn begin() {
    ANY.store(true, Relaxed);
}

/// The tracer that counts a call in this place, which makes no span and changes nothing that is current.
#[inline]
pub(crate) fn tracer_under(under: Under<'_>) -> Option<u32> {
    if ANY.load(Relaxed) && matches!(under, Under::Current) { tracer_here() } else { None }
}

#[cold]
fn tracer_here() -> Option<u32> {
    let trace = thread::with(|thread| otel::elsewhere(thread).map_or_else(|| thread.trace.get(), |there| there.trace));
    counts(&trace).then(|| trace.tracer())
}

impl Call {
    #[inline]
    pub(crate) fn begin(callsite: u32, tracer: u32) -> Self {
        Self { start: clock::now(), callsite, tracer }
    }

    /// Ends a call. Those inside of it are in [`Thread::inside`]; `outer` was there before, and it becomes one of those.
    #[inline]
    pub(crate) fn end(self, thread: &Thread, outer: u64, failed: bool) {
        let ticks = clock::now().saturating_sub(self.start);
        let inside = thread.inside.replace(outer.wrapping_add(ticks));
        thread.record_call(self.tracer, self.callsite, ticks, ticks.saturating_sub(inside), failed);
    }

    /// In the words that a guard has for its span and the one before.
    #[inline]
    pub(crate) fn in_guard(self, outer: u64) -> (Place, SpanCtx) {
        let who = u64::from(self.callsite) | u64::from(self.tracer) << 32;
        (Place::of_word(who), SpanCtx { id: self.start, slot: None, place: Place::of_word(outer) })
    }

    /// The call and `outer` from there.
    #[inline]
    pub(crate) fn of_guard(place: Place, previous: &SpanCtx) -> (Self, u64) {
        let who = place.word();
        (Self { start: previous.id, callsite: who as u32, tracer: (who >> 32) as u32 }, previous.place.word())
    }

    /// In a slot that is not open.
    pub(crate) fn put_into(self, slot: &Slot, outer: u64) {
        slot.set_word(CALLSITE, u64::from(self.callsite));
        slot.set_word(END, u64::from(self.tracer) << 32);
        slot.set_word(START, self.start);
        slot.set_word(PARENT, outer);
    }

    /// The call and `outer` from there.
    pub(crate) fn of_slot(slot: &Slot) -> (Self, u64) {
        let call = Self { start: slot.word(START), callsite: slot.callsite(), tracer: slot.tracer() };
        (call, slot.word(PARENT))
    }
}

/// Calls as they are read.
pub(crate) struct Calls<'a> {
    tracer: &'a Tracer,
    nanos_a_tick: f64,
    waiting: Vec<CountedCall>,
}

/// Calls that are passed on together.
const AT_ONCE: usize = 1024;

impl<'a> Calls<'a> {
    pub(crate) fn new(tracer: &'a Tracer, nanos_a_tick: f64) -> Self {
        Self { tracer, nanos_a_tick, waiting: Vec::new() }
    }

    pub(crate) fn push(&mut self, words: [u64; CALL]) {
        let [head, times] = words;
        let nanos = |ticks: u64| (f64::from(f32::from_bits(ticks as u32)) * self.nanos_a_tick).round() as u64;
        let nanos = [nanos(times), nanos(times >> 32)];
        self.waiting.push(CountedCall {
            callsite_id: (head >> 32) as u32,
            nanos: nanos[0],
            own_nanos: nanos[1].min(nanos[0]),
            failed: head & CALL_FAILED != 0,
        });
        if self.waiting.len() >= AT_ONCE {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        if !self.waiting.is_empty() {
            self.tracer.pass_on(&self.waiting);
            self.waiting.clear();
        }
    }
}

/// Also when a reader of spans panics.
impl Drop for Calls<'_> {
    fn drop(&mut self) {
        self.pass_on();
    }
}
