//! What clients get with and without the layer, byte by byte.

use crate::harness::{Wire, body, captured, layer, serve};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body::Frame;
use std::task::Poll;

fn chunks() -> Body {
    let mut nth = 0;
    body(move |_| {
        nth += 1;
        Poll::Ready(match nth {
            1..4 => Some(Ok(Frame::data(Bytes::from(vec![b'x'; nth * 1000])))),
            4 => {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-sum", "1".parse().expect("a value"));
                Some(Ok(Frame::trailers(trailers)))
            }
            _ => None,
        })
    })
}

fn router() -> Router {
    Router::new()
        .route("/text", get(|| async { "text" }))
        .route("/empty", get(|| async {}))
        .route("/none", get(|| async { StatusCode::NO_CONTENT }))
        .route("/chunks", get(|| async { ([("trailer", "x-sum")], chunks()) }))
        .route("/error", get(|| async { (StatusCode::BAD_GATEWAY, [("x-a", "1"), ("x-a", "2")], "no") }))
        .route("/echo", axum::routing::post(|bytes: Bytes| async move { bytes }))
}

/// All that the server sends for these requests on one connection, but for its `date`.
async fn answers(
    router: impl tower::Service<
        http::Request<hyper::body::Incoming>,
        Response = http::Response<
            impl http_body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
        >,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone
    + Send
    + 'static,
) -> String {
    let address = serve(router).await;
    let mut wire = Wire::to(address).await;
    let te = "te: trailers\r\n";
    for (method, path) in [
        ("GET", "/text"),
        ("HEAD", "/text"),
        ("GET", "/empty"),
        ("GET", "/none"),
        ("GET", "/chunks"),
        ("GET", "/error"),
        ("GET", "/missing"),
        ("PUT", "/text"),
    ] {
        wire.send(&format!("{method} {path} HTTP/1.1\r\nhost: a\r\n{te}\r\n")).await;
    }
    wire.send("POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    wire.send("POST /echo HTTP/1.0\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc").await;
    let text = wire.read_to_end().await;
    text.split_inclusive("\r\n").filter(|line| !line.starts_with("date: ")).collect()
}

#[test]
fn responses_are_the_same_bytes_with_and_without_the_layer() {
    captured(async |capture| {
        let bare = answers(router()).await;
        capture.assert_count(0);
        let traced = answers(router().layer(layer())).await;
        assert!(bare.matches("HTTP/1.").count() == 10 && bare.contains("x-sum: 1"), "{bare}");
        assert_eq!(traced, bare);
        capture.assert_count(10);
    });
}
