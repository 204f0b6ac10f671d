//! What the span of a request says.

use crate::harness::{Wire, ask, attribute, captured, layer, serve_traced, span, spans};
use axum::Router;
use axum::extract::Path;
use axum::routing::{any, get};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use trace_http::{RequestHead, RequestSpan};
use trace_runtime::propagation::Propagation;
use trace_runtime::{Kind, Status, trace};

#[trace(name = "load")]
async fn load(id: u64) -> String {
    tokio::task::yield_now().await;
    format!("user {id}")
}

fn router() -> Router {
    Router::new()
        .route("/users/{id}", get(|Path(id): Path<u64>| load(id)))
        .route(
            "/status/{code}",
            get(|Path(code): Path<u16>| async move { http::StatusCode::from_u16(code).expect("a code") }),
        )
        .nest("/api", Router::new().route("/v1/{*rest}", any(|| async { "api" })))
}

#[test]
fn a_request_continues_its_callers_trace_and_is_current_in_the_handler() {
    captured(async |capture| {
        let address = serve_traced(router(), layer()).await;
        let head = "GET /users/7?q=1&sig=secret HTTP/1.1\r\nuser-agent: test/1\r\n\
                    traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let answer = ask(address, head).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("user 7"), "{answer}");
        spans(capture, 2).await;
        let server = capture.span("GET /users/{id}");
        assert_eq!(server.kind, Kind::Server);
        assert_eq!(server.context.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(server.parent.map(|id| id.to_string()).as_deref(), Some("b7ad6b7169203331"));
        assert!(server.has_remote_parent);
        assert_eq!((&server.status, server.end_reason), (&Status::Unset, None));
        assert_eq!(capture.span("load").parent, Some(server.context.span_id));
        let is = |key: &str| attribute(&server, key).unwrap_or_default();
        assert_eq!(is("url.query"), "q=1&sig=REDACTED");
        assert_eq!(is("server.address"), "shop.test");
        assert_eq!(is("server.port"), "8080");
        assert_eq!(is("client.address"), "127.0.0.1");
        assert_eq!(is("user_agent.original"), "test/1");
        assert_eq!(is("http.response.status_code"), "200");
    });
}

#[test]
fn names_have_the_route_and_never_the_path() {
    captured(async |capture| {
        let address = serve_traced(router(), layer()).await;
        for path in ["/users/1", "/api/v1/a/b", "/nothing/here", "/users/1"] {
            ask(address, &format!("GET {path} HTTP/1.1")).await;
        }
        ask(address, "BREW /nothing HTTP/1.1").await;
        ask(address, "PUT /users/1 HTTP/1.1").await;
        let mut names: Vec<_> = spans(capture, 8).await.into_iter().map(|span| span.name).collect();
        names.sort();
        assert_eq!(
            names,
            [
                "GET",
                "GET /api/v1/{*rest}",
                "GET /users/{id}",
                "GET /users/{id}",
                "HTTP",
                "PUT /users/{id}",
                "load",
                "load"
            ]
        );
        let brew = capture.span("HTTP");
        assert_eq!(attribute(&brew, "http.request.method").as_deref(), Some("_OTHER"));
        assert_eq!(attribute(&brew, "http.request.method_original").as_deref(), Some("BREW"));
    });
}

#[test]
fn server_errors_are_errors_and_callers_errors_are_not() {
    captured(async |capture| {
        let address = serve_traced(router(), layer()).await;
        let codes = [("200", false), ("304", false), ("404", false), ("499", false), ("500", true), ("503", true)];
        for (code, _) in codes {
            ask(address, &format!("GET /status/{code} HTTP/1.1")).await;
        }
        let spans = spans(capture, codes.len()).await;
        for (code, error) in codes {
            let of = |span: &&trace_runtime::export::FinishedSpan| {
                attribute(span, "http.response.status_code").as_deref() == Some(code)
            };
            let span = spans.iter().find(of).expect("its span");
            assert_eq!(span.is_error(), error, "{code}");
            assert_eq!(attribute(span, "error.type").as_deref(), error.then_some(code));
            assert!(span.events.is_empty() && span.end_reason.is_none(), "{code}");
        }
    });
}

#[test]
fn requests_of_one_connection_are_spans_of_their_own() {
    captured(async |capture| {
        let address = serve_traced(router(), layer()).await;
        let mut wire = Wire::to(address).await;
        for id in 0..3 {
            wire.send(&format!("GET /users/{id} HTTP/1.1\r\nhost: a\r\n\r\n")).await;
            wire.read_until(&format!("user {id}")).await;
        }
        let spans = spans(capture, 6).await;
        let traces: std::collections::HashSet<_> = spans.iter().map(|span| span.context.trace_id).collect();
        assert_eq!(traces.len(), 3);
        capture.assert_no_orphans();
    });
}

#[test]
fn requests_that_share_an_http_2_connection_do_not_mix() {
    captured(async |capture| {
        let address = serve_traced(router(), layer()).await;
        let client: Client<_, axum::body::Body> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let asked = (0..50).map(|id| {
            let parent = format!("00-{:032x}-{:016x}-01", id + 1, id + 1);
            let request = http::Request::get(format!("http://{address}/users/{id}")).header("traceparent", parent);
            tokio::spawn(client.request(request.body(axum::body::Body::empty()).expect("a request")))
        });
        for answer in asked.collect::<Vec<_>>() {
            let answer = answer.await.expect("it ran").expect("an answer");
            axum::body::to_bytes(axum::body::Body::new(answer.into_body()), 100).await.expect("a body");
        }
        for span in spans(capture, 100).await {
            if span.name == "load" {
                let parents = capture.spans();
                let parent = parents.iter().find(|one| Some(one.context.span_id) == span.parent).expect("it");
                assert_eq!(parent.context.trace_id, span.context.trace_id);
            } else {
                assert_eq!(span.parent.map(|id| u128::from(id.to_u64())), Some(span.context.trace_id.to_u128()));
                assert_eq!(attribute(&span, "network.protocol.version").as_deref(), Some("2"));
            }
        }
    });
}

#[test]
fn handlers_find_the_span_in_the_extensions() {
    captured(async |capture| {
        let handler = |request: axum::extract::Request| async move {
            let span = request.extensions().get::<RequestSpan>().expect("the span").clone();
            span.set_route("/orders/{id}");
            span.set_attribute("tenant", "blue");
            let head = RequestHead::from(&request);
            assert!(head.peer().is_some_and(|peer| peer.ip().is_loopback()));
            span.context().expect("its identity").trace_id.to_string()
        };
        let address = serve_traced(Router::new().fallback(handler), layer()).await;
        let answer = ask(address, "GET /orders/1 HTTP/1.1").await;
        let span = span(capture).await;
        assert!(answer.ends_with(&span.context.trace_id.to_string()), "{answer}");
        assert_eq!(span.name, "GET /orders/{id}");
        assert_eq!(attribute(&span, "http.route").as_deref(), Some("/orders/{id}"));
        assert_eq!(attribute(&span, "tenant").as_deref(), Some("blue"));
    });
}

#[test]
fn two_layers_make_one_span_and_the_inner_one_tells_the_route() {
    captured(async |capture| {
        let inner = router().layer(layer());
        let outer = tower::Layer::layer(&layer(), inner);
        let address = crate::harness::serve(outer).await;
        ask(address, "GET /users/7 HTTP/1.1").await;
        spans(capture, 2).await;
        let server = capture.span("GET /users/{id}");
        assert_eq!(capture.span("load").parent, Some(server.context.span_id));
    });
}

#[test]
fn without_a_tracer_what_came_in_goes_on_and_nothing_is_changed() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let handler = || async {
            let mut headers: Vec<(String, String)> = Vec::new();
            Propagation::default().inject(&trace_runtime::Snapshot::current(), &mut headers, "http://next/");
            format!("{headers:?}")
        };
        let address = serve_traced(Router::new().route("/", get(handler)), layer()).await;
        let head =
            "GET / HTTP/1.1\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nbaggage: a=1";
        let answer = ask(address, head).await;
        assert!(answer.contains("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), "{answer}");
        assert!(answer.contains("a=1"), "{answer}");
    });
}
