//! The mode in which every span has a Context of its own. Alone in its process, as the mode is for all of it.

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceContextExt as _, TracerProvider as _};
use std::collections::HashSet;
use trace_runtime::capture::Capture;
use trace_runtime::otel::{TracerProvider, set_exact};
use trace_runtime::{Snapshot, current, span, trace};

#[trace]
fn around(work: impl FnOnce()) {
    work();
}

fn assert_exact() {
    let shown = Context::current().span().span_context().span_id();
    assert_eq!(shown, SpanId::from(current().expect("a span").span_id()));
}

#[test]
fn every_span_shows_itself_also_under_a_context_that_was_handed_on() {
    set_exact();
    let _spans = Capture::start();
    let _tracer = TracerProvider::new().tracer("foreign");
    around(|| {
        let here = Context::current();
        std::thread::spawn(move || {
            let _here = here.attach();
            around(|| around(assert_exact));
        })
        .join()
        .expect("no panic");
    });
}

/// OpenTelemetry's stack of Contexts ends at 65535.
#[test]
fn spans_nest_deeper_than_contexts_can() {
    fn deep(left: u32) {
        let _span = span!("deep").enter();
        if left > 0 {
            deep(left - 1);
        }
    }
    set_exact();
    let spans = Capture::start();
    let here = Snapshot::current();
    let thread = std::thread::Builder::new().stack_size(1 << 28).spawn(move || {
        let _here = here.attach();
        deep(66_000);
    });
    thread.expect("a thread").join().expect("no panic");
    let parents: HashSet<_> = spans.spans().iter().map(|span| span.parent).collect();
    assert_eq!(parents.len(), 66_001, "each is the parent of one");
}
