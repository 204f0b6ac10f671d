//! What spans of the `tracing` crate say of themselves: fields, names, kinds, statuses.

use trace_logs::tracing::layer;
use trace_runtime::capture::Capture;
use trace_runtime::{Kind, Status, Value, trace};
use tracing::field::Empty;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Span, info_span};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

fn on() -> DefaultGuard {
    set_default(registry().with(layer()))
}

#[trace(name = "ours")]
fn ours() {}

#[test]
fn fields_keep_their_types() {
    #[derive(Debug)]
    #[allow(dead_code, reason = "shown by Debug")]
    struct Shown(u8);
    let (_on, spans) = (on(), Capture::start());
    let error = std::io::Error::other(std::fmt::Error);
    let error: &(dyn std::error::Error + 'static) = &error;
    info_span!(
        "all",
        i = -7,
        u = u64::MAX,
        small = 7u64,
        wide = i128::MIN,
        fits = 5i128,
        f = 0.5,
        b = true,
        s = "text",
        debug = ?Shown(1),
        display = %7,
        error,
        empty = Empty,
    )
    .in_scope(|| {});
    let all = spans.span("all");
    let text = |text: &str| Value::Str(text.to_owned().into());
    let an_error = std::fmt::Error.to_string();
    for (key, value) in [
        ("i", Value::Int(-7)),
        ("u", text("18446744073709551615")),
        ("small", Value::Int(7)),
        ("wide", text("-170141183460469231731687303715884105728")),
        ("fits", Value::Int(5)),
        ("f", Value::Double(0.5)),
        ("b", Value::Bool(true)),
        ("s", text("text")),
        ("debug", text("Shown(1)")),
        ("display", text("7")),
        ("error", text(&an_error)),
        ("exception.message", text(&an_error)),
    ] {
        assert_eq!(all.attribute(key), Some(&value), "{key}");
    }
    assert!(matches!(all.attribute("error.chain"), Some(Value::Array(_))));
    assert_eq!(all.attributes.len(), 13, "{:?}", all.attributes);
}

#[test]
fn fields_may_be_recorded_late_and_again() {
    let (_on, spans) = (on(), Capture::start());
    let span = info_span!("late", first = 1, later = Empty, name = Empty, otel.name = Empty, otel.status_code = Empty);
    span.record("first", 2).record("later", "x");
    span.in_scope(|| {
        Span::current().record("name", tracing::field::debug("y"));
    });
    span.record("otel.name", "renamed").record("otel.status_code", "OK");
    drop(span);
    spans.assert_tree("renamed first=2 later=x name=\"y\" [ok]");
}

#[test]
fn special_fields_say_name_kind_and_status() {
    let (_on, spans) = (on(), Capture::start());
    for (kind, expected) in [
        ("server", Kind::Server),
        ("CLIENT", Kind::Client),
        ("Producer", Kind::Producer),
        ("consumer", Kind::Consumer),
        ("internal", Kind::Internal),
        ("odd", Kind::Internal),
    ] {
        drop(info_span!("name", otel.name = kind, otel.kind = kind, a = 1));
        let span = spans.span(kind);
        assert_eq!((span.kind, span.attributes.len()), (expected, 1), "{kind}");
    }
    drop(info_span!("failed", otel.status_code = "error"));
    assert_eq!(spans.span("failed").status, Status::Error(String::new()));
    drop(info_span!("why", otel.status_description = "because", otel.status_code = "ERROR"));
    assert_eq!(spans.span("why").status, Status::Error("because".into()));
    drop(info_span!("unknown", otel.status_code = "what"));
    assert_eq!(spans.span("unknown").status, Status::Unset);
}

#[test]
fn a_value_that_uses_its_own_span_while_it_is_recorded_does_no_harm() {
    struct Nested;
    impl std::fmt::Debug for Nested {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Span::current().record("other", 1);
            tracing::info!("from inside");
            info_span!("within").in_scope(ours);
            f.write_str("nested")
        }
    }
    let (_on, spans) = (on(), Capture::start());
    let span = info_span!("span", value = ?Nested, other = Empty);
    span.in_scope(|| {
        Span::current().record("value", tracing::field::debug(&Nested));
        tracing::info!(value = ?Nested, "event");
    });
    drop(span);
    assert_eq!(spans.span("span").attribute("value"), Some(&Value::Str("nested".into())));
}

#[test]
fn a_value_that_panics_is_left_out() {
    struct Panics;
    impl std::fmt::Debug for Panics {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("in Debug")
        }
    }
    let (_on, spans) = (on(), Capture::start());
    info_span!("span", value = ?Panics, kept = 1).in_scope(|| tracing::info!(value = ?Panics, "event"));
    spans.assert_tree("span kept=1 !event");
}

#[test]
fn a_panic_that_leaves_a_span_is_recorded() {
    let (_on, spans) = (on(), Capture::start());
    let caught =
        std::panic::catch_unwind(|| info_span!("panics").in_scope(|| info_span!("inner").in_scope(|| panic!("!"))));
    assert!(caught.is_err());
    info_span!("fine").in_scope(|| {});
    for name in ["panics", "inner"] {
        let span = spans.span(name);
        assert!(span.is_error() && span.events[0].name == "exception", "{span:?}");
    }
    assert_eq!(spans.span("fine").status, Status::Unset);
}
