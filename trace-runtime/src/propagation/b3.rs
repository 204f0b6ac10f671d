//! `b3` and `x-b3-*`: the B3 propagation specification of Zipkin, as OpenTelemetry's "B3 Requirements" want it.

use super::extracted::{Field, Found, SamplingState};
use super::text::{hex, trim};
use super::{Extractor, Injector, Outgoing};
use crate::id::{SpanContext, SpanId, TraceId};

pub(super) const SINGLE: &str = "b3";
pub(super) const TRACE_ID: &str = "x-b3-traceid";
pub(super) const SPAN_ID: &str = "x-b3-spanid";
pub(super) const PARENT_SPAN_ID: &str = "x-b3-parentspanid";
pub(super) const SAMPLED: &str = "x-b3-sampled";
pub(super) const FLAGS: &str = "x-b3-flags";

/// The longest single header: two ids, the state, the parent's id and three dashes.
const SINGLE_BYTES: usize = 32 + 16 + 1 + 16 + 3;

/// The single header goes before the others. Of fields that repeat the first counts.
pub(super) fn extract(
    carrier: &(impl Extractor + ?Sized),
    malformed: &mut impl FnMut(Field),
) -> Result<Option<Found>, Field> {
    if let Some(header) = carrier.get_all(SINGLE).next() {
        match single(trim(header.as_ref())) {
            Some(found) => return Ok(Some(found)),
            None => malformed(Field::B3),
        }
    }
    several(carrier)
}

fn single(header: &[u8]) -> Option<Found> {
    if header.len() > SINGLE_BYTES {
        return None;
    }
    let mut parts = header.split(|byte| *byte == b'-');
    let first = parts.next()?;
    let Some(span_id) = parts.next() else {
        let sampling = state(first)?;
        return Some(Found { context: None, sampling, random: false });
    };
    let sampling = parts.next().map_or(Some(SamplingState::Defer), state)?;
    let has_parent = parts.next().is_none_or(|parent| hex(parent, 16).is_some());
    let complete = has_parent && parts.next().is_none();
    complete.then(|| found(first, span_id, sampling)).flatten()
}

fn state(text: &[u8]) -> Option<SamplingState> {
    Some(match text {
        b"0" => SamplingState::Deny,
        b"1" => SamplingState::Accept,
        b"d" => SamplingState::Force,
        _ => return None,
    })
}

fn several(carrier: &(impl Extractor + ?Sized)) -> Result<Option<Found>, Field> {
    let get = |name| first(carrier, name);
    let (trace_id, span_id, parent) = (get(TRACE_ID), get(SPAN_ID), get(PARENT_SPAN_ID));
    let sampling = match (get(FLAGS).as_deref(), get(SAMPLED).as_deref()) {
        (Some(b"1"), _) => SamplingState::Force,
        (_, None) => SamplingState::Defer,
        // Tracers from before the specification wrote words.
        (_, Some(b"1" | b"true")) => SamplingState::Accept,
        (_, Some(b"0" | b"false")) => SamplingState::Deny,
        _ => return Err(Field::B3),
    };
    if parent.is_some_and(|parent| hex(&parent, 16).is_none()) {
        return Err(Field::B3);
    }
    match (trace_id, span_id) {
        (None, None) if sampling == SamplingState::Defer => Ok(None),
        (None, None) => Ok(Some(Found { context: None, sampling, random: false })),
        (Some(trace_id), Some(span_id)) => found(&trace_id, &span_id, sampling).map(Some).ok_or(Field::B3),
        _ => Err(Field::B3),
    }
}

/// A copy of the field's value, with at most one byte more than any legal value has.
fn first(carrier: &(impl Extractor + ?Sized), name: &str) -> Option<Vec<u8>> {
    let value = carrier.get_all(name).next()?;
    Some(trim(value.as_ref()).iter().copied().take(33).collect())
}

fn found(trace_id: &[u8], span_id: &[u8], sampling: SamplingState) -> Option<Found> {
    let trace_id = TraceId::from_u128(hex(trace_id, 32).or_else(|| hex(trace_id, 16))?);
    let span_id = SpanId::from_u64(hex(span_id, 16)? as u64);
    let sampled = matches!(sampling, SamplingState::Accept | SamplingState::Force);
    let context = SpanContext::remote(trace_id, span_id, sampled);
    context.is_valid().then_some(Found { context: Some(context), sampling, random: false })
}

pub(super) fn inject_single(from: &Outgoing, carrier: &mut impl Injector) {
    let state = match from.sampling {
        SamplingState::Defer => "",
        SamplingState::Deny => "0",
        SamplingState::Accept => "1",
        SamplingState::Force => "d",
    };
    match &from.context {
        Some(context) => {
            let dash = if state.is_empty() { "" } else { "-" };
            carrier.set(SINGLE, &format!("{}-{}{dash}{state}", context.trace_id, context.span_id));
        }
        None if state.is_empty() => {}
        None => carrier.set(SINGLE, state),
    }
}

/// Without the parent's id: OpenTelemetry does not share span ids between client and server.
pub(super) fn inject_several(from: &Outgoing, carrier: &mut impl Injector) {
    if from.context.is_none() && from.sampling == SamplingState::Defer {
        return;
    }
    for name in [TRACE_ID, SPAN_ID, PARENT_SPAN_ID, SAMPLED, FLAGS] {
        carrier.remove(name);
    }
    if let Some(context) = &from.context {
        carrier.set(TRACE_ID, &context.trace_id.to_string());
        carrier.set(SPAN_ID, &context.span_id.to_string());
    }
    match from.sampling {
        SamplingState::Defer => {}
        SamplingState::Deny => carrier.set(SAMPLED, "0"),
        SamplingState::Accept => carrier.set(SAMPLED, "1"),
        SamplingState::Force => carrier.set(FLAGS, "1"),
    }
}
