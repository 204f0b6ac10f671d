//! Where foreign code and ours meet in ways that must not end in an abort, a deadlock or a wrong trace.

use opentelemetry::Context;
use opentelemetry::trace::TracerProvider as _;
use trace_runtime::capture::Capture;
use trace_runtime::export::{Tracer, TracerConfig};
use trace_runtime::otel::TracerProvider;
use trace_runtime::{GenerateIds, SpanId, TraceId, current, trace};

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
