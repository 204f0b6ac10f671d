//! `uber-trace-id` and `jaeger-debug-id`: Jaeger's "Client Libraries", "Propagation Format".

use super::extracted::{Field, Found, SamplingState};
use super::text::{hex_up_to, trim};
use super::{Extractor, Injector, Outgoing};
use crate::id::{SpanContext, SpanId, TraceId};
use std::str::from_utf8;

pub(super) const TRACE_ID: &str = "uber-trace-id";
pub(super) const DEBUG_ID: &str = "jaeger-debug-id";

const SAMPLED: u128 = 1;
const DEBUG: u128 = 2;

/// The longest header: ids of 32, 16 and 16 digits, two of flags, and three separators as `%3A`.
const TRACE_ID_BYTES: usize = 32 + 16 + 16 + 2 + 3 * 3;
/// Jaeger knows no limit; this is as long as a sensible one gets.
const DEBUG_ID_BYTES: usize = 256;

pub(super) fn extract(carrier: &(impl Extractor + ?Sized)) -> Result<Option<Found>, Field> {
    let mut headers = carrier.get_all(TRACE_ID);
    let Some(first) = headers.next() else {
        return Ok(None);
    };
    let alone = headers.next().is_none();
    alone.then(|| trace_id(trim(first.as_ref()))).flatten().map(Some).ok_or(Field::Jaeger)
}

fn trace_id(header: &[u8]) -> Option<Found> {
    if header.len() > TRACE_ID_BYTES {
        return None;
    }
    // HTTP clients that url-encode values encode the separators with it.
    let text = from_utf8(header).ok()?.replace("%3A", ":").replace("%3a", ":");
    let mut parts = text.split(':').map(str::as_bytes);
    let mut number = |digits| hex_up_to(parts.next()?, digits);
    let trace_id = TraceId::from_u128(number(32)?);
    let span_id = SpanId::from_u64(number(16)? as u64);
    let _parent = number(16)?;
    let flags = number(2)?;
    let sampling = match (flags & DEBUG != 0, flags & SAMPLED != 0) {
        (true, _) => SamplingState::Force,
        (false, true) => SamplingState::Accept,
        (false, false) => SamplingState::Deny,
    };
    let context = SpanContext::remote(trace_id, span_id, sampling != SamplingState::Deny);
    let complete = parts.next().is_none() && context.is_valid();
    complete.then_some(Found { context: Some(context), sampling, random: false })
}

/// The text that asks for this request to be traced.
pub(super) fn debug_id(carrier: &(impl Extractor + ?Sized)) -> Result<Option<String>, Field> {
    let Some(header) = carrier.get_all(DEBUG_ID).next() else {
        return Ok(None);
    };
    let text = Some(trim(header.as_ref())).filter(|text| (1..=DEBUG_ID_BYTES).contains(&text.len()));
    let text = text.and_then(|text| from_utf8(text).ok()).filter(|text| !text.contains(char::is_control));
    text.map(|text| Some(text.to_owned())).ok_or(Field::Jaeger)
}

/// The parent's id is 0, which Jaeger ignores.
pub(super) fn inject(from: &Outgoing, carrier: &mut impl Injector) {
    let Some(context) = &from.context else {
        return;
    };
    let flags = match from.sampling {
        SamplingState::Defer | SamplingState::Deny => 0,
        SamplingState::Accept => SAMPLED,
        SamplingState::Force => SAMPLED | DEBUG,
    };
    carrier.set(TRACE_ID, &format!("{}:{}:0:{flags}", context.trace_id, context.span_id));
}
