//! OpenTelemetry on both sides: foreign spans and ours are one trace, whoever starts first.

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::{
    FutureExt as _, Span as _, SpanContext, SpanId, Status as TheirStatus, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _, TracerProvider as _, get_active_span,
};
use opentelemetry::{Context, KeyValue};
use tests::drive::block_on;
use trace_runtime::capture::Capture;
use trace_runtime::otel::{Tracer, TracerProvider, otel_context};
use trace_runtime::{Snapshot, Status, Value, current, trace};

fn tracer() -> Tracer {
    TracerProvider::new().tracer("foreign")
}

#[trace]
fn ours() {}

#[trace]
fn ours_around(work: impl FnOnce()) {
    work();
}

#[trace]
async fn ours_async(work: impl Future<Output = ()>) {
    work.await;
}

/// Gives way once.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut paused, true) {
            return std::task::Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}

#[test]
fn foreign_spans_and_ours_nest_in_any_order() {
    let spans = Capture::start();
    let tracer = tracer();
    ours_around(|| {
        tracer.in_span("a", |_| {
            ours_around(|| {
                tracer.in_span("b", |_| ours());
                ours();
            });
        });
        ours();
    });
    tracer.in_span("c", |_| ours());
    spans.assert_tree(
        "bridge::ours_around
  a
    bridge::ours_around
      b
        bridge::ours
      bridge::ours
  bridge::ours
c
  bridge::ours",
    );
}

#[test]
fn they_nest_across_awaits_and_threads_of_an_executor() {
    let spans = Capture::start();
    let tracer = tracer();
    block_on(ours_async(async {
        pause().await;
        let span = tracer.start("a");
        let context = Context::current_with_span(span);
        ours_async(async {
            pause().await;
            tracer.in_span("b", |_| ours());
        })
        .with_context(context)
        .await;
        pause().await;
        ours();
    }));
    spans.assert_tree(
        "bridge::ours_async
  a
    bridge::ours_async
      b
        bridge::ours
  bridge::ours",
    );
}

#[test]
fn a_foreign_span_that_was_started_elsewhere_is_a_parent_wherever_its_context_is_attached() {
    let spans = Capture::start();
    let here = Snapshot::current();
    let context = Context::current_with_span(tracer().start("a"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _tracer = here.attach();
            let _attached = context.clone().attach();
            ours();
        });
    });
    context.span().end();
    spans.assert_tree("a\n  bridge::ours");
    let ours = spans.span("bridge::ours");
    assert_eq!(ours.local_root, spans.span("a").context.span_id, "the trace has one local root");
}

#[test]
fn a_remote_context_that_foreign_code_attached_is_our_parent() {
    let spans = Capture::start();
    let _tracer = tracer();
    let state: TraceState = "a=b".parse().expect("a tracestate");
    let remote = SpanContext::new(TraceId::from(7), SpanId::from(9), TraceFlags::SAMPLED, true, state);
    {
        let _attached = Context::new().with_remote_span_context(remote).attach();
        ours();
        block_on(ours_async(pause()));
    }
    ours();
    let continued: Vec<_> = spans.spans().into_iter().filter(|span| span.has_remote_parent).collect();
    assert_eq!(continued.len(), 2);
    for span in continued {
        assert_eq!((span.context.trace_id.to_u128(), span.parent.map(trace_runtime::SpanId::to_u64)), (7, Some(9)));
        assert_eq!(span.context.trace_state, "a=b");
    }
}

#[test]
fn what_is_set_through_the_context_lands_on_the_innermost_span() {
    let spans = Capture::start();
    let tracer = tracer();
    ours_around(|| {
        ours_around(|| {
            let context = Context::current();
            let span = context.span();
            assert!(span.is_recording());
            span.set_attribute(KeyValue::new("set", 1));
            span.add_event("event", vec![KeyValue::new("k", "v")]);
            span.set_status(TheirStatus::error("broken"));
            span.update_name("renamed");
            span.record_error(&std::io::Error::other("an error"));
            get_active_span(|span| span.set_attribute(KeyValue::new("again", true)));
            tracer.in_span("foreign", |context| context.span().set_attribute(KeyValue::new("set", 2)));
        });
    });
    let innermost = spans.span("renamed");
    assert_eq!(innermost.attribute("set"), Some(&Value::Int(1)));
    assert_eq!(innermost.attribute("again"), Some(&Value::Bool(true)));
    assert_eq!(innermost.status, Status::Error("broken".into()));
    assert_eq!(innermost.events.len(), 2);
    assert_eq!(spans.span("foreign").attribute("set"), Some(&Value::Int(2)));
    assert!(spans.span("bridge::ours_around").attributes.is_empty());
}

#[test]
fn the_context_shows_our_trace_and_keeps_values_and_baggage() {
    #[derive(Debug, PartialEq)]
    struct Mine(u32);
    let spans = Capture::start();
    let _tracer = tracer();
    let _attached = Context::current().with_value(Mine(3)).with_baggage([KeyValue::new("tenant", "blue")]).attach();
    ours_around(|| {
        let context = Context::current();
        assert_eq!(context.get(), Some(&Mine(3)));
        assert_eq!(context.baggage().get("tenant").map(ToString::to_string).as_deref(), Some("blue"));
        let trace = current().expect("a span").trace_id();
        assert_eq!(trace_runtime::TraceId::from(context.span().span_context().trace_id()), trace);
    });
    assert!(!Context::current().has_active_span());
    spans.assert_count(1);
}

#[test]
fn a_captured_context_is_the_entry_and_otel_context_the_innermost() {
    let spans = Capture::start();
    let tracer = tracer();
    let (mut raw, mut exact) = (Context::new(), Context::new());
    ours_around(|| {
        ours_around(|| {
            raw = Context::current();
            exact = otel_context();
        });
    });
    let here = Snapshot::current();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _tracer = here.attach();
            tracer.start_with_context("under the entry", &raw).end();
            tracer.start_with_context("under the innermost", &exact).end();
        });
    });
    let all = spans.spans();
    let id =
        |nth: usize| Some(all.iter().filter(|s| s.name == "bridge::ours_around").nth(nth).expect("it").context.span_id);
    let outer = all.iter().find(|span| span.name == "bridge::ours_around" && span.parent.is_none()).expect("a root");
    let inner = if id(0) == Some(outer.context.span_id) { id(1) } else { id(0) };
    assert_eq!(spans.span("under the entry").parent, Some(outer.context.span_id));
    assert_eq!(spans.span("under the innermost").parent, inner);
}

#[test]
fn an_explicit_context_counts_before_what_is_current() {
    let spans = Capture::start();
    let tracer = tracer();
    ours_around(|| {
        let elsewhere = Context::new().with_span(tracer.start_with_context("other root", &Context::new()));
        tracer.start_with_context("child of the other", &elsewhere).end();
        elsewhere.span().end();
        ours();
    });
    spans.assert_tree(
        "bridge::ours_around
  bridge::ours
other root
  child of the other",
    );
}

#[test]
fn nothing_is_traced_where_telemetry_is_suppressed() {
    let spans = Capture::start();
    let tracer = tracer();
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        ours();
        block_on(ours_async(pause()));
        assert!(!tracer.start("foreign").span_context().is_valid());
    }
    ours();
    spans.assert_count(1);
}

#[test]
fn closures_that_look_at_the_context_may_call_traced_functions() {
    let spans = Capture::start();
    let tracer = tracer();
    Context::map_current(|_| ours_around(ours));
    tracer.in_span("a", |_| Context::map_current(|_| ours_around(ours)));
    get_active_span(|_| ours());
    spans.assert_tree(
        "bridge::ours_around
  bridge::ours
a
  bridge::ours_around
    bridge::ours
bridge::ours",
    );
}

#[test]
fn attributes_that_are_made_by_traced_code_do_not_lock_up() {
    struct Failing;
    impl std::fmt::Display for Failing {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            inside();
            f.write_str("failing")
        }
    }
    impl std::fmt::Debug for Failing {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Failing")
        }
    }
    impl std::error::Error for Failing {}
    #[trace]
    fn inside() {
        Context::current().span().set_attribute(KeyValue::new("inside", true));
    }
    let spans = Capture::start();
    let _tracer = tracer();
    ours_around(|| {
        let context = Context::current();
        context.span().set_attributes((0..2).map(|n| {
            inside();
            KeyValue::new(format!("n{n}"), n)
        }));
        context.span().record_error(&Failing);
    });
    let inner: Vec<_> = spans.spans().into_iter().filter(|span| span.name.ends_with("inside")).collect();
    assert_eq!(inner.len(), 3);
    assert!(inner.iter().all(|span| span.attribute("inside") == Some(&Value::Bool(true))), "{inner:?}");
    assert_eq!(spans.span("bridge::ours_around").attribute("n1"), Some(&Value::Int(1)));
}

#[test]
fn a_thread_may_end_inside_of_both() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            ours();
        }
    }
    thread_local! {
        static AT_END: std::cell::RefCell<Option<AtEnd>> = const { std::cell::RefCell::new(None) };
    }
    for first in [true, false] {
        let ended = std::thread::spawn(move || {
            let spans = Capture::start();
            let tracer = tracer();
            if first {
                AT_END.with(|at_end| *at_end.borrow_mut() = Some(AtEnd));
            }
            ours_around(|| tracer.in_span("a", |_| ours()));
            AT_END.with(|at_end| *at_end.borrow_mut() = Some(AtEnd));
            std::mem::forget(trace_runtime::span!("forgotten").enter());
            spans.spans().len()
        });
        // One more from the value that the second replaces.
        assert_eq!(ended.join().expect("no panic"), 3 + usize::from(first));
    }
}
