//! A span of this process that comes back from outside, with more to it. Alone in its process, as it needs the global tracer.

use opentelemetry::Context;
use trace_runtime::export::{Flow, Parts, TracerConfig, drain, install};
use trace_runtime::otel::{TracerProvider, set_exact};
use trace_runtime::propagation::{Format, Propagation};
use trace_runtime::{current, span};

#[test]
fn a_context_from_outside_that_goes_leaves_the_span_that_it_names_where_it_is() {
    let tracer = install(TracerConfig::default()).expect("the only one");
    opentelemetry::global::set_tracer_provider(TracerProvider::new());
    set_exact();
    let mut client = span!("client").hold();
    let own = client.context().expect("it is recorded");
    let wire = [
        ("traceparent", format!("00-{:032x}-{:016x}-01", own.trace_id.to_u128(), own.span_id.to_u64())),
        ("baggage", "k=v".to_owned()),
    ];
    let formats = Propagation::new([Format::TraceContext, Format::Baggage]);
    let came = {
        let _here = formats.extract(&wire).snapshot().attach();
        Context::current()
    };
    client.in_scope(|| {
        let here = Context::current();
        drop(came);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _here = here.attach();
                current().expect("the span").set_attribute("from", "another thread");
            });
        });
    });
    drop(client);
    let (mut spans, mut parts) = (Vec::new(), Parts::default());
    drain(tracer, &mut |record| {
        spans.push(record.to_span(&mut parts));
        Flow::Taken
    });
    let client = spans.iter().find(|span| span.name == "client").expect("it ended");
    assert!(client.attribute("from").is_some(), "{client:?}");
}
