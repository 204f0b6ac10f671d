//! What the layer is told to say beside, and what callsites say.

use trace_logs::tracing::{SpanLayer, layer};
use trace_runtime::capture::Capture;
use trace_runtime::export::Forest;
use trace_runtime::{Value, control};
use tracing::info_span;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

fn with(layer: SpanLayer) -> DefaultGuard {
    set_default(registry().with(layer))
}

#[test]
fn what_a_callsite_says_costs_its_spans_no_attributes() {
    let (_on, spans) = (with(layer().with_level(true)), Capture::start());
    info_span!(target: "some::target", "span").in_scope(|| {});
    let span = spans.span("span");
    assert!(span.attributes.is_empty());
    let callsite = span.callsite.expect("a callsite");
    assert_eq!((callsite.name(), callsite.scope_name(), callsite.function()), ("span", "some", ""));
    let text = |text: &'static str| Value::Str(text.into());
    let attributes: Vec<_> =
        callsite.attributes().iter().filter(|(key, _)| *key != "code.line.number").cloned().collect();
    let file = text("trace-logs/tests/options.rs");
    assert_eq!(
        attributes,
        [
            ("level", text("INFO")),
            ("target", text("some::target")),
            ("code.file.path", file),
            ("code.module.name", text("options"))
        ]
    );
}

#[test]
fn each_can_be_left_out_and_a_field_of_that_name_counts() {
    let spans = Capture::start();
    let span = || info_span!("span", target = "own").in_scope(|| {});
    let keys = |layer| {
        let _on = with(layer);
        let before = spans.spans().len();
        span();
        let spans = spans.spans();
        assert_eq!(spans[before].attribute("target"), Some(&Value::Str("own".into())));
        let attributes = spans[before].callsite.expect("a callsite").attributes();
        attributes.iter().map(|(key, _)| *key).collect::<Vec<_>>()
    };
    let place = ["code.file.path", "code.module.name", "code.line.number"];
    assert_eq!(keys(layer()), place);
    assert_eq!(keys(layer().with_location(false)), [""; 0]);
    assert_eq!(keys(layer().with_target(false)), place);
}

#[test]
fn a_callsite_is_one_however_often_it_is_reached_and_can_be_switched() {
    let (_on, spans) = (with(layer()), Capture::start());
    let span = || info_span!("switched").in_scope(|| info_span!("below").in_scope(|| {}));
    let mine = || control::callsites().filter(|state| state.callsite.name() == "switched").collect::<Vec<_>>();
    span();
    span();
    assert_eq!(mine().len(), 1);
    assert_eq!(mine()[0].callsite.scope_name(), "options");
    control::set_filter("options::switched=off".parse().expect("a filter"));
    assert!(!mine()[0].is_on);
    let before = spans.spans().len();
    span();
    control::set_filter("on".parse().expect("a filter"));
    let all = spans.spans();
    assert_eq!(Forest::new(&all[before..]).normalised(), "below\n");
    span();
    spans.assert_count(7);
    assert_eq!(mine()[0].spans, 3);
}

#[test]
fn the_thread_is_named_when_asked_for() {
    let spans = Capture::start();
    let scope = trace_runtime::Snapshot::current();
    let thread = std::thread::Builder::new().name("worker".into()).spawn(move || {
        let (_scope, _on) = (scope.attach(), with(layer().with_threads(true)));
        info_span!("span").in_scope(|| {});
    });
    thread.expect("a thread").join().expect("no panic");
    let span = spans.span("span");
    assert_eq!(span.attribute("thread.name"), Some(&Value::Str("worker".into())));
    assert!(matches!(span.attribute("thread.id"), Some(Value::Int(1..))));
}

#[test]
fn busy_and_idle_times_are_told_when_asked_for() {
    let (_on, spans) = (with(layer().with_tracked_inactivity(true)), Capture::start());
    let span = info_span!("span");
    span.in_scope(|| span.in_scope(|| std::hint::black_box(())));
    drop(span);
    let span = spans.span("span");
    let nanos = |key: &str| match span.attribute(key) {
        Some(Value::Int(nanos)) => *nanos as u64,
        other => panic!("{key} is {other:?}"),
    };
    assert!(nanos("busy_ns") <= span.nanos() + 1_000_000 && nanos("busy_ns") > 0, "{span:?}");
    assert!(nanos("idle_ns") > 0);
}
