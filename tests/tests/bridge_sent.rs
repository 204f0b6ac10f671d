//! What arrives of foreign code's spans at a receiver.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    Event, Link, Span as _, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState,
    Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, SystemTime};
use tests::receiver::Receiver;
use trace_runtime::SpanLimits;
use trace_runtime::capture::Capture;
use trace_runtime::otel::TracerProvider;
use trace_runtime::trace;

#[trace]
fn ours_around(work: impl FnOnce()) {
    work();
}

#[trace]
fn ours() {}

#[test]
fn scopes_keep_attributes_and_schema_and_spans_what_was_left_out_of_them() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).build().expect("a good configuration");
    let scope = tracing.scope();
    let attached = scope.attach();
    for schema in ["https://schemas/a", "https://schemas/b"] {
        let scope = InstrumentationScope::builder("library").with_schema_url(schema);
        let scope = scope.with_attributes([KeyValue::new("k", schema)]).build();
        TracerProvider::new().tracer_with_scope(scope).start(schema).end();
    }
    let tracer = TracerProvider::new().tracer("plain");
    let linked = SpanContext::new(TraceId::from(5), SpanId::from(6), TraceFlags::SAMPLED, true, TraceState::NONE);
    let builder = tracer.span_builder("cut").with_links(vec![Link::new(linked.clone(), Vec::new(), 7)]);
    builder.with_events(vec![Event::new("event", SystemTime::now(), Vec::new(), 3)]).start(&tracer).end();
    {
        let _remote = Context::new().with_remote_span_context(linked).attach();
        tracer.start("not random").end();
    }
    drop(attached);
    assert!(tracing.flush(Duration::from_secs(20)).complete);
    let spans = receiver.spans();
    let span = |name: &str| spans.iter().find(|one| one.span.name == name).expect("it").clone();
    for schema in ["https://schemas/a", "https://schemas/b"] {
        let one = span(schema);
        assert_eq!(one.schema_url, schema);
        assert_eq!(one.scope.attributes.iter().map(tests::receiver::text).collect::<Vec<_>>(), [schema]);
    }
    let cut = span("cut").span;
    assert_eq!((cut.links[0].dropped_attributes_count, cut.events[0].dropped_attributes_count), (7, 3));
    assert_eq!((cut.flags, span("not random").span.flags), (0x103, 0x301));
    assert_eq!(span("cut").schema_url, "");
}

static ASKED: AtomicU32 = AtomicU32::new(0);

#[derive(Clone, Debug)]
struct OfTenant;

impl ShouldSample for OfTenant {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        _: TraceId,
        _: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        ASKED.fetch_add(1, Relaxed);
        let tenant = parent.and_then(|parent| parent.baggage().get("tenant").map(ToString::to_string));
        let is_it = tenant.as_deref() == Some("blue");
        let decision = if is_it { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

#[test]
fn samplers_of_the_sdk_see_baggage_and_its_parent_based_is_asked_at_roots() {
    let sampler = trace_export::sdk_sampler(Sampler::ParentBased(Box::new(OfTenant)));
    let spans = Capture::with(sampler, SpanLimits::default());
    ours();
    let _blue = Context::current().with_baggage([KeyValue::new("tenant", "blue")]).attach();
    ours_around(ours);
    spans.assert_tree("bridge_sent::ours_around\n  bridge_sent::ours");
    assert_eq!(ASKED.load(Relaxed), 2);
}
