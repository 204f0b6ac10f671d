//! Our baggage in Contexts that are handed on.

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TracerProvider as _;
use std::collections::HashMap;
use trace_runtime::capture::Capture;
use trace_runtime::otel::{TextMapPropagator, TracerProvider, otel_context};
use trace_runtime::propagation::{Baggage, Format, Propagation};
use trace_runtime::{Snapshot, trace};

#[trace(name = "A")]
fn a<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

fn of_tenant(tenant: &str) -> Baggage {
    let mut baggage = Baggage::default();
    baggage.insert("tenant", tenant).expect("valid");
    baggage
}

/// What goes out from here, by the Context and by ours.
fn sent() -> [Option<String>; 2] {
    let propagator = TextMapPropagator::from(Propagation::new([Format::TraceContext, Format::Baggage]));
    let mut carrier = HashMap::<String, String>::new();
    propagator.inject_context(&Context::current(), &mut carrier);
    let ours = Snapshot::current().baggage().get("tenant").map(|tenant| format!("tenant={tenant}"));
    [carrier.remove("baggage"), ours]
}

fn both(tenant: &str) -> [Option<String>; 2] {
    [Some(format!("tenant={tenant}")), Some(format!("tenant={tenant}"))]
}

#[test]
fn the_context_for_handing_on_sends_the_baggage_on() {
    let spans = Capture::start();
    let _tracer = TracerProvider::new().tracer("foreign");
    let _blue = Snapshot::current().with_baggage(of_tenant("blue")).attach();
    let contexts = a(|| [Context::current(), otel_context()]);
    for context in contexts {
        elsewhere(|| {
            let _here = context.attach();
            assert_eq!(sent(), both("blue"));
            a(|| assert_eq!(sent(), both("blue")));
        });
    }
    spans.assert_count(3);
}

#[test]
fn a_span_with_several_baggages_has_each_in_its_own_contexts() {
    let _spans = Capture::start();
    let _tracer = TracerProvider::new().tracer("foreign");
    let _none = Snapshot::current().with_baggage(of_tenant("none")).attach();
    a(|| {
        let here = Snapshot::current();
        let contexts = ["blue", "red", "none"].map(|tenant| {
            let there = here.clone().with_baggage(of_tenant(tenant));
            (tenant, elsewhere(|| (there.attach(), Context::current()).1))
        });
        let empty = here.with_baggage(Baggage::default());
        let empty = elsewhere(|| (empty.attach(), Context::current()).1);
        for (tenant, context) in contexts {
            elsewhere(|| {
                let _here = context.attach();
                assert_eq!(sent(), both(tenant));
            });
        }
        elsewhere(|| {
            let _here = empty.attach();
            assert_eq!(sent(), [None, None]);
        });
    });
}
