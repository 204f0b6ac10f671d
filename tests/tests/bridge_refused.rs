//! More open spans than a process may have: the last are refused. Alone in its process.

use opentelemetry::trace::TracerProvider as _;
use trace_runtime::capture::Capture;
use trace_runtime::otel::TracerProvider;
use trace_runtime::propagation::Baggage;
use trace_runtime::{Snapshot, trace};

#[trace]
fn ours() {}

#[test]
fn refused_spans_leave_the_baggage_of_others_alone() {
    let _spans = Capture::start();
    let mut mine = Baggage::default();
    mine.insert("user", "mine").expect("baggage");
    let here = Snapshot::current().with_baggage(mine);
    let tracer = TracerProvider::new().tracer("foreign");
    let open: Vec<_> = (0..200_010).map(|_| opentelemetry::trace::Tracer::start(&tracer, "open")).collect();
    {
        let _attached = here.attach();
        (0..8).for_each(|_| ours());
    }
    let mut others = Baggage::default();
    others.insert("user", "somebody else's").expect("baggage");
    let _other = Snapshot::none().with_baggage(others);
    assert_eq!(here.baggage().get("user").as_deref(), Some("mine"));
    drop(open);
}
