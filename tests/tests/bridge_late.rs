//! Foreign code that shows up inside of a span. Alone in its process: it is new to that only once.

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use trace_runtime::capture::Capture;
use trace_runtime::otel::TracerProvider;
use trace_runtime::{Value, trace};

#[trace(name = "A")]
fn a(work: impl FnOnce()) {
    work();
}

#[trace(name = "B")]
fn b(work: impl FnOnce()) {
    work();
}

#[test]
fn what_starts_next_shows_to_foreign_code_that_came_while_a_span_was_open() {
    let provider = TracerProvider::new();
    let spans = Capture::start();
    a(|| {
        let tracer = provider.tracer("foreign");
        b(|| {
            Context::current().span().set_attribute(KeyValue::new("set", 1));
            let here = Context::current();
            std::thread::spawn(move || {
                let _here = here.attach();
                tracer.in_span("handed on", |_| ());
            })
            .join()
            .expect("no panic");
        });
    });
    spans.assert_tree("A\n  B set=1\n    handed on");
    assert_eq!(spans.span("B").attribute("set"), Some(&Value::Int(1)));
}
