//! Whom a server believes, what it leaves out, and what it tells.

use crate::harness::{ask, attribute, captured, layer, serve_traced, spans};
use axum::Router;
use axum::routing::get;
use http::HeaderName;
use trace_http::{Proxies, ResponseHeader};
use trace_runtime::capture::Capture;
use trace_runtime::propagation::Trust;
use trace_runtime::{Sampler, SpanLimits, span as span_of, trace};

const PARENT: &str = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[trace(name = "inside")]
fn inside() {}

fn router() -> Router {
    Router::new().route("/", get(|| async { inside() })).route("/healthz", get(|| async { inside() }))
}

#[test]
fn each_caller_is_trusted_as_the_callback_says() {
    captured(async |capture| {
        let trust = |request: &trace_http::RequestHead<'_>| match request
            .headers()
            .get("x-who")
            .map(http::HeaderValue::as_bytes)
        {
            Some(b"friend") => Trust::Continue,
            Some(b"known") => Trust::Link,
            _ => Trust::Ignore,
        };
        let address = serve_traced(router(), layer().trust(trust)).await;
        for who in ["friend", "known", "stranger"] {
            ask(address, &format!("GET /?who={who} HTTP/1.1\r\nx-who: {who}\r\n{PARENT}")).await;
        }
        let all = spans(capture, 6).await;
        let of = |who: &str| {
            let query = format!("who={who}");
            all.iter().find(|span| attribute(span, "url.query") == Some(query.clone())).expect("its span").clone()
        };
        assert_eq!(of("friend").context.trace_id.to_string(), TRACE);
        assert!(of("friend").links.is_empty());
        assert_ne!(of("known").context.trace_id.to_string(), TRACE);
        assert_eq!(of("known").links.iter().map(|link| link.trace_id.to_string()).collect::<Vec<_>>(), [TRACE]);
        assert!(of("known").parent.is_none());
        assert!(of("stranger").links.is_empty() && of("stranger").parent.is_none());
    });
}

#[test]
fn filtered_requests_create_nothing_not_even_inside() {
    captured(async |capture| {
        let address = serve_traced(router(), layer().filter(|request| request.path() != "/healthz")).await;
        let answer = ask(address, &format!("GET /healthz HTTP/1.1\r\n{PARENT}")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        ask(address, "GET / HTTP/1.1").await;
        spans(capture, 2).await;
        assert_eq!(capture.span("inside").parent, Some(capture.span("GET /").context.span_id));
    });
}

#[test]
fn a_debug_header_forces_the_trace_of_those_who_may_and_of_nobody_else() {
    let spans = Capture::with(Sampler::parent_based(Sampler::ratio(0.0).expect("a ratio")), SpanLimits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let may = |request: &trace_http::RequestHead<'_>| request.headers().contains_key("x-staff");
        let traced = layer().force_on(HeaderName::from_static("x-debug-trace"), may);
        let address = serve_traced(router(), traced).await;
        let unsampled = PARENT.replace("-01", "-00");
        for headers in ["x-debug-trace: 1", "x-staff: 1", "x-staff: 1\r\nx-debug-trace: 0", &unsampled] {
            ask(address, &format!("GET / HTTP/1.1\r\n{headers}")).await;
        }
        spans.assert_count(0);
        ask(address, "GET / HTTP/1.1\r\nx-staff: 1\r\nx-debug-trace: 1").await;
        ask(address, &format!("GET / HTTP/1.1\r\nx-staff: 1\r\nx-debug-trace: 1\r\n{unsampled}")).await;
    });
    spans.assert_count(4);
    let forced: Vec<_> = spans.spans().into_iter().filter(|span| attribute(span, "trace.forced").is_some()).collect();
    assert_eq!(forced.len(), 2);
    assert!(forced.iter().any(|span| span.context.trace_id.to_string() == TRACE));
}

#[test]
fn a_response_tells_its_trace_if_asked_to_and_keeps_what_the_handler_said() {
    captured(async |capture| {
        let own = Router::new().route("/own", get(|| async { [("x-trace-id", "mine")] })).merge(router());
        let by_id = layer().response_header(ResponseHeader::TraceId(HeaderName::from_static("x-trace-id")));
        let w3c = layer().response_header(ResponseHeader::TraceResponse);
        let by_id = serve_traced(own, by_id).await;
        assert!(ask(by_id, "GET /own HTTP/1.1").await.contains("x-trace-id: mine\r\n"));
        let answer = ask(by_id, &format!("GET / HTTP/1.1\r\n{PARENT}")).await;
        assert!(answer.contains(&format!("x-trace-id: {TRACE}\r\n")), "{answer}");
        let answer = ask(serve_traced(router(), w3c).await, "GET / HTTP/1.1").await;
        let all = spans(capture, 5).await;
        let told = |span: &trace_runtime::export::FinishedSpan| {
            answer.contains(&format!("traceresponse: 00-{}-{}-01\r\n", span.context.trace_id, span.context.span_id))
        };
        assert!(all.iter().any(told), "{answer}");
    });
}

#[test]
fn the_clients_address_is_what_ones_own_proxy_says() {
    captured(async |capture| {
        let address = serve_traced(router(), layer().proxies(Proxies::x_forwarded(1))).await;
        let headers = "x-forwarded-for: 6.6.6.6\r\nx-forwarded-for: 192.0.2.1\r\nx-forwarded-proto: https";
        ask(address, &format!("GET / HTTP/1.1\r\n{headers}")).await;
        spans(capture, 2).await;
        let server = capture.span("GET /");
        assert_eq!(attribute(&server, "client.address").as_deref(), Some("192.0.2.1"));
        assert_eq!(attribute(&server, "network.peer.address").as_deref(), Some("127.0.0.1"));
        assert_eq!(attribute(&server, "url.scheme").as_deref(), Some("https"));
    });
}

#[test]
fn a_request_is_no_child_of_what_happens_to_be_current_where_the_server_runs() {
    captured(async |capture| {
        let address = span_of!("start up").in_scope(|| serve_traced(router(), layer())).await;
        ask(address, "GET / HTTP/1.1").await;
        spans(capture, 3).await;
        assert!(capture.span("GET /").parent.is_none());
    });
    captured(async |capture| {
        // In one process, without a network between.
        let service = router().layer(layer());
        let request = http::Request::get("/").body(axum::body::Body::empty()).expect("a request");
        let call = tower::ServiceExt::oneshot(service, request);
        let response = span_of!("test").instrument(call).await.expect("an answer");
        drop(response);
        spans(capture, 3).await;
        assert!(capture.span("GET /").parent.is_none());
    });
}

/// Drops what is asked for below `/quiet`, and notes what it was told.
struct ByPath(std::sync::Mutex<Vec<String>>);

impl trace_runtime::Sample for ByPath {
    fn sample(&self, input: &trace_runtime::SamplingInput<'_>) -> trace_runtime::Decision {
        let path = input.attributes.iter().find(|(key, _)| key == "url.path").map(|(_, value)| value.to_string());
        let path = path.unwrap_or_default();
        let sampled = !path.starts_with("/quiet");
        self.0.lock().expect("no panic").push(format!("{} {:?} {path}", input.name, input.kind));
        trace_runtime::Decision { sampled, ..trace_runtime::Decision::default() }
    }
}

#[test]
fn samplers_see_the_name_and_the_attributes_of_a_request() {
    let told = std::sync::Arc::new(ByPath(std::sync::Mutex::default()));
    let sampler = Sampler::parent_based(Sampler::Custom(std::sync::Arc::clone(&told) as _));
    let spans = Capture::with(sampler, SpanLimits::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let router = Router::new().route("/{name}", get(|| async { inside() }));
        let address = serve_traced(router, layer()).await;
        ask(address, "GET /quiet HTTP/1.1").await;
        ask(address, "GET /loud HTTP/1.1").await;
    });
    assert_eq!(*told.0.lock().expect("no panic"), ["GET /{name} Server /quiet", "GET /{name} Server /loud"]);
    let server = spans.span("GET /{name}");
    assert_eq!(attribute(&server, "url.path").as_deref(), Some("/loud"));
    assert_eq!(spans.span("inside").parent, Some(server.context.span_id));
}
