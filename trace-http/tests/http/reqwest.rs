//! reqwest with the middleware.

use crate::harness::{attribute, captured, layer, serve_traced, spans};
use axum::Router;
use axum::extract::Request;
use axum::response::Redirect;
use axum::routing::{any, get};
use http::{HeaderMap, StatusCode};
use reqwest_middleware::{ClientWithMiddleware, Middleware, Next};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use trace_http::{ClientLayer, UrlTemplate};
use trace_runtime::propagation::{Destinations, Propagation};
use trace_runtime::{Status, span};

fn client(layer: ClientLayer) -> ClientWithMiddleware {
    trace_http::reqwest::client(reqwest::Client::builder().no_proxy(), layer).expect("a client")
}

fn traced() -> ClientLayer {
    ClientLayer::new(Propagation::default())
}

type Seen = Arc<Mutex<Vec<(String, HeaderMap, String)>>>;

/// Keeps what it was sent.
fn seeing(seen: &Seen) -> axum::routing::MethodRouter {
    let seen = Arc::clone(seen);
    any(move |request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1000).await.expect("a body");
        let what = format!("{} {}", parts.method, parts.uri);
        seen.lock().expect("no panic").push((what, parts.headers, String::from_utf8(body.to_vec()).expect("text")));
        "seen"
    })
}

async fn silent(router: Router) -> SocketAddr {
    serve_traced(router, layer().filter(|_| false)).await
}

#[test]
fn a_call_and_its_server_are_one_trace_and_the_response_is_reqwests() {
    captured(async |capture| {
        let address = serve_traced(Router::new().route("/a/{b}", get(|| async { "hello" })), layer()).await;
        let url = format!("http://{address}/a/1?sig=secret");
        let call = client(traced()).get(&url).with_extension(UrlTemplate("/a/{b}".into())).send();
        let answer = span!("work").instrument(call).await.expect("an answer");
        assert_eq!((answer.url().as_str(), answer.status()), (url.as_str(), StatusCode::OK));
        assert_eq!((answer.content_length(), answer.remote_addr()), (Some(5), Some(address)));
        assert_eq!(answer.text().await.expect("a body"), "hello");
        let all = spans(capture, 3).await;
        let of = |kind| all.iter().find(|span| span.kind == kind).expect("the span");
        let (client, server) = (of(trace_runtime::Kind::Client), of(trace_runtime::Kind::Server));
        assert_eq!(client.name, "GET /a/{b}");
        assert_eq!(attribute(client, "url.full"), Some(format!("http://{address}/a/1?sig=REDACTED")));
        assert_eq!(
            (server.parent, client.parent),
            (Some(client.context.span_id), Some(capture.span("work").context.span_id))
        );
        assert_eq!((client.end_reason, &client.status), (None, &Status::Unset));
    });
}

#[test]
fn a_redirect_to_another_host_leaks_nothing() {
    captured(async |capture| {
        let seen = Seen::default();
        let stranger = silent(Router::new().route("/", seeing(&seen))).await;
        // The same server under a name that is not on the list.
        let to = format!("http://localhost:{}/", stranger.port());
        let good = silent(Router::new().route("/", get(|| async move { Redirect::temporary(&to) }))).await;
        let ours = Propagation::default().sending_to(Destinations::only(["127.0.0.1"]).expect("a pattern"));
        let request = client(ClientLayer::new(ours)).get(format!("http://{good}/"));
        let request = request.bearer_auth("secret").header("cookie", "a=b").header("x-own", "stays");
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.url().host_str(), Some("localhost"));
        assert_eq!(answer.text().await.expect("a body"), "seen");
        let (_, headers, _) = seen.lock().expect("no panic").pop().expect("a request");
        for name in ["traceparent", "tracestate", "baggage", "authorization", "cookie"] {
            assert!(!headers.contains_key(name), "{headers:?}");
        }
        assert_eq!(headers["x-own"], "stays");
        let all = spans(capture, 2).await;
        let hop = |span: &trace_runtime::export::FinishedSpan| {
            ["http.response.status_code", "http.request.resend_count"].map(|key| attribute(span, key))
        };
        assert_eq!(hop(&all[0]), [Some("307".into()), None]);
        assert_eq!(hop(&all[1]), [Some("200".into()), Some("1".into())]);
    });
}

#[test]
fn redirects_are_followed_as_reqwest_follows_them() {
    captured(async |_| {
        let seen = Seen::default();
        let answer = |status: u16| {
            any(move || async move { (StatusCode::from_u16(status).expect("it"), [("location", "/end?x=1")]) })
        };
        let mut router = Router::new().route("/end", seeing(&seen));
        for status in [301, 302, 303, 307, 308] {
            router = router.route(&format!("/{status}"), answer(status));
        }
        router = router
            .route("/loop", get(|| async { Redirect::to("/loop") }))
            .route("/odd", get(|| async { (StatusCode::FOUND, [("location", "ftp://nowhere/")]) }));
        let address = silent(router).await;
        let plain = reqwest::Client::builder().no_proxy().build().expect("a client");
        let ours = client(traced());
        for method in ["GET", "POST", "PUT", "HEAD"] {
            for status in [301, 302, 303, 307, 308] {
                let method = http::Method::from_bytes(method.as_bytes()).expect("a method");
                let url = format!("http://{address}/{status}");
                let body = if method == http::Method::GET || method == http::Method::HEAD { "" } else { "body" };
                plain.request(method.clone(), &url).body(body).send().await.expect("an answer");
                ours.request(method.clone(), &url).body(body).send().await.expect("an answer");
                let mut seen = seen.lock().expect("no panic");
                let (by_ours, by_plain) = (seen.pop().expect("ours"), seen.pop().expect("reqwest's"));
                assert_eq!((&by_ours.0, &by_ours.2), (&by_plain.0, &by_plain.2), "{method} {status}");
                let without = |mut headers: HeaderMap| {
                    headers.remove("traceparent");
                    headers.remove("referer");
                    headers
                };
                assert_eq!(without(by_ours.1), without(by_plain.1), "{method} {status}");
            }
        }
        let error = ours.get(format!("http://{address}/loop")).send().await.expect_err("it never ends");
        assert_eq!(error.to_string(), "too many redirects");
        let odd = ours.get(format!("http://{address}/odd")).send().await.expect("the answer itself");
        assert_eq!(odd.status(), StatusCode::FOUND);
    });
}

#[test]
fn errors_are_recorded_without_the_url() {
    captured(async |capture| {
        let hang = silent(Router::new().route("/", get(std::future::pending::<()>))).await;
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let client = client(traced());
        client.get(format!("http://me:canary@127.0.0.1:{port}/?sig=canary")).send().await.expect_err("refused");
        let slow =
            client.get(format!("http://{hang}/?access_token=canary")).timeout(std::time::Duration::from_millis(20));
        slow.send().await.expect_err("no answer");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/?sig=canary", listener.local_addr().expect("an address"));
        let broken = async {
            let (stream, _) = listener.accept().await.expect("a connection");
            let mut wire = crate::harness::Wire(stream);
            wire.read_until("\r\n\r\n").await;
            wire.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        };
        let call = async { client.get(url).send().await.expect("an answer").text().await.expect_err("half a body") };
        tokio::join!(call, broken);
        let all = spans(capture, 3).await;
        let types: Vec<_> = all.iter().map(|span| attribute(span, "error.type")).collect();
        assert_eq!(types, [Some("connect".into()), Some("timeout".into()), Some("reqwest::error::Error".into())]);
        let said = format!("{:?}", all.iter().map(|span| (&span.status, &span.events)).collect::<Vec<_>>());
        assert!(!said.contains("canary") && said.contains("refused"), "{said}");
        assert!(all.iter().all(|span| !attribute(span, "url.full").expect("it").contains("canary")));
    });
}

/// Sends up to three times.
struct Again(AtomicU32);

#[async_trait::async_trait]
impl Middleware for Again {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        loop {
            let copy = request.try_clone().expect("no stream");
            let answer = next.clone().run(copy, extensions).await?;
            if answer.status().is_success() || self.0.fetch_add(1, Relaxed) == 2 {
                return Ok(answer);
            }
        }
    }
}

#[test]
fn retries_are_numbered() {
    captured(async |capture| {
        let address = silent(Router::new().route("/", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))).await;
        let around = |stack: reqwest_middleware::ClientBuilder| stack.with(Again(AtomicU32::new(0)));
        let builder = reqwest::Client::builder().no_proxy();
        let client = trace_http::reqwest::client_within(builder, traced(), around).expect("a client");
        drop(client.get(format!("http://{address}/")).send().await.expect("an answer"));
        let numbers: Vec<_> =
            spans(capture, 3).await.iter().map(|span| attribute(span, "http.request.resend_count")).collect();
        assert_eq!(numbers, [None, Some("1".into()), Some("2".into())]);
    });
}
