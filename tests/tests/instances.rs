//! Tracers beside the global one.

use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::{Span as _, Tracer as _};
use opentelemetry::{Context, global};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use std::collections::BTreeMap;
use std::future::Future;
use std::net::TcpListener;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context as TaskContext, Waker};
use std::time::Duration;
use tests::faults::command;
use tests::receiver::{Receiver, assert_whole};
use trace_export::{InitError, Tracing};
use trace_runtime::{Snapshot, TraceFuture as _, trace};

const LONG: Duration = Duration::from_secs(60);

#[trace(name = "work")]
fn work() {
    part();
}

#[trace(name = "part")]
fn part() {}

/// The program's own propagator.
#[derive(Debug)]
struct Own;

impl TextMapPropagator for Own {
    fn inject_context(&self, _: &Context, to: &mut dyn Injector) {
        to.set("own", "1".to_owned());
    }
    fn extract_with_context(&self, context: &Context, _: &dyn Extractor) -> Context {
        context.clone()
    }
    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

/// What is global as the program set it: headers that are written, and spans of a foreign tracer that arrive where they did.
fn globals_of(theirs: &InMemorySpanExporter) -> (BTreeMap<String, String>, usize) {
    let mut headers = std::collections::HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject(&mut headers));
    global::tracer("foreign").start("foreign").end();
    let spans = theirs.get_finished_spans().expect("they are there").len();
    (headers.into_iter().collect(), spans)
}

/// In one test, since what it looks at is the process's.
#[test]
fn two_instances_with_different_exporters_get_their_own_spans_and_leave_what_is_global_alone() {
    static PANICS: AtomicU32 = AtomicU32::new(0);
    let theirs = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(theirs.clone()).build();
    global::set_tracer_provider(provider);
    global::set_text_map_propagator(Own);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match panic.payload().downcast_ref::<&str>() {
        Some(&"on purpose") => _ = PANICS.fetch_add(1, Relaxed),
        _ => before(panic),
    }));
    let own = BTreeMap::from([("own".to_owned(), "1".to_owned())]);

    let (receiver, memory) = (Receiver::start(), InMemorySpanExporter::default());
    let first = trace_export::builder().endpoint(receiver.url()).service_name("first").build().expect("good");
    let second = trace_export::builder().exporter(memory.clone()).service_name("second").build().expect("good");

    // In turns, inside of each other, on another thread, and in a future.
    let in_scope = |tracing: Tracing| {
        let _scope = tracing.scope().attach();
        work();
    };
    in_scope(first);
    in_scope(second);
    {
        let _outer = first.scope().attach();
        in_scope(second);
        work();
        let here = Snapshot::current();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let _attached = here.attach();
                work();
            });
        });
        let mut task = pin!(async { work() }.in_span(second.scope()));
        assert!(task.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_ready());
    }
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _scope = second.scope().attach();
        panic!("on purpose");
    }));
    assert!(unwound.is_err());
    // Outside of any scope there is the global tracer, which is none.
    work();
    assert_eq!(Snapshot::current().context(), None);

    assert!(second.flush(LONG).complete);
    // It forgets them when it is shut down.
    let of_second = memory.get_finished_spans().expect("they are there");
    let counts = [first, second].map(|tracing| tracing.shutdown(LONG).counts);
    assert_eq!(counts.map(|counts| (counts.recorded, counts.delivered)), [(6, 6), (6, 6)], "{counts:?}");
    let mut names: Vec<_> = receiver.spans().iter().map(|span| span.span.name.clone()).collect();
    names.sort_unstable();
    assert_eq!(names, ["part", "part", "part", "work", "work", "work"]);
    assert_eq!(of_second.len(), 6);
    let theirs_too = |id: &[u8]| of_second.iter().any(|span| span.span_context.trace_id().to_bytes() == id);
    assert!(!receiver.spans().iter().any(|span| theirs_too(&span.span.trace_id)), "no trace is in both");
    assert_whole(&receiver.spans(), 3);

    assert_eq!(globals_of(&theirs), (own, 1));
    assert_eq!(PANICS.load(Relaxed), 1, "the program's own hook");
    let _ = std::panic::take_hook();
    // The place of the global tracer is free, also for one that fails.
    let bad = trace_export::builder().endpoint("nonsense").init();
    assert!(matches!(bad, Err(InitError::Invalid { .. })), "{bad:?}");
    let last = Receiver::start();
    let global = trace_export::builder().endpoint(last.url()).without_opentelemetry_globals().init().expect("free");
    work();
    assert!(global.flush(LONG).complete);
    assert_eq!(last.spans().len(), 2);
    assert!(matches!(trace_export::builder().or_console().init(), Err(InitError::AlreadyInitialised)));
}

#[test]
fn the_end_of_the_program_waits_for_the_global_tracer_and_for_no_other() {
    // It takes connections and never answers.
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", deaf.local_addr().expect("an address"));
    for (instance, lost) in [(false, true), (true, false)] {
        let mut variables = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
        if instance {
            variables.push(("INSTANCE", "1"));
        }
        let output = command(env!("CARGO_BIN_EXE_program"), &["return"], &variables).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.contains("10 not delivered in time"), lost, "{said}");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
}
