//! What a Context says: which span it has, and which place in a trace that is.

use super::look::is_exact;
use super::places::{Key, find};
use super::propagator::Carried;
use crate::ctx::{ASK, COUNTED, DECIDED, MUTED, OWN_IDS, RANDOM, SAMPLED, SLOW, VALID};
use crate::id::SpanContext;
use crate::snapshot::Snapshot;
use crate::thread::Thread;
use crate::tracer;
use opentelemetry::Context;
use opentelemetry::trace::{self as api, TraceContextExt as _};

/// The bit of W3C's trace flags.
pub(super) const W3C_RANDOM: u8 = 2;

/// Stands for a Context in which nothing may be traced.
pub(super) const SUPPRESSED: u64 = u64::MAX;

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
    let key = key_of(theirs);
    carried(context).or_else(|| find(key)).unwrap_or_else(|| {
        let random = if theirs.trace_flags().to_u8() & W3C_RANDOM == 0 { 0 } else { RANDOM };
        let mut place = Snapshot::from(SpanContext::from(theirs));
        place.trace = place.trace.with_flags(place.trace.flags() | random);
        if theirs.is_remote() { place } else { place.local() }
    })
}

/// What a Context carries of the place of its span.
pub(super) fn carried(context: &Context) -> Option<Snapshot> {
    let key = key_of(context.span().span_context());
    let place = context.get::<Carried>().map(|carried| &carried.place)?;
    (place.span.id == key.span && place.trace.id == key.trace).then(|| place.clone())
}

/// Where nothing is current, a caller without a span may have decided on sampling.
pub(super) fn carried_decision(context: &Context, thread: &Thread) -> Option<Snapshot> {
    let is_free = thread.trace.get().flags() & (VALID | DECIDED) == 0 && !context.span().span_context().is_valid();
    let place = context.get::<Carried>().filter(|_| is_free).map(|carried| &carried.place)?;
    (place.trace.flags() & (VALID | DECIDED) == DECIDED).then(|| place.clone())
}

pub(super) fn key_of(theirs: &api::SpanContext) -> Key {
    let trace = u128::from_be_bytes(theirs.trace_id().to_bytes());
    Key {
        trace: [(trace >> 64) as u64, trace as u64],
        span: u64::from_be_bytes(theirs.span_id().to_bytes()),
        is_remote: theirs.is_remote(),
    }
}

/// The span's id alone, if it may be traced.
#[inline(always)]
pub(super) fn span_id_of(context: &Context) -> Option<u64> {
    let is_traced = context.has_active_span() && !context.is_telemetry_suppressed();
    is_traced.then(|| u64::from_be_bytes(context.span().span_context().span_id().to_bytes()))
}

pub(super) fn id_of(context: &Context) -> u64 {
    if context.is_telemetry_suppressed() {
        return SUPPRESSED;
    }
    if !context.has_active_span() {
        return 0;
    }
    let span = context.span();
    let key = key_of(span.span_context());
    mark(key.trace, key.span)
}

/// One word for a span. Those whose ids repeat in another trace differ.
pub(super) fn mark(trace: [u64; 2], span: u64) -> u64 {
    if span == 0 || trace == [0; 2] {
        return 0;
    }
    (span ^ of_trace(trace)).clamp(1, SUPPRESSED - 1)
}

/// One word for a trace.
pub(super) fn of_trace([high, low]: [u64; 2]) -> u64 {
    (high.rotate_left(21) ^ low.rotate_left(42)).max(1)
}

impl Snapshot {
    /// The same place, in this process: what starts there is no local root. Its own local root is not known.
    fn local(mut self) -> Self {
        let tracer = tracer::get(self.trace.tracer());
        let mut flags = self.trace.flags() & (VALID | SAMPLED | RANDOM);
        for (is, flag) in [
            (is_exact(), SLOW),
            (tracer.is_some_and(|tracer| flags & SAMPLED == 0 && tracer.declined() == COUNTED), COUNTED),
            (tracer.is_some_and(|tracer| tracer.sampler().asks_every_span()), ASK),
            (tracer.is_some_and(tracer::Tracer::has_own_ids), OWN_IDS),
        ] {
            flags |= if is { flag } else { 0 };
        }
        self.trace = self.trace.with_flags(flags).with_epoch(crate::clock::wall_epoch());
        self.trace.local_root = self.span.id;
        self
    }
}
