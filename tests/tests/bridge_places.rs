//! Contexts that are handed on: work under them is where it belongs, with all that its trace knows.

use opentelemetry::Context;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    TracerProvider as _,
};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use trace_runtime::capture::Capture;
use trace_runtime::otel::{Tracer, TracerProvider, otel_context};
use trace_runtime::{Decision, Sample, Sampler, SamplingInput, Snapshot, SpanLimits, current, span, trace};

fn tracer() -> Tracer {
    TracerProvider::new().tracer("foreign")
}

#[trace(name = "ours")]
fn ours() {}

#[trace(name = "A")]
fn a(work: impl FnOnce()) {
    work();
}

#[trace(name = "B")]
fn b(work: impl FnOnce()) {
    work();
}

/// Runs `work` on another thread, where nothing is current.
fn elsewhere(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"));
}

/// Samples spans of this name.
struct Only(&'static str);

impl Sample for Only {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        Decision { sampled: input.name == self.0, ..Decision::default() }
    }
}

#[test]
fn a_context_handed_on_keeps_the_tracer_whoever_made_it() {
    let spans = Capture::start();
    let tracer = tracer();
    a(|| {
        let here = Context::current();
        elsewhere(|| {
            let _here = here.attach();
            assert!(current().expect("a span").is_recording());
            b(|| {});
            tracer.in_span("F", |_| ours());
        });
        let context = Context::current_with_span(tracer.start("G"));
        context.span().end();
        elsewhere(|| {
            let _here = context.attach();
            b(ours);
        });
    });
    spans.assert_tree("A\n  B\n  F\n    ours\n  G\n    B\n      ours");
}

#[test]
fn a_context_handed_on_keeps_the_sampler() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    struct Counts;
    impl Sample for Counts {
        fn sample(&self, _: &SamplingInput<'_>) -> Decision {
            ASKED.fetch_add(1, Relaxed);
            Decision { sampled: true, ..Decision::default() }
        }
    }
    let spans = Capture::with(Sampler::custom(Counts), SpanLimits::default());
    let _tracer = tracer();
    a(|| {
        let here = Context::current();
        elsewhere(|| {
            let _here = here.attach();
            b(ours);
        });
    });
    spans.assert_count(3);
    assert_eq!(ASKED.load(Relaxed), 3);
}

#[test]
fn what_an_unsampled_span_hands_on_is_unsampled() {
    let spans = Capture::with(Sampler::parent_based(Sampler::custom(Only("B"))), SpanLimits::default());
    let tracer = tracer();
    let tracer_scope = Snapshot::current();
    a(|| {
        let here = Context::current();
        assert!(here.span().span_context().is_valid());
        ours();
        elsewhere(|| {
            let _scope = tracer_scope.attach();
            let _here = here.attach();
            b(|| {});
            assert!(!tracer.start("B").span_context().is_sampled());
        });
        tracer.start_with_context("B", &Context::new()).end();
    });
    spans.assert_tree("B");
}

#[test]
fn a_remote_span_with_the_id_of_an_open_one_is_another() {
    let spans = Capture::start();
    let open = tracer().start("open");
    let id = open.span_context().span_id();
    let remote = SpanContext::new(TraceId::from(7), id, TraceFlags::SAMPLED, true, TraceState::NONE);
    {
        let _attached = Context::new().with_remote_span_context(remote).attach();
        ours();
    }
    drop(open);
    let ours = spans.span("ours");
    assert_eq!((ours.context.trace_id.to_u128(), ours.has_remote_parent), (7, true));
}

#[test]
fn an_explicit_context_of_an_outer_span_is_that_span() {
    let spans = Capture::start();
    let tracer = tracer();
    a(|| {
        let outer = otel_context();
        b(|| {
            tracer.start_with_context("under A", &outer).end();
            tracer.start_with_context("root", &Context::new()).end();
            tracer.start_with_context("under B", &Context::current()).end();
        });
    });
    spans.assert_tree("A\n  B\n    under B\n  under A\nroot");
}

#[test]
fn the_context_for_handing_on_is_a_foreign_span_where_that_is_innermost() {
    let spans = Capture::start();
    let tracer = tracer();
    a(|| tracer.in_span("F", |_| tracer.start_with_context("under F", &otel_context()).end()));
    spans.assert_tree("A\n  F\n    under F");
}

#[test]
fn forgotten_guards_leave_no_context_behind() {
    let spans = Capture::start();
    let _tracer = tracer();
    a(|| {
        b(|| std::mem::forget(span!("forgotten").root().enter()));
        let shown = Context::current().span().span_context().span_id();
        assert_eq!(shown, SpanId::from(current().expect("a span").span_id()));
    });
    let first = span!("first").enter();
    let second = span!("second").root().enter();
    drop(first);
    let third = span!("third").root().enter();
    let shown = Context::current().span().span_context().span_id();
    drop(second);
    assert_eq!(Context::current().span().span_context().span_id(), shown);
    drop(third);
    assert!(!Context::current().has_active_span());
    spans.assert_count(5);
}
