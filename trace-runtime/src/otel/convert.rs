//! Conversions to and from the types of the `opentelemetry` API (feature `otel`).

use super::resolve::W3C_RANDOM;
use crate::ctx::{HEAD_OFF, RANDOM, REMOTE, SAMPLED, SpanCtx, TraceCtx};
use crate::id::{Kind, SpanContext, SpanId, TraceId};
use crate::span::context;
use crate::value::Value;
use opentelemetry::trace as api;

impl From<TraceId> for api::TraceId {
    fn from(id: TraceId) -> Self {
        Self::from_bytes(id.to_bytes())
    }
}

impl From<api::TraceId> for TraceId {
    fn from(id: api::TraceId) -> Self {
        Self::from_bytes(id.to_bytes())
    }
}

impl From<SpanId> for api::SpanId {
    fn from(id: SpanId) -> Self {
        Self::from_bytes(id.to_bytes())
    }
}

impl From<api::SpanId> for SpanId {
    fn from(id: api::SpanId) -> Self {
        Self::from_bytes(id.to_bytes())
    }
}

/// A `tracestate` that the OpenTelemetry API does not accept is left out.
impl From<&SpanContext> for api::SpanContext {
    fn from(context: &SpanContext) -> Self {
        api_context(context, false)
    }
}

/// With W3C's random flag, for which [`SpanContext`] has no room.
pub(super) fn api_context(context: &SpanContext, random: bool) -> api::SpanContext {
    let flags = api::TraceFlags::new(u8::from(context.sampled) | if random { W3C_RANDOM } else { 0 });
    // Parsing nothing costs as much as parsing something.
    let state = if context.trace_state.is_empty() {
        api::TraceState::NONE
    } else {
        context.trace_state.parse().unwrap_or_default()
    };
    api::SpanContext::new(context.trace_id.into(), context.span_id.into(), flags, context.is_remote, state)
}

/// The same of what is current.
#[inline]
pub(super) fn api_context_of(trace: &TraceCtx, span: &SpanCtx) -> api::SpanContext {
    let flags = trace.flags();
    if trace.block() != 0 {
        return api_context(&context(trace, span), flags & RANDOM != 0);
    }
    let sampled = flags & (SAMPLED | HEAD_OFF) == SAMPLED;
    let trace_flags = api::TraceFlags::new(u8::from(sampled) | if flags & RANDOM == 0 { 0 } else { W3C_RANDOM });
    let (trace_id, id) = (crate::span::trace_id(trace).to_bytes(), span.id.to_be_bytes());
    let (trace_id, id) = (api::TraceId::from_bytes(trace_id), api::SpanId::from_bytes(id));
    api::SpanContext::new(trace_id, id, trace_flags, flags & REMOTE != 0, api::TraceState::NONE)
}

impl From<&api::SpanContext> for SpanContext {
    fn from(context: &api::SpanContext) -> Self {
        Self {
            trace_id: context.trace_id().into(),
            span_id: context.span_id().into(),
            sampled: context.is_sampled(),
            is_remote: context.is_remote(),
            trace_state: context.trace_state().header(),
        }
    }
}

/// A value of the OpenTelemetry API. `None` for kinds of values that came after this was written.
pub fn to_value(theirs: opentelemetry::Value) -> Option<Value<'static>> {
    use opentelemetry::{Array, Value as Theirs};
    let text = |text: opentelemetry::StringValue| Value::Str(String::from(text).into());
    Some(match theirs {
        Theirs::Bool(bool) => Value::Bool(bool),
        Theirs::I64(int) => Value::Int(int),
        Theirs::F64(float) => Value::Double(float),
        Theirs::String(theirs) => text(theirs),
        Theirs::Array(Array::Bool(values)) => Value::Array(values.into_iter().map(Value::Bool).collect()),
        Theirs::Array(Array::I64(values)) => Value::Array(values.into_iter().map(Value::Int).collect()),
        Theirs::Array(Array::F64(values)) => Value::Array(values.into_iter().map(Value::Double).collect()),
        Theirs::Array(Array::String(values)) => Value::Array(values.into_iter().map(text).collect()),
        _ => return None,
    })
}

/// The same value in the types of the OpenTelemetry API. An array of values of several types becomes one of text.
pub fn from_value(value: Value<'static>) -> opentelemetry::Value {
    use opentelemetry::{Array, StringValue};
    let array = |values: Vec<Value<'static>>| match values.first() {
        Some(Value::Bool(_)) if values.iter().all(|value| matches!(value, Value::Bool(_))) => {
            Array::Bool(values.iter().map(|value| matches!(value, Value::Bool(true))).collect())
        }
        Some(Value::Int(_)) if values.iter().all(|value| matches!(value, Value::Int(_))) => Array::I64(
            values.iter().filter_map(|value| if let Value::Int(int) = value { Some(*int) } else { None }).collect(),
        ),
        Some(Value::Double(_)) if values.iter().all(|value| matches!(value, Value::Double(_))) => Array::F64(
            values
                .iter()
                .filter_map(|value| if let Value::Double(float) = value { Some(*float) } else { None })
                .collect(),
        ),
        _ => Array::String(values.iter().map(|value| StringValue::from(value.to_string())).collect()),
    };
    match value {
        Value::Bool(bool) => bool.into(),
        Value::Int(int) => int.into(),
        Value::Double(float) => float.into(),
        Value::Str(text) => text.into_owned().into(),
        Value::Array(values) => opentelemetry::Value::Array(array(values)),
    }
}

impl From<api::SpanKind> for Kind {
    fn from(kind: api::SpanKind) -> Self {
        match kind {
            api::SpanKind::Internal => Self::Internal,
            api::SpanKind::Server => Self::Server,
            api::SpanKind::Client => Self::Client,
            api::SpanKind::Producer => Self::Producer,
            api::SpanKind::Consumer => Self::Consumer,
        }
    }
}

impl From<Kind> for api::SpanKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Internal => Self::Internal,
            Kind::Server => Self::Server,
            Kind::Client => Self::Client,
            Kind::Producer => Self::Producer,
            Kind::Consumer => Self::Consumer,
        }
    }
}
