//! OpenTelemetry's API inside of requests that have spans of `trace-http`.

use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use std::convert::Infallible;
use tower::{Layer as _, ServiceExt as _};
use trace_http::{ClientLayer, ServerLayer};
use trace_runtime::capture::Capture;
use trace_runtime::otel::TracerProvider;
use trace_runtime::propagation::Propagation;

type Request = http::Request<String>;

#[test]
fn spans_of_foreign_code_lie_between_those_of_server_and_client() {
    let spans = Capture::start();
    let tracer = TracerProvider::new().tracer("foreign");
    tracer.start("seen before").end();
    let next = tower::service_fn(|request: Request| async move {
        let parent = request.headers()["traceparent"].to_str().expect("text").to_owned();
        Ok::<_, Infallible>(http::Response::new(parent))
    });
    let client = ClientLayer::new(Propagation::default()).layer(next);
    let server = ServerLayer::new(Propagation::default()).layer(tower::service_fn(move |_: Request| {
        let (client, tracer) = (client.clone(), tracer.clone());
        async move {
            Context::current().span().set_attribute(KeyValue::new("set", "by foreign code"));
            let foreign = Context::current_with_span(tracer.start("foreign"));
            let _attached = foreign.attach();
            let request = http::Request::get("http://next/").body(String::new()).expect("a request");
            let answer = client.oneshot(request).await?.into_body();
            Ok::<_, Infallible>(http::Response::new(read(answer).await))
        }
    }));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let request = http::Request::get("/").body(String::new()).expect("a request");
    let sent = runtime.block_on(async { read(server.oneshot(request).await.expect("an answer").into_body()).await });
    let all = spans.spans();
    let of = |name: &str, kind| all.iter().find(|span| span.name == name && span.kind == kind).expect("the span");
    let server = of("GET", trace_runtime::Kind::Server);
    let client = of("GET", trace_runtime::Kind::Client);
    let foreign = of("foreign", trace_runtime::Kind::Internal);
    assert_eq!(foreign.parent, Some(server.context.span_id));
    assert_eq!(client.parent, Some(foreign.context.span_id));
    assert!(sent.contains(&client.context.span_id.to_string()));
    assert_eq!(server.attribute("set").map(ToString::to_string).as_deref(), Some("by foreign code"));
    spans.assert_no_orphans();
}

/// A body's text.
async fn read(body: impl http_body::Body<Data = bytes::Bytes, Error = Infallible>) -> String {
    let mut body = std::pin::pin!(body);
    let mut text = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        text.extend_from_slice(&frame.expect("no error").into_data().expect("data"));
    }
    String::from_utf8(text).expect("text")
}
