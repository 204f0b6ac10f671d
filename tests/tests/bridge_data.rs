//! What foreign code says of its spans, and what is sent on, reaches the record unchanged.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, SpanKind, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_runtime::capture::Capture;
use trace_runtime::otel::{TextMapPropagator, Tracer, TracerProvider};
use trace_runtime::propagation::Propagation;
use trace_runtime::{Kind, Sampler, Snapshot, SpanLimits, Status, Value, current, trace};

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
    let spans = Capture::with(Sampler::AlwaysOff, SpanLimits::default());
    let tracer = tracer();
    ours_around(|| {
        let span = tracer.start("foreign");
        assert!(!span.is_recording());
        let trace = current().expect("a context").trace_id();
        assert_eq!(trace_runtime::TraceId::from(span.span_context().trace_id()), trace);
    });
    spans.assert_count(0);
}

#[test]
fn short_times_that_were_said_are_kept() {
    let spans = Capture::start();
    let start = SystemTime::now() - Duration::from_micros(800);
    let end = start + Duration::from_micros(500);
    tracer().span_builder("said").with_start_time(start).start(&tracer()).end_with_timestamp(end);
    let mut measured = tracer().span_builder("measured").with_start_time(SystemTime::now()).start(&tracer());
    std::thread::sleep(Duration::from_millis(1));
    measured.end();
    assert_eq!(spans.span("said").nanos(), 500_000);
    assert!(spans.span("measured").nanos() >= 1_000_000);
}

#[test]
fn baggage_that_was_cleared_is_not_sent_and_what_was_added_is() {
    let _spans = Capture::start();
    let propagator = TextMapPropagator::from(Propagation::default());
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
    let headers = [("traceparent", parent), ("baggage", "secret=1")];
    let headers: HashMap<_, _> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let _attached = propagator.extract_with_context(&Context::new(), &headers).attach();
    tracer().in_span("server", |_| {
        let _cleared = Context::current().with_cleared_baggage().attach();
        let mut baggage = Snapshot::current().baggage();
        baggage.insert("ours", "2").expect("baggage");
        let mut sent = HashMap::new();
        propagator.inject_context(&Context::current(), &mut sent);
        assert_eq!(sent.get("baggage"), None);
        let _ours = Snapshot::current().with_baggage(baggage).attach();
        propagator.inject_context(&Context::current(), &mut sent);
        assert_eq!(sent["baggage"], "ours=2");
    });
}

#[test]
fn a_sampling_decision_without_a_span_counts_for_both() {
    let _spans = Capture::with(Sampler::default(), SpanLimits::default());
    let propagator = TextMapPropagator::from("b3,jaeger".parse::<Propagation>().expect("formats"));
    for (name, value, recorded, sent) in
        [("b3", "0", false, "-0"), ("b3", "d", true, "-d"), ("jaeger-debug-id", "x", true, "-d")]
    {
        let headers = HashMap::from([(name.to_owned(), value.to_owned())]);
        let _attached = propagator.extract_with_context(&Context::new(), &headers).attach();
        tracer().in_span("server", |context| {
            assert_eq!(context.span().is_recording(), recorded, "{name}");
            let mut to = HashMap::new();
            propagator.inject_context(&context, &mut to);
            assert!(to["b3"].ends_with(sent), "{name}: {to:?}");
        });
        ours_around(|| assert_eq!(current().expect("a span").is_recording(), recorded, "{name}"));
    }
}

#[test]
fn the_random_flag_goes_through_contexts() {
    let _spans = Capture::start();
    let tracer = tracer();
    let flags = |context: &Context| context.span().span_context().trace_flags().to_u8();
    ours_around(|| assert_eq!(flags(&Context::current()), 3));
    tracer.in_span("foreign", |context| assert_eq!(flags(&context), 3));
    for given in [1, 3] {
        let flags_given = TraceFlags::new(given);
        let remote = SpanContext::new(TraceId::from(7), SpanId::from(9), flags_given, true, TraceState::NONE);
        let _attached = Context::new().with_remote_span_context(remote).attach();
        ours_around(|| assert_eq!(flags(&Context::current()), given));
        tracer.in_span("foreign", |context| assert_eq!(flags(&context), given));
    }
}

#[test]
fn a_status_that_was_set_to_ok_stays_whoever_set_it() {
    let spans = Capture::start();
    tracer().in_span("foreign", |context| {
        current().expect("a span").set_status(&Status::Ok);
        context.span().set_status(opentelemetry::trace::Status::error("late"));
    });
    ours_around(|| {
        let here = Context::current();
        let other = std::thread::spawn(move || here.span().set_status(opentelemetry::trace::Status::Ok));
        other.join().expect("no panic");
        current().expect("a span").set_status(&Status::Error("late".into()));
    });
    assert!(spans.spans().iter().all(|span| span.status == Status::Ok), "{}", spans.tree());
}

#[test]
fn scopes_beyond_those_that_are_kept_have_a_name_in_common() {
    let spans = Capture::start();
    for n in 0..1010 {
        TracerProvider::new().tracer(format!("scope {n}")).start("work").end();
    }
    TracerProvider::new().tracer("x".repeat(1 << 20)).start("long").end();
    let spans = spans.spans();
    let names: Vec<_> =
        spans.iter().filter_map(|span| span.callsite).map(trace_runtime::Callsite::scope_name).collect();
    assert!(names.contains(&"…"));
    assert!(names.iter().all(|name| !name.is_empty() && name.len() <= 16 << 10));
}
