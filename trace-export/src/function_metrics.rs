//! What functions cost as OpenTelemetry metrics.

use crate::costs::{FunctionCost, Time};
use crate::tracing::Tracing;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Histogram, Meter};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};
use trace_runtime::Callsite;
use trace_runtime::export::callsite;

/// Seconds, from a microsecond to ten seconds.
const BOUNDARIES: [f64; 15] = [1e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1.0, 5.0, 10.0];

/// Name, value.
type Counter = (&'static str, fn(&FunctionCost) -> u64);

impl Tracing {
    /// Offers what functions cost as metrics, if [`Builder::function_costs`](crate::Builder::function_costs),
    /// [`function_costs_of_unsampled`](crate::Builder::function_costs_of_unsampled) or `TRACE_SUMMARY` asked for it.
    ///
    /// | instrument | kind | unit | |
    /// |---|---|---|---|
    /// | `trace.function.calls` | counter | calls | that ended |
    /// | `trace.function.errors` | counter | calls | of these, those that failed: [`FunctionCost::errors`](crate::FunctionCost) |
    /// | `trace.function.duration` | histogram | seconds | what a call took, of calls that end from now on |
    ///
    /// Each has the attributes `code.function.name` (the path, by the semantic conventions for code), where there is a function, and
    /// `trace.span.name`, the name that its spans have from the start. There is no semantic convention for metrics of functions, so these names are our own; they
    /// follow the general rules (a namespace, no plural units, seconds). Boundaries of the histogram go from 1 µs to 10 s; a view of the SDK changes them.
    ///
    /// The collector adds to the histogram what it has read, about 0.1 µs a call on its thread. The counters cost something only when they are read.
    ///
    /// ```
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let tracing = trace_export::builder().endpoint("http://localhost:4318").function_costs().build()?;
    /// tracing.observe_functions(&opentelemetry::global::meter("trace"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn observe_functions(&self, meter: &Meter) {
        let tracing = *self;
        let counters: [Counter; 2] =
            [("trace.function.calls", |cost| cost.calls), ("trace.function.errors", |cost| cost.errors)];
        for (name, read) in counters {
            let observe = move |to: &dyn AsyncInstrument<u64>| {
                for ((function, span), count) in by_name(&tracing.function_costs(), read) {
                    to.observe(count, &attributes(function, span));
                }
            };
            meter.u64_observable_counter(name).with_unit("{call}").with_callback(observe).build();
        }
        let histogram = meter.f64_histogram("trace.function.duration").with_unit("s");
        let histogram = histogram.with_description("What calls took").with_boundaries(BOUNDARIES.to_vec()).build();
        let known = Mutex::new(HashMap::new());
        let take = move |times: &[Time]| {
            record(&histogram, &mut known.lock().unwrap_or_else(PoisonError::into_inner), times);
        };
        self.take_times(Box::new(take));
    }
}

/// By function and name of the span: several callsites may have the same.
fn by_name(costs: &[FunctionCost], read: fn(&FunctionCost) -> u64) -> BTreeMap<(&'static str, &'static str), u64> {
    let mut sums = BTreeMap::new();
    for cost in costs {
        *sums.entry(names(cost.callsite)).or_default() += read(cost);
    }
    sums
}

/// The function, and the span; those that came through the OpenTelemetry API are known by their scope alone.
fn names(callsite: &'static Callsite) -> (&'static str, &'static str) {
    let name = callsite.name();
    (callsite.function(), if name.is_empty() { callsite.scope_name() } else { name })
}

fn attributes(function: &'static str, span: &'static str) -> Vec<KeyValue> {
    let function = Some(KeyValue::new("code.function.name", function)).filter(|_| !function.is_empty());
    function.into_iter().chain([KeyValue::new("trace.span.name", span)]).collect()
}

fn record(histogram: &Histogram<f64>, known: &mut HashMap<u32, Vec<KeyValue>>, times: &[Time]) {
    for (id, nanos) in times {
        let attributes = known.entry(*id).or_insert_with(|| {
            let (function, span) = callsite(*id).map(names).unwrap_or_default();
            attributes(function, span)
        });
        histogram.record(*nanos as f64 / 1e9, attributes);
    }
}
