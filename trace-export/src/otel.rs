//! Our tracer and propagator as the globals of the `opentelemetry` crate.

use crate::config::Bridge;
use opentelemetry::global;
use trace_runtime::otel::{TextMapPropagator, TracerProvider, set_exact};
use trace_runtime::propagation::Propagation;

pub(crate) fn install(bridge: Bridge) {
    if bridge.is_exact {
        set_exact();
    }
    if !bridge.leaves_globals {
        global::set_tracer_provider(TracerProvider::new());
        global::set_text_map_propagator(TextMapPropagator::from(Propagation::default()));
    }
}
