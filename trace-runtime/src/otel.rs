//! Conversions to and from the types of the `opentelemetry` API (feature `otel`).

use crate::id::{SpanContext, SpanId, TraceId};
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
        let flags = api::TraceFlags::default().with_sampled(context.sampled);
        let state = context.trace_state.parse().unwrap_or_default();
        Self::new(context.trace_id.into(), context.span_id.into(), flags, context.is_remote, state)
    }
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
