//! What functions cost below spans that foreign code started and that are not sampled.

use opentelemetry::trace::Tracer as _;
use std::time::Duration;
use tests::receiver::Receiver;
use trace_runtime::{Sampler, span, trace};

#[trace(name = "below")]
fn below() {
    inner();
}

#[trace(name = "inner")]
fn inner() {}

#[test]
fn calls_below_a_foreign_span_that_is_not_sampled_are_counted() {
    let receiver = Receiver::start();
    let builder = trace_export::builder().endpoint(receiver.url()).sampler(Sampler::AlwaysOff);
    let tracing = builder.function_costs_of_unsampled().init().expect("good");
    let foreign = opentelemetry::global::tracer("foreign");
    foreign.in_span("root", |_| below());
    span!("ours").in_scope(|| foreign.in_span("between", |_| below()));
    below();
    let counts = tracing.flush(Duration::from_secs(60)).counts;
    assert_eq!(counts.recorded, 0, "{counts}");
    let mut made: Vec<_> =
        tracing.function_costs().iter().map(|cost| (cost.callsite.name().to_owned(), cost.calls)).collect();
    made.sort_unstable();
    let expected = [("below", 3), ("inner", 3), ("ours", 1)];
    assert_eq!(made, expected.map(|(name, calls)| (name.to_owned(), calls)));
}
