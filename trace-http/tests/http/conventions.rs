//! Spans beside the published tables: semantic conventions 1.42.0, "HTTP spans" (stable) and "gRPC" (release candidate).
//!
//! The tables are data below, their keys those of the `opentelemetry-semantic-conventions` crate. A span may have nothing that its
//! table does not, everything required, everything whose condition holds, and each value in its type.

use crate::harness::{captured, layer, serve_traced, spans};
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use http::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry_semantic_conventions::attribute as key;
use tower::{Layer as _, Service as _};
use trace_http::{ClientLayer, UrlTemplate};
use trace_runtime::export::FinishedSpan;
use trace_runtime::propagation::Propagation;
use trace_runtime::{Kind, Value};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Level {
    Required,
    /// With the word by which a scenario says that the condition holds.
    If(&'static str),
    Recommended,
    OptIn,
}
use Level::{If, OptIn, Recommended, Required};

#[derive(Clone, Copy, PartialEq, Debug)]
enum Type {
    Text,
    Int,
}
use Type::{Int, Text};

type Table = &'static [(&'static str, Type, Level)];

const HTTP_SERVER: Table = &[
    (key::HTTP_REQUEST_METHOD, Text, Required),
    (key::URL_PATH, Text, Required),
    (key::URL_SCHEME, Text, Required),
    (key::ERROR_TYPE, Text, If("error")),
    (key::HTTP_REQUEST_METHOD_ORIGINAL, Text, If("unknown method")),
    (key::HTTP_RESPONSE_STATUS_CODE, Int, If("response")),
    (key::HTTP_ROUTE, Text, If("route")),
    (key::NETWORK_PROTOCOL_NAME, Text, If("not http")),
    (key::SERVER_PORT, Int, If("port")),
    (key::URL_QUERY, Text, If("query")),
    (key::CLIENT_ADDRESS, Text, Recommended),
    (key::NETWORK_PEER_ADDRESS, Text, Recommended),
    (key::NETWORK_PEER_PORT, Int, Recommended),
    (key::NETWORK_PROTOCOL_VERSION, Text, Recommended),
    (key::SERVER_ADDRESS, Text, Recommended),
    (key::USER_AGENT_ORIGINAL, Text, If("agent")),
    (key::HTTP_REQUEST_BODY_SIZE, Int, OptIn),
    (key::HTTP_RESPONSE_BODY_SIZE, Int, OptIn),
];

const HTTP_CLIENT: Table = &[
    (key::HTTP_REQUEST_METHOD, Text, Required),
    (key::SERVER_ADDRESS, Text, Required),
    (key::SERVER_PORT, Int, Required),
    (key::URL_FULL, Text, Required),
    (key::ERROR_TYPE, Text, If("error")),
    (key::HTTP_REQUEST_METHOD_ORIGINAL, Text, If("unknown method")),
    (key::HTTP_RESPONSE_STATUS_CODE, Int, If("response")),
    (key::NETWORK_PROTOCOL_NAME, Text, If("not http")),
    (key::HTTP_REQUEST_RESEND_COUNT, Int, If("resent")),
    (key::NETWORK_PROTOCOL_VERSION, Text, If("response")),
    (key::HTTP_REQUEST_BODY_SIZE, Int, OptIn),
    (key::HTTP_RESPONSE_BODY_SIZE, Int, OptIn),
    (key::URL_TEMPLATE, Text, OptIn),
];

const GRPC_SERVER: Table = &[
    (key::RPC_SYSTEM_NAME, Text, Required),
    (key::RPC_METHOD, Text, Required),
    (key::RPC_METHOD_ORIGINAL, Text, If("unknown method")),
    (key::RPC_RESPONSE_STATUS_CODE, Text, If("response")),
    (key::SERVER_ADDRESS, Text, Required),
    (key::ERROR_TYPE, Text, If("error")),
    (key::SERVER_PORT, Int, If("port")),
    (key::CLIENT_ADDRESS, Text, Recommended),
    (key::NETWORK_PEER_ADDRESS, Text, Recommended),
    (key::NETWORK_PEER_PORT, Int, Recommended),
    (key::NETWORK_PROTOCOL_VERSION, Text, Recommended),
];

const GRPC_CLIENT: Table = &[
    (key::RPC_SYSTEM_NAME, Text, Required),
    (key::RPC_METHOD, Text, Required),
    (key::RPC_RESPONSE_STATUS_CODE, Text, If("response")),
    (key::SERVER_ADDRESS, Text, Required),
    (key::ERROR_TYPE, Text, If("error")),
    (key::SERVER_PORT, Int, If("port")),
];

/// What one span is compared with.
fn check(span: &FinishedSpan, table: Table, holds: &[&str], opted_in: bool) {
    let said = format!("{} {:?} {:?}", span.name, span.kind, span.attributes);
    for (key, value) in &span.attributes {
        let row = table.iter().find(|row| row.0 == key).unwrap_or_else(|| panic!("{key} is in no table: {said}"));
        let kind = match value {
            Value::Str(_) => Some(Text),
            Value::Int(_) => Some(Int),
            _ => None,
        };
        assert_eq!(kind, Some(row.1), "{key}: {said}");
        assert!(row.2 != OptIn || opted_in, "{key}: {said}");
    }
    for (key, _, level) in table {
        let is = span.attribute(key).is_some();
        match level {
            Required | Recommended => assert!(is, "{key} is missing: {said}"),
            If(condition) => assert_eq!(is, holds.contains(condition), "{key}: {said}"),
            OptIn => assert_eq!(is, opted_in, "{key}: {said}"),
        }
    }
}

fn pair(all: &[FinishedSpan]) -> (&FinishedSpan, &FinishedSpan) {
    let of = |kind| all.iter().rfind(|span| span.kind == kind).expect("the span");
    (of(Kind::Client), of(Kind::Server))
}

#[test]
fn http_spans_are_what_the_tables_say() {
    let status = |axum::extract::Path(code): axum::extract::Path<u16>, body: String| async move {
        (StatusCode::from_u16(code).expect("a code"), body)
    };
    captured(async |capture| {
        for opted_in in [false, true] {
            let router = Router::new().route("/status/{code}", get(status).post(status).fallback(status));
            let address = serve_traced(router, layer().sizes(opted_in)).await;
            let hyper: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
            let mut client = ClientLayer::new(Propagation::default()).sizes(opted_in).layer(hyper);
            for (method, path, agent, clients, servers) in [
                ("GET", "/status/200", true, &["response"][..], &["response", "route", "port", "agent"][..]),
                ("POST", "/status/404?q=1", false, &["response", "error"], &["response", "route", "port", "query"]),
                ("GET", "/status/500", false, &["response", "error"], &["response", "route", "port", "error"]),
                ("GET", "/missing", false, &["response", "error"], &["response", "port"]),
                (
                    "BREW",
                    "/status/200",
                    false,
                    &["response", "unknown method"],
                    &["response", "route", "port", "unknown method"],
                ),
            ] {
                let body = Body::from("body");
                let mut request = Request::builder()
                    .method(method)
                    .uri(format!("http://{address}{path}"))
                    .header("content-length", 4);
                if agent {
                    request = request.header("user-agent", "test/1");
                }
                if opted_in {
                    request = request.extension(UrlTemplate("/status/{code}".into()));
                }
                let answer = client.call(request.body(body).expect("a request")).await.expect("an answer");
                http_body_util::BodyExt::collect(answer.into_body()).await.expect("a body");
                let all = capture.spans();
                let (client, server) = pair(&all);
                check(client, HTTP_CLIENT, clients, opted_in);
                check(server, HTTP_SERVER, servers, opted_in);
            }
        }
        let refused = {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address")
        };
        let hyper: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
        let request = Request::get(format!("http://{refused}/")).body(Body::empty()).expect("a request");
        ClientLayer::new(Propagation::default()).layer(hyper).call(request).await.expect_err("nobody is there");
        check(&spans(capture, 21).await[20], HTTP_CLIENT, &["error"], false);
    });
}

#[test]
fn the_port_of_a_url_without_one_is_that_of_its_scheme() {
    captured(async |capture| {
        let nowhere = tower::service_fn(|_: Request<Body>| async {
            Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))
        });
        let mut client = ClientLayer::new(Propagation::default()).layer(nowhere);
        for (url, port) in [("http://a.org/", 80), ("https://[::1]/", 443), ("https://a.org:8443/", 8443)] {
            client.call(Request::get(url).body(Body::empty()).expect("a request")).await.expect("an answer");
            let span = capture.spans().pop().expect("its span");
            assert_eq!(span.attribute(key::SERVER_PORT), Some(&Value::Int(port)));
            check(&span, HTTP_CLIENT, &["response"], false);
        }
        assert_eq!(capture.spans()[1].attribute(key::SERVER_ADDRESS), Some(&Value::Str("::1".into())));
    });
}

#[test]
fn grpc_spans_are_what_the_tables_say() {
    captured(async |capture| {
        let answer = |status: &'static str| {
            post(move || async move { [("content-type", "application/grpc"), ("grpc-status", status)] })
        };
        let router = Router::new()
            .route("/a.B/Well", answer("0"))
            .route("/a.B/Badly", answer("13"))
            .route("/a.B/Unknown", answer("12"));
        let address = serve_traced(router, layer()).await;
        let hyper: Client<_, Body> = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let mut client = ClientLayer::new(Propagation::default()).layer(hyper);
        for (method, clients, servers) in [
            ("Well", &["response", "port"][..], &["response", "port"][..]),
            ("Badly", &["response", "port", "error"], &["response", "port", "error"]),
            ("Unknown", &["response", "port", "error"], &["response", "port", "error", "unknown method"]),
        ] {
            let request =
                Request::post(format!("http://{address}/a.B/{method}")).header("content-type", "application/grpc");
            client.call(request.body(Body::empty()).expect("a request")).await.expect("an answer");
            let all = capture.spans();
            let (client, server) = pair(&all);
            check(client, GRPC_CLIENT, clients, false);
            check(server, GRPC_SERVER, servers, false);
        }
    });
}
