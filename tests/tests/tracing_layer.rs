//! Our layer for `tracing` beside `tracing-opentelemetry`, on the same subscriber: the same calls give the same trees.

use http::{Request, Response};
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use tests::receiver::{Arrived, Receiver};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tower_http::trace::TraceLayer;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

/// What both have to agree on: path of names from the root, kind, status, attributes, events with theirs, links.
type Seen = (Vec<String>, i32, String, BTreeMap<String, String>, Vec<(String, BTreeMap<String, String>)>, usize);

#[derive(Debug)]
struct Missing(u64);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "number {} is not there", self.0)
    }
}

impl std::error::Error for Missing {}

#[instrument(err, fields(otel.kind = "client", db.system.name = "test", rows = Empty))]
async fn query(id: u64) -> Result<u64, Missing> {
    tokio::task::yield_now().await;
    Span::current().record("rows", 3);
    tracing::debug!(id, ok = true, ratio = 0.5, "asked");
    if id % 2 == 0 { Ok(id) } else { Err(Missing(id)) }
}

#[instrument(level = "debug", skip_all, fields(otel.name = "render page", size = 7i64, title = %"home"))]
fn render() {
    let caller = Span::current();
    let span = info_span!("part");
    span.follows_from(&caller);
    span.in_scope(|| tracing::error!("no template"));
}

async fn handle(request: Request<String>) -> Result<Response<String>, Infallible> {
    let id = request.uri().path().len() as u64;
    let spawned = tokio::spawn(query(id).instrument(info_span!("task", n = 1, text = "a text", debug = ?Some(1))));
    let (one, two) = tokio::join!(query(id + 1), spawned);
    assert!(one.is_ok() != two.expect("no panic").is_ok());
    render();
    Ok(Response::builder().status(if id > 5 { 500 } else { 200 }).body(request.into_body()).expect("a response"))
}

fn theirs(spans: &[SpanData]) -> Vec<Seen> {
    let names: BTreeMap<_, _> = spans
        .iter()
        .map(|span| (span.span_context.span_id().to_bytes(), (span.name.to_string(), span.parent_span_id.to_bytes())))
        .collect();
    let pairs = |pairs: &[opentelemetry::KeyValue]| {
        pairs.iter().map(|pair| (pair.key.to_string(), pair.value.to_string())).collect::<BTreeMap<_, _>>()
    };
    let seen = |span: &SpanData| {
        let kind = match span.span_kind {
            SpanKind::Internal => 1,
            SpanKind::Server => 2,
            SpanKind::Client => 3,
            SpanKind::Producer => 4,
            SpanKind::Consumer => 5,
        };
        let status = match &span.status {
            Status::Unset => "unset".to_owned(),
            Status::Ok => "ok".to_owned(),
            Status::Error { description } => format!("error {description}"),
        };
        let events = span.events.iter().map(|event| (event.name.to_string(), pairs(&event.attributes))).collect();
        let path = path(&names, span.span_context.span_id().to_bytes());
        (path, kind, status, timeless(pairs(&span.attributes)), events, span.links.links.len())
    };
    sorted(spans.iter().map(seen))
}

fn ours(spans: &[Arrived]) -> Vec<Seen> {
    let id = |bytes: &[u8]| bytes.try_into().unwrap_or_default();
    let names: BTreeMap<_, _> = spans
        .iter()
        .map(|one| (id(&one.span.span_id), (one.span.name.clone(), id(&one.span.parent_span_id))))
        .collect();
    let pairs = |pairs: &[opentelemetry_proto::tonic::common::v1::KeyValue]| {
        pairs.iter().map(|pair| (pair.key.clone(), tests::receiver::text(pair))).collect::<BTreeMap<_, _>>()
    };
    let seen = |one: &Arrived| {
        let span = &one.span;
        assert_eq!(span.attributes.len(), pairs(&span.attributes).len(), "each key once: {span:?}");
        let status = match span.status.as_ref().map(|status| (status.code, &*status.message)) {
            Some((2, text)) => format!("error {text}"),
            Some((1, _)) => "ok".to_owned(),
            _ => "unset".to_owned(),
        };
        let events = span.events.iter().map(|event| (event.name.clone(), pairs(&event.attributes))).collect();
        let path = path(&names, id(&span.span_id));
        (path, span.kind, status, timeless(pairs(&span.attributes)), events, span.links.len())
    };
    sorted(spans.iter().map(seen))
}

fn path(names: &BTreeMap<[u8; 8], (String, [u8; 8])>, mut at: [u8; 8]) -> Vec<String> {
    let mut path = Vec::new();
    while let Some((name, parent)) = names.get(&at) {
        path.insert(0, name.clone());
        at = *parent;
    }
    path
}

/// Each measures times itself.
fn timeless(mut attributes: BTreeMap<String, String>) -> BTreeMap<String, String> {
    for key in ["busy_ns", "idle_ns"] {
        if let Some(nanos) = attributes.get_mut(key) {
            assert!(nanos.parse::<i64>().is_ok_and(|nanos| nanos >= 0), "{key} {nanos}");
            nanos.clear();
        }
    }
    attributes
}

fn sorted(seen: impl Iterator<Item = Seen>) -> Vec<Seen> {
    let mut seen: Vec<_> = seen.collect();
    seen.sort();
    seen
}

#[test]
fn a_service_of_tower_http_gives_the_trees_and_attributes_that_tracing_opentelemetry_gives() {
    let receiver = Receiver::start();
    // Apart from each other: what one makes current is not the other's parent.
    let tracing = trace_export::builder().endpoint(receiver.url()).without_opentelemetry_globals().init();
    let tracing = tracing.expect("a good configuration");
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let theirs_layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("tracing"));
    let ours_layer = trace_logs::tracing::layer().with_threads(true).with_tracked_inactivity(true);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(theirs_layer).with(ours_layer))
        .expect("the first");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let requests: Vec<_> = (0..20)
            .map(|n| {
                let service = ServiceBuilder::new().layer(TraceLayer::new_for_http()).service(service_fn(handle));
                let request = Request::get(format!("http://shop/{}", "x".repeat(n % 9))).body("body".to_owned());
                tokio::spawn(async { service.oneshot(request.expect("a request")).await })
            })
            .collect();
        for request in requests {
            request.await.expect("no panic").expect("an answer");
        }
    });
    drop(runtime);
    assert!(tracing.flush(Duration::from_secs(20)).complete);
    let spans = receiver.spans();
    let named = |name: &str| spans.iter().filter(|one| one.span.name == name).count();
    assert_eq!((named("request"), named("query"), named("render page"), named("part")), (20, 40, 20, 20));
    let (ours, theirs) = (ours(&spans), theirs(&exporter.get_finished_spans().expect("spans")));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    let scopes: BTreeMap<_, _> = spans.iter().map(|one| (&*one.span.name, &*one.scope.name)).collect();
    assert_eq!((scopes["request"], scopes["query"]), ("tower_http", "tracing_layer"));
    tracing.shutdown(Duration::from_secs(2));
}
