//! `traceparent` and `tracestate`: W3C Trace Context level 2, "Trace Context HTTP Request Headers Format".

use super::extracted::{Field, Found, SamplingState};
use super::text::{hex, take, trim};
use super::{Extractor, Injector, Outgoing};
use crate::id::{SpanContext, SpanId, TraceId};
use std::iter;
use std::str::from_utf8;

pub(super) const TRACEPARENT: &str = "traceparent";
pub(super) const TRACESTATE: &str = "tracestate";

const SAMPLED: u8 = 1;
const RANDOM: u8 = 2;

/// List members of a `tracestate`, empty ones included.
const MEMBERS: usize = 32;
/// Characters of a key, and of a value.
const PART: usize = 256;
/// Bytes of all headers together: the longest list there is without optional white space.
const TRACESTATE_BYTES: usize = MEMBERS * (PART + 1 + PART) + MEMBERS - 1;

/// The caller's span. A list that is invalid is left out and noted; the parent counts all the same.
pub(super) fn extract(
    carrier: &(impl Extractor + ?Sized),
    malformed: &mut impl FnMut(Field),
) -> Result<Option<Found>, Field> {
    let mut headers = carrier.get_all(TRACEPARENT);
    let Some(first) = headers.next() else {
        return Ok(None);
    };
    // Two of them would combine to one with a comma, which no version allows.
    let alone = headers.next().is_none();
    let parent = alone.then(|| traceparent(first.as_ref())).flatten().ok_or(Field::Traceparent)?;
    let trace_state = tracestate(carrier.get_all(TRACESTATE)).unwrap_or_else(|| {
        malformed(Field::Tracestate);
        String::new()
    });
    let sampled = parent.flags & SAMPLED != 0;
    let context = SpanContext { trace_state, ..SpanContext::remote(parent.trace_id, parent.span_id, sampled) };
    let sampling = if sampled { SamplingState::Accept } else { SamplingState::Deny };
    Ok(Some(Found { context: Some(context), sampling, random: parent.flags & RANDOM != 0 }))
}

/// Always as version 00, with no other flags than those it knows.
pub(super) fn inject(from: &Outgoing, carrier: &mut impl Injector) {
    let Some(SpanContext { trace_id, span_id, trace_state, .. }) = &from.context else {
        return;
    };
    let sampled = u8::from(matches!(from.sampling, SamplingState::Accept | SamplingState::Force));
    let flags = (sampled * SAMPLED) | (u8::from(from.random) * RANDOM);
    carrier.set(TRACEPARENT, &format!("00-{trace_id}-{span_id}-{flags:02x}"));
    // Programs and samplers write lists too, so this is where it must be a legal one.
    match tracestate(iter::once(trace_state)).filter(|list| !list.is_empty()) {
        Some(list) => carrier.set(TRACESTATE, &list),
        None => carrier.remove(TRACESTATE),
    }
}

struct Traceparent {
    trace_id: TraceId,
    span_id: SpanId,
    flags: u8,
}

fn traceparent(header: &[u8]) -> Option<Traceparent> {
    let mut rest = trim(header);
    let version = hex(take(&mut rest, 2)?, 2)?;
    let dash = |rest: &mut &[u8]| (take(rest, 1)? == b"-").then_some(());
    dash(&mut rest)?;
    let trace_id = TraceId::from_u128(hex(take(&mut rest, 32)?, 32)?);
    dash(&mut rest)?;
    let span_id = SpanId::from_u64(hex(take(&mut rest, 16)?, 16)? as u64);
    dash(&mut rest)?;
    let flags = hex(take(&mut rest, 2)?, 2)? as u8;
    // Later versions may add fields, after another dash. They are not looked at.
    let ends = rest.is_empty() || version > 0 && rest.starts_with(b"-");
    let valid = version != 0xff && ends && !trace_id.is_zero() && !span_id.is_zero();
    valid.then_some(Traceparent { trace_id, span_id, flags })
}

/// The combined list without empty members and optional white space; of entries with one key the left-most, which is the
/// most recent. `None` if it is invalid. At most [`TRACESTATE_BYTES`] are looked at.
fn tracestate(headers: impl Iterator<Item: AsRef<[u8]>>) -> Option<String> {
    let mut list = String::new();
    let (mut members, mut bytes) = (0, 0);
    for header in headers {
        let header = header.as_ref();
        bytes += usize::from(bytes > 0) + header.len();
        if bytes > TRACESTATE_BYTES {
            return None;
        }
        for member in header.split(|byte| *byte == b',') {
            members += 1;
            if members > MEMBERS {
                return None;
            }
            push_member(&mut list, trim(member))?;
        }
    }
    Some(list)
}

fn push_member(list: &mut String, member: &[u8]) -> Option<()> {
    if member.is_empty() {
        return Some(());
    }
    let equals = member.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (member.get(..equals)?, member.get(equals + 1..)?);
    if !is_key(key) || !is_value(value) {
        return None;
    }
    let (key, value) = (from_utf8(key).ok()?, from_utf8(value).ok()?);
    let known = list.split(',').any(|entry| entry.strip_prefix(key).is_some_and(|rest| rest.starts_with('=')));
    if !known {
        let comma = if list.is_empty() { "" } else { "," };
        list.extend([comma, key, "=", value]);
    }
    Some(())
}

/// Level 2 has one rule for all keys; the `tenant@system` of level 1 is a case of it.
fn is_key(key: &[u8]) -> bool {
    let begins = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.len() <= PART
        && key.first().is_some_and(begins)
        && key.iter().all(|byte| begins(byte) || b"_-*/@".contains(byte))
}

/// Leading spaces belong to the value; trailing ones were trimmed.
fn is_value(value: &[u8]) -> bool {
    let legal = |byte: &u8| matches!(byte, 0x20..=0x7e) && !b",=".contains(byte);
    (1..=PART).contains(&value.len()) && value.iter().all(legal)
}
