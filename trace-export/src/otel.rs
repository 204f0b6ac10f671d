//! Our tracer and propagator as the globals of the `opentelemetry` crate.

use crate::config::Bridge;
use opentelemetry::global;
use trace_runtime::otel::{TextMapPropagator, TracerProvider, set_exact};
use trace_runtime::propagation::Propagation;

/// `traces`: there is a tracer. Without one, traces that come in still go on.
pub(crate) fn install(bridge: Bridge, propagation: &Propagation, traces: bool) {
    if bridge.is_exact && traces {
        set_exact();
    }
    if bridge.leaves_globals {
        return;
    }
    if traces {
        global::set_tracer_provider(TracerProvider::new());
    }
    global::set_text_map_propagator(TextMapPropagator::from(propagation.clone()));
}
