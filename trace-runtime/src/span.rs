//! Starting and ending spans.

use crate::SpanLimits;
use crate::attribute::{Key, set_attribute};
use crate::block;
use crate::callsite::Callsite;
use crate::clock;
use crate::ctx::{
    ASK, DECIDED, DEFERRED, FORCED, HEAD_OFF, LOCKED, MUTED, OWN_IDS, Place, RANDOM, REMOTE, SAMPLED, SLOW, SpanCtx,
    TraceCtx, VALID,
};
use crate::current::{current, push_link};
use crate::export::COMPILED_OUT;
pub use crate::fields::Fields;
use crate::handle::Handle;
use crate::id::{Kind, SpanContext, SpanId, TraceId};
use crate::layout::{self, CALLSITE, COUNTS, END, HEAD, HEADER, LOCAL_ROOT, OF_TRACE, PARENT, SPAN, START, TRACE};
use crate::otel;
use crate::sampler::{Sampler, SamplingInput};
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::thread::{self, Thread};
use crate::tracer::{self, Tracer};
use crate::value::Value;

/// Which span a new one belongs under.
#[derive(Clone, Copy)]
pub(crate) enum Under<'a> {
    /// The one that is current.
    Current,
    /// None: a new trace.
    Nothing,
    /// None, but linked with the one that is current, both ways.
    Detached,
    /// This one.
    Given(&'a Snapshot),
}

/// What is to start.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) callsite: &'static Callsite,
    pub(crate) kind: Kind,
    /// In place of the callsite's name.
    pub(crate) name: Option<&'a str>,
    /// Attributes and links that a sampler may look at.
    pub(crate) details: Option<&'a dyn Fn() -> Details>,
}

/// See [`Wanted`].
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) attributes: Vec<(String, Value<'static>)>,
    pub(crate) links: Vec<SpanContext>,
}

/// A span that was started, not yet current anywhere.
pub(crate) struct Started {
    pub(crate) trace: TraceCtx,
    pub(crate) span: SpanCtx,
}

/// Starts a span. `None` if there is nothing to record and nothing to make current.
#[inline]
pub(crate) fn start(callsite: &'static Callsite, kind: Kind, under: Under<'_>) -> Option<Started> {
    if let Under::Detached = under {
        return start_detached(callsite, kind);
    }
    start_wanted(&Wanted { callsite, kind, name: None, details: None }, under)
}

#[inline]
pub(crate) fn start_wanted(wanted: &Wanted<'_>, under: Under<'_>) -> Option<Started> {
    thread::with(|thread| {
        let there;
        let (trace, span) = match under {
            Under::Current => {
                there = otel::elsewhere(thread);
                there
                    .as_ref()
                    .map_or_else(|| (thread.trace.get(), thread.span.get()), |there| (there.trace, there.span))
            }
            _ if otel::is_suppressed(thread) => return None,
            Under::Nothing | Under::Detached => {
                let now = thread.trace.get();
                (TraceCtx::of_tracer(now.tracer()).with_flags(now.flags() & MUTED), SpanCtx::NONE)
            }
            // Where nothing is traced, a parent from elsewhere changes nothing.
            Under::Given(_) if thread.trace.flags() & MUTED != 0 => return None,
            Under::Given(snapshot) => (snapshot.trace, snapshot.span),
        };
        start_under(thread, wanted, trace, span)
    })
}

/// For a call that makes no span under a given place: what it calls belongs there all the same.
pub(crate) fn stand_in(under: Under<'_>) -> Option<Started> {
    let Under::Given(Snapshot { trace, span }) = under else { return None };
    let is_muted = thread::with(|thread| thread.trace.flags() & MUTED != 0 || otel::is_suppressed(thread));
    if is_muted || trace.flags() & (VALID | SAMPLED | REMOTE) != VALID {
        return None;
    }
    block::hold(trace.block());
    let trace = trace.with_flags(trace.flags() & !LOCKED);
    Some(Started { trace, span: SpanCtx { slot: None, ..*span } })
}

#[inline(always)]
fn start_under(thread: &Thread, wanted: &Wanted<'_>, trace: TraceCtx, parent: SpanCtx) -> Option<Started> {
    let trace = trace.with_flags(trace.flags() & !LOCKED);
    if trace.flags() & (VALID | SAMPLED | REMOTE | ASK | OWN_IDS) == VALID | SAMPLED {
        let span = child(thread, wanted.callsite, wanted.kind, &trace, parent.id);
        return Some(Started { trace, span });
    }
    new_trace(thread, wanted.callsite, wanted.kind, &trace).or_else(|| start_asking(thread, wanted, trace, parent))
}

/// The first span of a trace, where nobody has to be asked for it: what most local roots are.
#[inline(always)]
pub(crate) fn new_trace(thread: &Thread, callsite: &'static Callsite, kind: Kind, base: &TraceCtx) -> Option<Started> {
    let is_free = base.flags() == 0 && base.block() == 0;
    let tracer = tracer::get(base.tracer()).filter(|tracer| is_free && tracer.is_plain())?;
    let mut trace = base.with_epoch(clock::wall_epoch());
    trace.id = thread.new_trace_id();
    let id = thread.new_span_id();
    trace.local_root = id;
    let slow = if otel::is_exact() { SLOW } else { 0 };
    let sampled = tracer.sampler().built_in(trace.id[1], None) == Some(true);
    if !sampled && tracer.declined() & SAMPLED == 0 {
        let trace = trace.with_flags(VALID | RANDOM | slow | tracer.declined());
        return Some(Started { trace, span: SpanCtx { id, ..SpanCtx::NONE } });
    }
    let off = if sampled { 0 } else { HEAD_OFF };
    let trace = trace.with_flags(VALID | SAMPLED | RANDOM | slow | off);
    let span = open(thread, callsite, kind, &trace, id, 0, 0);
    Some(Started { trace, span })
}

/// A new trace whose first span and the current one link to each other.
#[cold]
fn start_detached(callsite: &'static Callsite, kind: Kind) -> Option<Started> {
    let started = start(callsite, kind, Under::Nothing)?;
    if let (Some(caller), Some(handle)) = (current(), handle_of(&started.span)) {
        caller.add_link(&context(&started.trace, &started.span));
        push_link(handle, &caller.context());
    }
    Some(started)
}

/// A recorded child under the same trace context.
#[inline(always)]
pub(crate) fn child(
    thread: &Thread,
    callsite: &'static Callsite,
    kind: Kind,
    trace: &TraceCtx,
    parent: u64,
) -> SpanCtx {
    let id = thread.new_span_id();
    open(thread, callsite, kind, trace, id, parent, 0)
}

#[inline(always)]
fn open(
    thread: &Thread,
    callsite: &'static Callsite,
    kind: Kind,
    trace: &TraceCtx,
    id: u64,
    parent: u64,
    flags: u16,
) -> SpanCtx {
    let Some(slot) = thread.take_slot() else {
        return refused(trace.tracer(), id);
    };
    // Gathered first, and written after the clock was read: while that takes its time, the processor goes on.
    let mut header = [0; HEADER];
    header[HEAD] = u64::from(kind as u8) << 32 | u64::from(flags | trace.flags() & OF_TRACE) << 48;
    header[CALLSITE] = u64::from(callsite.id()) | u64::from(trace.block()) << 32;
    header[TRACE] = trace.id[0];
    header[TRACE + 1] = trace.id[1];
    header[SPAN] = id;
    header[PARENT] = parent;
    header[LOCAL_ROOT] = trace.local_root;
    header[END] = u64::from(trace.tracer()) << 32;
    header[COUNTS] = u64::from(trace.epoch()) << 48;
    block::hold(trace.block());
    header[START] = clock::now();
    let generation = slot.open(header);
    SpanCtx { id, slot: Some(slot), place: Place::owner(generation) }
}

#[cold]
fn refused(tracer: u32, id: u64) -> SpanCtx {
    if let Some(tracer) = tracer::get(tracer) {
        tracer.count_too_many_open();
    }
    SpanCtx { id, ..SpanCtx::NONE }
}

/// Other local roots, unsampled spans, and spans that a sampler or a generator of ids wants to be asked for.
#[cold]
#[inline(never)]
fn start_asking(thread: &Thread, wanted: &Wanted<'_>, base: TraceCtx, under: SpanCtx) -> Option<Started> {
    let has_parent = base.flags() & VALID != 0;
    let in_process = has_parent && base.flags() & REMOTE == 0;
    let recorded = base.flags() & (SAMPLED | OWN_IDS) == SAMPLED | OWN_IDS;
    if base.flags() & MUTED != 0 || in_process && base.flags() & ASK == 0 && !recorded {
        return None;
    }
    let tracer = tracer::get(base.tracer()).filter(|tracer| !tracer.is_closed())?;
    let mut trace = base;
    let id = tracer.span_id().unwrap_or_else(|| thread.new_span_id());
    if in_process && base.flags() & ASK == 0 {
        let span = open(thread, wanted.callsite, wanted.kind, &trace, id, under.id, 0);
        return Some(Started { trace, span });
    }
    if !in_process {
        trace.local_root = id;
        trace = trace.with_epoch(clock::wall_epoch());
    }
    if !has_parent {
        let given = tracer.trace_id();
        trace.id = given.unwrap_or_else(|| thread.new_trace_id());
        let random = if given.is_none() { RANDOM } else { 0 };
        trace = trace.with_flags(trace.flags() & !RANDOM | random);
    }
    let flags = if has_parent && !in_process { layout::REMOTE_PARENT } else { 0 };
    // Until the span has its own, or for as long as it is unsampled, it holds the block like this.
    block::hold(base.block());
    let plan = Plan { wanted, trace, id, parent: under.id, flags, declined: tracer.declined() };
    let decision = match tracer.sampler() {
        Sampler::AlwaysOff => Some(false),
        _ if base.flags() & FORCED != 0 => Some(true),
        sampler => sampler.built_in(trace.id[1], callers_decision(base.flags())),
    };
    let own_ids = if tracer.has_own_ids() { OWN_IDS } else { 0 };
    Some(match decision {
        Some(sampled) => plan.begin(thread, sampled, own_ids),
        None => plan.ask(thread, tracer, own_ids, has_parent.then(|| context(&base, &under)).as_ref()),
    })
}

/// What the parent, or a caller without a span, said about sampling.
fn callers_decision(flags: u16) -> Option<bool> {
    let decided = if flags & VALID != 0 { flags & DEFERRED == 0 } else { flags & DECIDED != 0 };
    decided.then_some(flags & SAMPLED != 0)
}

/// A span about which all is known but whether it is sampled.
struct Plan<'a> {
    wanted: &'a Wanted<'a>,
    trace: TraceCtx,
    id: u64,
    parent: u64,
    flags: u16,
    /// What it is if the sampler says no.
    declined: u16,
}

impl Plan<'_> {
    #[inline(always)]
    fn begin(self, thread: &Thread, sampled: bool, flags: u16) -> Started {
        let Self { wanted: Wanted { callsite, kind, .. }, trace, id, parent, .. } = self;
        let slow = if otel::is_exact() { SLOW } else { 0 };
        let off = if sampled { 0 } else { HEAD_OFF };
        let flags = flags | slow | VALID | trace.flags() & (RANDOM | FORCED);
        if !sampled && self.declined & SAMPLED == 0 {
            let trace = trace.with_flags(flags | self.declined);
            return Started { trace, span: SpanCtx { id, ..SpanCtx::NONE } };
        }
        let trace = trace.with_flags(flags | SAMPLED | off);
        let span = open(thread, callsite, *kind, &trace, id, parent, self.flags);
        block::let_go(trace.block());
        Started { trace, span }
    }

    #[cold]
    #[inline(never)]
    fn ask(mut self, thread: &Thread, tracer: &Tracer, flags: u16, parent: Option<&SpanContext>) -> Started {
        let Wanted { callsite, kind, name, details } = *self.wanted;
        let Details { attributes, links } = details.map(|details| details()).unwrap_or_default();
        let input = SamplingInput {
            trace_id: trace_id(&self.trace),
            parent,
            name: name.unwrap_or_else(|| callsite.name()),
            kind,
            attributes: &attributes,
            links: &links,
        };
        let decision = tracer.ask(&input);
        if let Some(state) = &decision.trace_state {
            let block = block::new(state, block::baggage(self.trace.block()));
            block::let_go(self.trace.block());
            self.trace = self.trace.with_block(block);
        }
        let asks = if tracer.sampler().asks_every_span() { ASK } else { 0 };
        let started = self.begin(thread, decision.sampled, asks | flags);
        if let Some(handle) = handle_of(&started.span) {
            for (key, value) in &decision.attributes {
                set_attribute(handle, Key::Loose(key), value);
            }
        }
        started
    }
}

pub(crate) fn trace_id(trace: &TraceCtx) -> TraceId {
    TraceId::from_u128(u128::from(trace.id[0]) << 64 | u128::from(trace.id[1]))
}

/// The public form of what is current.
pub(crate) fn context(trace: &TraceCtx, span: &SpanCtx) -> SpanContext {
    SpanContext {
        trace_id: trace_id(trace),
        span_id: SpanId::from_u64(span.id),
        sampled: trace.flags() & (SAMPLED | HEAD_OFF) == SAMPLED,
        is_remote: trace.flags() & REMOTE != 0,
        trace_state: block::trace_state(trace.block()).map(|state| state.to_string()).unwrap_or_default(),
    }
}

#[inline]
pub(crate) fn handle_of(span: &SpanCtx) -> Option<Handle> {
    if COMPILED_OUT {
        return None;
    }
    let handle = Handle::new(span.slot?, span.place);
    handle.is_open().then_some(handle)
}

/// Ends the span: its record is written and its slot is free. Stale handles do nothing.
#[inline]
pub(crate) fn end(slot: &'static Slot, generation: u32) {
    if slot.is_open(generation) {
        end_open(slot, generation, clock::now());
    }
}

/// The same at that many ticks, if it is said.
pub(crate) fn end_at(slot: &'static Slot, generation: u32, ticks: Option<u64>) {
    if slot.is_open(generation) {
        end_open(slot, generation, ticks.unwrap_or_else(clock::now));
    }
}

#[inline(always)]
fn end_open(slot: &'static Slot, generation: u32, ticks: u64) {
    thread::with(|thread| thread.end(slot, generation, ticks));
}

/// Ends what [`start`] gave.
pub(crate) fn end_started(started: &Started) {
    match started.span.slot {
        Some(slot) => end(slot, started.span.place.generation()),
        None if started.trace.flags() & SAMPLED == 0 => block::let_go(started.trace.block()),
        None => {}
    }
}

/// The limits of a tracer's spans.
#[inline]
pub(crate) fn limits(tracer: u32) -> &'static SpanLimits {
    static UNKNOWN: SpanLimits = SpanLimits::DEFAULT;
    tracer::get(tracer).map_or(&UNKNOWN, Tracer::limits)
}
