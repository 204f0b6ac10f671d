//! Trace context and baggage from and to other processes: the grammars, the formats, the carriers, whom to believe.

mod baggage;
mod carriers;
mod conformance;
mod destinations;
mod formats;
mod grammar;
mod mutations;
mod suite;
mod trust;

use trace_runtime::propagation::{Extracted, Propagation};

const TRACE: &str = "12345678901234567890123456789012";
const TRACEPARENT: &str = "00-12345678901234567890123456789012-1234567890123456-01";

/// A propagation by the names of `OTEL_PROPAGATORS`.
fn of(names: &str) -> Propagation {
    names.parse().expect("names of propagators")
}

/// What the default propagation finds in these headers.
fn extract(headers: &[(&str, &str)]) -> Extracted {
    Propagation::default().extract(headers)
}

/// What is passed on of these `tracestate` headers; `None` if they are invalid.
fn tracestate(headers: &[&str]) -> Option<String> {
    let headers = [("traceparent", TRACEPARENT)].into_iter().chain(headers.iter().map(|text| ("tracestate", *text)));
    let found = Propagation::default().extract(&headers.collect::<Vec<_>>());
    let state = found.parent.expect("a bad tracestate does not touch the parent").trace_state;
    found.malformed.is_empty().then_some(state)
}
