//! Events of the `tracing` crate on spans, and what they mean for them.

use trace_logs::tracing::{SpanLayer, layer};
use trace_runtime::capture::Capture;
use trace_runtime::{Status, Value, trace};
use tracing::info_span;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

fn with(layer: SpanLayer) -> DefaultGuard {
    set_default(registry().with(layer))
}

fn text(text: &str) -> Value<'static> {
    Value::Str(text.to_owned().into())
}

#[test]
fn an_event_lands_on_the_innermost_span_with_its_fields_level_and_place() {
    #[trace(name = "ours")]
    fn ours() {
        tracing::warn!(n = 7, b = false, s = "x", d = ?"y", "careful: {}", 1);
    }
    let (_on, spans) = (with(layer()), Capture::start());
    tracing::info!("outside");
    info_span!("theirs").in_scope(|| {
        tracing::info!(target: "some::target", "there");
        ours();
    });
    spans.assert_tree("theirs !there\n  ours !careful: 1");
    let ours = spans.span("ours");
    let mut attributes = ours.events[0].attributes.clone();
    assert!(matches!(&attributes[4], (key, Value::Int(1..)) if key == "code.line.number"), "{attributes:?}");
    attributes.remove(4);
    let expected = [
        ("level", text("WARN")),
        ("target", text("events")),
        ("code.file.path", text("trace-logs/tests/events.rs")),
        ("code.module.name", text("events")),
        ("n", Value::Int(7)),
        ("b", Value::Bool(false)),
        ("s", text("x")),
        ("d", text("\"y\"")),
    ];
    assert_eq!(attributes, expected.map(|(key, value)| (key.to_owned(), value)));
    assert_eq!(spans.span("theirs").events[0].attributes[1].1, text("some::target"));
}

#[test]
fn an_event_with_an_explicit_parent_lands_there() {
    let (_on, spans) = (with(layer()), Capture::start());
    let other = info_span!("other");
    info_span!("here").in_scope(|| {
        tracing::info!(parent: &other, "elsewhere");
        tracing::info!(parent: None, "nowhere");
    });
    drop(other);
    spans.assert_tree("other !elsewhere\nhere");
}

#[test]
fn an_event_without_a_message_is_named_by_its_callsite() {
    let (_on, spans) = (with(layer().with_location(false)), Capture::start());
    info_span!("span").in_scope(|| tracing::info!(n = 1));
    let span = spans.span("span");
    assert!(span.events[0].name.starts_with("event trace-logs"), "{span:?}");
    assert_eq!(span.events[0].attributes.len(), 3);
}

#[derive(Debug)]
struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no luck")
    }
}

impl std::error::Error for Failed {}

#[tracing::instrument(err)]
fn fails() -> Result<(), Failed> {
    Err(Failed)
}

#[tracing::instrument(err(level = "info"))]
fn fails_quietly() -> Result<(), Failed> {
    Err(Failed)
}

#[test]
fn a_function_that_fails_fails_its_span_with_an_exception() {
    let (_on, spans) = (with(layer()), Capture::start());
    let _ = fails();
    let _ = fails_quietly();
    for name in ["fails", "fails_quietly"] {
        let span = spans.span(name);
        assert_eq!(span.status, Status::Error("no luck".into()));
        assert_eq!(span.events[0].name, "exception");
        assert!(span.events[0].attributes.contains(&("exception.message".into(), text("no luck"))), "{span:?}");
        assert!(span.events[0].attributes.iter().all(|(key, _)| key != "error"));
    }
}

#[test]
fn an_event_of_level_error_fails_its_span_without_words() {
    let (_on, spans) = (with(layer()), Capture::start());
    info_span!("failed").in_scope(|| tracing::error!("what"));
    info_span!("fine").in_scope(|| tracing::warn!(error = "beside", "a message"));
    spans.assert_tree("failed !what [error]\nfine !a message");
    assert!(spans.span("fine").events[0].attributes.contains(&("error".into(), text("beside"))));
}

#[test]
fn an_error_as_a_field_has_its_text_and_chain() {
    let (_on, spans) = (with(layer()), Capture::start());
    let error = &Failed as &(dyn std::error::Error + 'static);
    info_span!("typed").in_scope(|| tracing::info!(error));
    let span = spans.span("typed");
    assert_eq!(span.status, Status::Error("no luck".into()));
    let event = &span.events[0];
    assert_eq!(event.name, "exception");
    for (key, value) in
        [("error", text("no luck")), ("error.chain", Value::Array(Vec::new())), ("exception.message", text("no luck"))]
    {
        assert_eq!(event.attributes.iter().filter(|(known, _)| known == key).count(), 1, "{event:?}");
        assert!(event.attributes.contains(&(key.into(), value)), "{event:?}");
    }
}

#[test]
fn events_need_not_fail_spans() {
    let (_on, spans) = (with(layer().with_error_events_to_status(false)), Capture::start());
    let _ = fails();
    info_span!("fine").in_scope(|| tracing::error!("what"));
    spans.assert_tree("fails\nfine !what");
    assert_eq!(spans.span("fails").events[0].name, "exception");
}

#[test]
fn records_of_the_log_facade_join_with_their_own_place() {
    tracing_log::LogTracer::init().expect("the first logger");
    log::set_max_level(log::LevelFilter::Info);
    let (_on, spans) = (with(layer()), Capture::start());
    info_span!("span").in_scope(|| log::error!(target: "third::party", "from log"));
    let span = spans.span("span");
    assert_eq!(span.status, Status::Error(String::new()));
    let event = &span.events[0];
    assert_eq!(event.name, "from log");
    let has = |key: &str, value: Value<'static>| assert!(event.attributes.contains(&(key.into(), value)), "{event:?}");
    has("target", text("third::party"));
    has("level", text("ERROR"));
    has("code.file.path", text("trace-logs/tests/events.rs"));
    has("code.module.name", text("events"));
    assert!(event.attributes.iter().all(|(key, _)| !key.starts_with("log.")), "{event:?}");
    assert_eq!(event.attributes.len(), 5, "{event:?}");
}

#[test]
fn what_our_own_threads_do_makes_no_events() {
    let (_on, spans) = (with(layer()), Capture::start());
    info_span!("span").in_scope(|| trace_runtime::export::muted(|| tracing::error!("of the exporter")));
    spans.assert_tree("span");
}
