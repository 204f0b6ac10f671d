//! Whom to believe: continue, link, ignore.

use crate::{TRACE, TRACEPARENT, of};
use trace_runtime::capture::Capture;
use trace_runtime::export::FinishedSpan;
use trace_runtime::propagation::{Extracted, Propagation, SamplingState, Trust};
use trace_runtime::{Sampler, SpanLimits, trace};

#[trace(name = "handle", kind = server, parent = from, links = from)]
fn handle(from: &Extracted) {}

const HEADERS: [(&str, &str); 5] = [
    ("traceparent", TRACEPARENT),
    ("tracestate", "a=1"),
    ("baggage", "admin=true"),
    ("jaeger-debug-id", "please"),
    ("b3", "x"),
];

/// The span of a request from this caller.
fn request(trust: Trust, sampler: Sampler) -> (Extracted, Option<FinishedSpan>) {
    let spans = Capture::with(sampler, SpanLimits::default());
    let found = of("tracecontext,baggage,jaeger,b3").trusting(trust).extract(&HEADERS);
    handle(&found);
    (found, spans.spans().into_iter().next())
}

#[test]
fn a_trusted_caller_is_continued() {
    let (found, span) = request(Trust::Continue, Sampler::default());
    let span = span.expect("a span");
    assert_eq!(span.context.trace_id.to_string(), TRACE);
    assert!(span.has_remote_parent && span.links.is_empty());
    assert_eq!(span.context.trace_state, "a=1");
    assert_eq!((found.baggage.len(), found.debug_id.as_deref()), (1, Some("please")));
}

#[test]
fn another_callers_span_is_linked_to_and_nothing_else_is_taken_over() {
    let (found, span) = request(Trust::Link, Sampler::default());
    let span = span.expect("a span");
    assert_ne!(span.context.trace_id.to_string(), TRACE);
    assert!(span.parent.is_none() && !span.has_remote_parent && span.context.trace_state.is_empty());
    assert_eq!(span.links.len(), 1);
    assert_eq!(span.links[0].trace_id.to_string(), TRACE);
    assert!(found.baggage.is_empty() && found.debug_id.is_none() && found.sampling == SamplingState::Defer);
    let (_, span) = request(Trust::Link, Sampler::parent_based(Sampler::AlwaysOff));
    assert!(span.is_none(), "its sampled flag and debug id make no span");
}

#[test]
fn an_ignored_caller_is_not_even_read() {
    let (found, span) = request(Trust::Ignore, Sampler::default());
    let span = span.expect("a span");
    assert_ne!(span.context.trace_id.to_string(), TRACE);
    assert!(span.parent.is_none() && span.links.is_empty());
    assert!(found.link.is_none() && found.malformed.is_empty());
}

#[test]
fn trust_can_be_another_for_one_request() {
    let propagation = Propagation::default().trusting(Trust::Ignore);
    assert!(propagation.extract(&HEADERS).parent.is_none());
    assert!(propagation.extract_trusting(&HEADERS, Trust::Continue).parent.is_some());
}

#[test]
fn malformed_fields_are_counted_once_a_carrier() {
    let propagation = of("tracecontext,baggage,b3,jaeger");
    let bad = [("traceparent", "x"), ("baggage", "x,y"), ("b3", "x"), ("uber-trace-id", "x"), ("x-b3-sampled", "x")];
    for _ in 0..3 {
        assert_eq!(propagation.extract(&bad).malformed.iter().count(), 4);
    }
    propagation.extract(&[("traceparent", TRACEPARENT), ("tracestate", "x")]);
    let counts = propagation.counts();
    assert_eq!([counts.traceparent, counts.tracestate, counts.baggage, counts.b3, counts.jaeger], [3, 1, 3, 3, 3]);
    assert_eq!(counts.withheld, 0);
}
