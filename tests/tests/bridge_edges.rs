//! Where foreign code and ours meet in ways that must not end in an abort, a deadlock or a wrong trace.

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use trace_runtime::capture::Capture;
use trace_runtime::export::{Tracer, TracerConfig};
use trace_runtime::otel::TracerProvider;
use trace_runtime::{
    Decision, GenerateIds, Sample, Sampler, SamplingInput, Snapshot, SpanId, SpanLimits, TraceId, current, span, trace,
};

fn tracer() -> trace_runtime::otel::Tracer {
    TracerProvider::new().tracer("foreign")
}

#[trace]
fn ours() {}

#[trace]
fn ours_around(work: impl FnOnce()) {
    work();
}

#[test]
fn the_first_traced_call_of_a_thread_may_come_after_its_context_is_gone() {
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            ours_around(ours);
        }
    }
    thread_local! {
        static AT_END: std::cell::RefCell<Option<AtEnd>> = const { std::cell::RefCell::new(None) };
    }
    let _spans = Capture::start();
    let _tracer = tracer();
    let ended = std::thread::spawn(|| {
        AT_END.with(|at_end| *at_end.borrow_mut() = Some(AtEnd));
        drop(Context::new().attach());
    });
    ended.join().expect("no panic");
}

#[test]
fn a_generator_of_ids_may_call_traced_code() {
    struct Ids;
    impl GenerateIds for Ids {
        fn trace_id(&self) -> TraceId {
            ours();
            TraceId::from_u128(7)
        }
        fn span_id(&self) -> SpanId {
            ours();
            SpanId::default()
        }
    }
    let config = TracerConfig { ids: Some(Box::new(Ids)), ..TracerConfig::default() };
    let tracer = Tracer::isolated(config);
    let _scope = tracer.scope().attach();
    ours_around(|| assert_eq!(current().expect("a span").trace_id().to_u128(), 7));
}

#[test]
fn a_span_that_is_not_sampled_may_start_while_attributes_are_set() {
    #[trace(name = "inside")]
    fn inside() {
        Context::current().span().set_attribute(KeyValue::new("inside", true));
    }
    struct NotInside;
    impl Sample for NotInside {
        fn sample(&self, input: &SamplingInput<'_>) -> Decision {
            Decision { sampled: input.name != "inside", ..Decision::default() }
        }
    }
    let spans = Capture::with(Sampler::custom(NotInside), SpanLimits::default());
    let tracer = tracer();
    ours_around(|| {
        Context::current().span().set_attributes((0..2).map(|n| {
            inside();
            tracer.in_span("inside", |context| context.span().set_attribute(KeyValue::new("n", n)));
            KeyValue::new("n", n)
        }));
    });
    spans.assert_tree("bridge_edges::ours_around n=1");
}

#[test]
fn nothing_is_traced_where_telemetry_is_suppressed_however_it_starts() {
    #[trace(root)]
    fn rooted() {}
    let spans = Capture::start();
    let tracer = tracer();
    let here = Snapshot::current();
    let context = Context::current_with_span(tracer.start("foreign"));
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        rooted();
        {
            let _attached = here.attach();
            ours_around(ours);
            tracer.in_span("foreign too", |_| ours());
        }
        span!("given").parent(here.clone()).in_scope(ours);
        tests::drive::block_on(trace_runtime::TraceFuture::in_span(async { ours() }, here.clone()));
    }
    context.span().end();
    ours();
    spans.assert_tree("foreign\nbridge_edges::ours");
}
