//! What foreign code says of its spans, and what is sent on, reaches the record unchanged.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use std::collections::HashMap;
use std::time::{Duration, UNIX_EPOCH};
use trace_runtime::capture::Capture;
use trace_runtime::otel::{TextMapPropagator, Tracer, TracerProvider};
use trace_runtime::propagation::Propagation;
use trace_runtime::{Kind, Value, current, trace};

fn tracer() -> Tracer {
    TracerProvider::new().tracer("foreign")
}

#[trace]
fn ours_around(work: impl FnOnce()) {
    work();
}

#[test]
fn builders_say_kind_times_attributes_events_and_links() {
    let spans = Capture::start();
    let linked = SpanContext::new(TraceId::from(5), SpanId::from(6), TraceFlags::SAMPLED, true, TraceState::NONE);
    let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
    let mut span = tracer()
        .span_builder("built")
        .with_kind(SpanKind::Producer)
        .with_start_time(at(1000))
        .with_attributes([KeyValue::new("a", 1.5)])
        .with_links(vec![Link::new(linked.clone(), vec![KeyValue::new("why", "test")], 0)])
        .start(&tracer());
    span.add_event_with_timestamp("then", at(1001), vec![]);
    span.add_link(linked, vec![]);
    span.set_attributes([KeyValue::new("b", "x"), KeyValue::new("a", 2)]);
    span.end_with_timestamp(at(1002));
    span.set_attribute(KeyValue::new("late", 1));
    let built = spans.span("built");
    assert_eq!(built.kind, Kind::Producer);
    assert_eq!((built.start_unix_nanos, built.end_unix_nanos), (1_000_000_000_000, 1_002_000_000_000));
    assert_eq!(built.events[0].unix_nanos, 1_001_000_000_000);
    assert_eq!(built.attribute("a"), Some(&Value::Int(2)));
    assert!(built.attribute("late").is_none());
    assert_eq!(built.links.len(), 2);
    assert_eq!((built.links[0].trace_id.to_u128(), built.links[0].is_remote), (5, true));
}

#[test]
fn an_end_before_the_start_counts_as_the_start() {
    let spans = Capture::start();
    let mut span =
        tracer().span_builder("short").with_start_time(UNIX_EPOCH + Duration::from_secs(10)).start(&tracer());
    span.end_with_timestamp(UNIX_EPOCH);
    assert_eq!(spans.span("short").nanos(), 0);
}

#[test]
fn a_scope_keeps_its_name_version_schema_and_attributes() {
    let spans = Capture::start();
    let scope = InstrumentationScope::builder("library").with_version("1.2").with_schema_url("https://schema/1");
    let scope = scope.with_attributes([KeyValue::new("short", true)]).build();
    for _ in 0..3 {
        TracerProvider::new().tracer_with_scope(scope.clone()).start("work").end();
    }
    let callsites: Vec<_> = spans.spans().iter().filter_map(|span| span.callsite).collect();
    assert!(callsites.iter().all(|callsite| std::ptr::eq(*callsite, callsites[0])), "the same scope is kept once");
    assert_eq!((callsites[0].scope_name(), callsites[0].scope_version()), ("library", "1.2"));
    assert_eq!(callsites[0].function(), "");
}

#[test]
fn propagators_continue_traces_to_the_letter() {
    let spans = Capture::start();
    let propagator = TextMapPropagator::from(Propagation::default());
    let mut headers = HashMap::new();
    ours_around(|| propagator.inject_context(&Context::current(), &mut headers));
    let ours = spans.span("bridge_data::ours_around").context;
    assert_eq!(headers["traceparent"], format!("00-{}-{}-03", ours.trace_id, ours.span_id));
    headers.insert("baggage".into(), "tenant=blue;p=1".into());
    let context = propagator.extract_with_context(&Context::new(), &headers);
    assert_eq!(context.span().span_context().span_id(), ours.span_id.into());
    assert!(context.span().span_context().is_remote());
    assert_eq!(context.baggage().get("tenant").map(ToString::to_string).as_deref(), Some("blue"));
    let mut sent = HashMap::new();
    {
        let _attached = context.attach();
        tracer().in_span("server", |_| propagator.inject_context(&Context::current(), &mut sent));
    }
    let server = spans.span("server");
    assert!(server.has_remote_parent);
    assert_eq!(sent["traceparent"], format!("00-{}-{}-03", ours.trace_id, server.context.span_id));
    assert_eq!(sent["baggage"], "tenant=blue;p=1");
    // What the SDK's own takes for good.
    let cut = headers["traceparent"][1..].to_owned();
    for bad in ["00-+1-2-01", &cut, "00-0000000000000000000000000000001-0000000000000001-01"] {
        headers.insert("traceparent".into(), bad.to_owned());
        assert!(!propagator.extract_with_context(&Context::new(), &headers).has_active_span(), "{bad}");
    }
}

#[test]
fn under_an_unsampled_span_foreign_code_records_nothing_and_is_of_its_trace() {
    let spans = Capture::with(trace_runtime::Sampler::AlwaysOff, trace_runtime::SpanLimits::default());
    let tracer = tracer();
    ours_around(|| {
        let span = tracer.start("foreign");
        assert!(!span.is_recording());
        let trace = current().expect("a context").trace_id();
        assert_eq!(trace_runtime::TraceId::from(span.span_context().trace_id()), trace);
    });
    spans.assert_count(0);
}
