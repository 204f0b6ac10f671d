//! One trace with the instrumentation of others: an HTTP server layer, `tracing` through `tracing-opentelemetry`, plain API code.

use http::{HeaderMap, Request, Response};
use opentelemetry::trace::{SpanKind, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_http::HeaderInjector;
use opentelemetry_instrumentation_tower::http::server::Layer;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use tests::receiver::{Arrived, Receiver, assert_whole};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use trace_runtime::{Snapshot, TraceFuture as _, trace};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

const REQUESTS: usize = 50;

#[trace]
fn ours(n: u64) -> u64 {
    tracing::info_span!("leaf of tracing").in_scope(|| n)
}

#[trace]
async fn ours_async(n: u64) -> u64 {
    tokio::task::yield_now().await;
    ours(n)
}

#[tracing::instrument(name = "theirs")]
async fn theirs() -> u64 {
    tokio::task::yield_now().await;
    ours_async(1).await
}

/// What a request is answered with.
#[trace]
async fn handle(request: Request<String>) -> Result<Response<String>, Infallible> {
    let spawned = tokio::spawn(ours_async(2).in_span(Snapshot::current()));
    let sum = theirs().await + spawned.await.expect("no panic");
    let queried = global::tracer("database").in_span("query", |context| {
        context.span().set_attribute(KeyValue::new("db.system.name", "test"));
        ours(3)
    });
    let waited = async { ours_async(4).await }.instrument(tracing::info_span!("instrumented")).await;
    Context::current().span().set_attribute(KeyValue::new("answered", true));
    assert_eq!(sum + queried + waited, 10);
    Ok(Response::new(request.into_body()))
}

/// A client of its own making, as one writes it with the OpenTelemetry API.
#[trace]
async fn request() {
    let mut headers = HeaderMap::new();
    let tracer = global::tracer("client");
    let span = tracer.span_builder("GET").with_kind(SpanKind::Client).start(&tracer);
    let context = Context::current_with_span(span);
    global::get_text_map_propagator(|it| it.inject_context(&context, &mut HeaderInjector(&mut headers)));
    let mut request = Request::get("http://shop/cart").body("body".to_owned()).expect("a request");
    *request.headers_mut() = headers;
    let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(handle));
    // In a task of its own, as in another process.
    let response = tokio::spawn(async { service.oneshot(request).await }).await.expect("no panic").expect("an answer");
    assert_eq!(response.body(), "body");
    context.span().end();
}

#[test]
fn an_http_layer_tracing_spans_and_plain_api_code_are_in_one_trace_with_ours() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).init().expect("a good configuration");
    let layer = tracing_opentelemetry::layer().with_tracer(global::tracer("tracing"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).expect("the first");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    runtime.block_on(async {
        let requests: Vec<_> = (0..REQUESTS).map(|_| tokio::spawn(request())).collect();
        for request in requests {
            request.await.expect("no panic");
        }
    });
    assert!(tracing.flush(Duration::from_secs(20)).complete);
    let spans = receiver.spans();
    assert_whole(&spans, REQUESTS);
    let mut traces: BTreeMap<_, Vec<&Arrived>> = BTreeMap::new();
    for one in &spans {
        traces.entry(one.span.trace_id.clone()).or_default().push(one);
    }
    assert_eq!(traces.len(), REQUESTS);
    for trace in traces.values() {
        let by_id: BTreeMap<_, _> = trace.iter().map(|one| (&one.span.span_id, one)).collect();
        let name = |one: &Arrived| one.span.name.trim_start_matches("interop::").to_owned();
        let path = |one: &&&Arrived| {
            let mut path = vec![name(one)];
            let mut at = **one;
            while let Some(parent) = by_id.get(&at.span.parent_span_id) {
                path.push(name(parent));
                at = parent;
            }
            path.reverse();
            path.join(" > ")
        };
        let mut paths: Vec<_> = trace.iter().map(|one| path(&one)).collect();
        paths.sort();
        let under = "request > GET > GET > handle";
        let leaf = "ours_async > ours > leaf of tracing";
        for expected in [
            format!("{under} > theirs > {leaf}"),
            format!("{under} > {leaf}"),
            format!("{under} > query > ours > leaf of tracing"),
            format!("{under} > instrumented > {leaf}"),
        ] {
            assert!(paths.contains(&expected), "{expected} is not in {paths:#?}");
        }
        let handle = trace.iter().find(|one| one.span.name == "interop::handle").expect("the handler");
        assert_eq!(handle.attribute("answered").as_deref(), Some("true"));
        let server = trace.iter().find(|one| one.span.kind == 2).expect("the server's span");
        assert_eq!(server.attribute("http.response.status_code").as_deref(), Some("200"));
        assert_eq!(server.span.flags & 0x300, 0x300, "its parent came from elsewhere");
    }
    tracing.shutdown(Duration::from_secs(2));
}
