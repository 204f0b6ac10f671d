//! Our layer for `tracing` among OpenTelemetry code: spans of all three kinds are each other's parents.

use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::receiver::{Arrived, Receiver, assert_whole};
use trace_runtime::{Snapshot, TraceFuture as _, trace};
use tracing::{Instrument as _, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

const ROOTS: usize = 50;

#[trace(name = "ours")]
fn ours() {
    info_span!("leaf").in_scope(|| {});
}

/// Through the OpenTelemetry API.
fn foreign(work: impl FnOnce()) {
    global::tracer("foreign").in_span("foreign", |_| work());
}

#[instrument(skip_all)]
async fn theirs() {
    tokio::task::yield_now().await;
    foreign(|| info_span!("inner").in_scope(|| foreign(ours)));
    Context::current().span().set_attribute(KeyValue::new("set", "through the Context"));
    let tracer = global::tracer("foreign");
    let context = Context::current_with_span(tracer.start("held"));
    async {
        tokio::task::yield_now().await;
        async { ours() }.instrument(info_span!("instrumented")).await;
    }
    .with_context(context)
    .await;
    tokio::task::yield_now().await;
    foreign(|| {});
}

#[trace(name = "root")]
async fn root() {
    theirs().await;
    let spawned = theirs().instrument(info_span!("task"));
    tokio::spawn(spawned).await.expect("no panic");
    tokio::spawn(theirs().in_span(Snapshot::current())).await.expect("no panic");
}

#[test]
fn spans_of_tracing_of_opentelemetry_and_ours_are_in_one_tree() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).init().expect("a good configuration");
    // Else what other threads were in when it is first asked for one has no Context yet.
    let _seen = global::tracer("foreign");
    let subscriber = tracing_subscriber::registry().with(trace_logs::tracing::layer());
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let roots: Vec<_> = (0..ROOTS).map(|_| tokio::spawn(root())).collect();
        for root in roots {
            root.await.expect("no panic");
        }
    });
    assert!(tracing.flush(Duration::from_secs(20)).complete);
    let spans = receiver.spans();
    assert_whole(&spans, ROOTS);
    let by_id: BTreeMap<_, _> = spans.iter().map(|one| (&one.span.span_id, one)).collect();
    let path = |one: &Arrived| {
        let (mut path, mut at) = (vec![one.span.name.clone()], one);
        while let Some(parent) = by_id.get(&at.span.parent_span_id) {
            path.insert(0, parent.span.name.clone());
            at = parent;
        }
        path.join(" > ")
    };
    let mut paths: BTreeMap<String, usize> = BTreeMap::new();
    for one in &spans {
        *paths.entry(path(one)).or_default() += 1;
    }
    let below = [
        ("", 1),
        (" > foreign", 2),
        (" > foreign > inner", 1),
        (" > foreign > inner > foreign", 1),
        (" > foreign > inner > foreign > ours", 1),
        (" > foreign > inner > foreign > ours > leaf", 1),
        (" > held", 1),
        (" > held > instrumented", 1),
        (" > held > instrumented > ours", 1),
        (" > held > instrumented > ours > leaf", 1),
    ];
    let mut expected = BTreeMap::from([("root".to_owned(), ROOTS), ("root > task".to_owned(), ROOTS)]);
    for (above, times) in [("root > theirs", 2), ("root > task > theirs", 1)] {
        expected.extend(below.iter().map(|(path, each)| (format!("{above}{path}"), ROOTS * times * each)));
    }
    assert_eq!(paths, expected);
    let set = |name: &str| spans.iter().filter(|one| one.span.name == name && one.attribute("set").is_some()).count();
    assert_eq!((set("theirs"), set("root") + set("task")), (3 * ROOTS, 0), "what is set lands on the innermost");
    tracing.shutdown(Duration::from_secs(2));
}
