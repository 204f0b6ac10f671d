//! Many requests at once.

use crate::harness::{captured, layer, serve_traced, spans};
use axum::Router;
use axum::routing::get;
use http::Request;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::Barrier;
use tower::ServiceExt as _;
use trace_runtime::trace;

const REQUESTS: usize = 10_000;

#[trace(name = "work")]
async fn work(barrier: Arc<Barrier>) {
    // Nobody goes on before all are here.
    barrier.wait().await;
    tokio::task::yield_now().await;
}

#[test]
fn ten_thousand_requests_at_once_keep_their_spans_apart() {
    captured(async |capture| {
        let barrier = Arc::new(Barrier::new(REQUESTS));
        let service = Router::new().route("/", get(move || work(Arc::clone(&barrier)))).layer(layer());
        let requests = (0..REQUESTS).map(|nth| {
            let parent = format!("00-{:032x}-{:016x}-01", nth + 1, nth + 1);
            let request =
                Request::get("/").header("traceparent", parent).body(axum::body::Body::empty()).expect("a request");
            tokio::spawn(service.clone().oneshot(request))
        });
        for answer in requests.collect::<Vec<_>>() {
            drop(answer.await.expect("it ran").expect("an answer"));
        }
        let all = spans(capture, 2 * REQUESTS).await;
        let servers: Vec<_> = all.iter().filter(|span| span.name == "GET /").collect();
        let traces: HashSet<_> = servers.iter().map(|span| span.context.trace_id).collect();
        assert_eq!((servers.len(), traces.len()), (REQUESTS, REQUESTS));
        for server in servers {
            assert_eq!(server.parent.map(|id| u128::from(id.to_u64())), Some(server.context.trace_id.to_u128()));
        }
        capture.assert_no_orphans();
    });
}

const CONNECTIONS: usize = 100;

#[test]
fn ten_thousand_requests_over_a_hundred_connections_are_answered_and_told_apart() {
    captured(async |capture| {
        let barrier = Arc::new(Barrier::new(REQUESTS));
        let router = Router::new().route("/", get(move || work(Arc::clone(&barrier))));
        let address = serve_traced(router, layer()).await;
        let mut answers = Vec::new();
        for connection in 0..CONNECTIONS {
            let stream = TokioIo::new(TcpStream::connect(address).await.expect("a connection"));
            let (sender, connected) = http2::handshake(TokioExecutor::new(), stream).await.expect("HTTP/2");
            tokio::spawn(connected);
            for nth in 0..REQUESTS / CONNECTIONS {
                let id = connection * REQUESTS / CONNECTIONS + nth + 1;
                let request =
                    Request::get("http://shop.test/").header("traceparent", format!("00-{id:032x}-{id:016x}-01"));
                let request = request.body(axum::body::Body::empty()).expect("a request");
                let mut sender = sender.clone();
                answers.push(tokio::spawn(async move { sender.send_request(request).await }));
            }
        }
        for answer in answers {
            assert_eq!(answer.await.expect("it ran").expect("an answer").status(), 200);
        }
        let all = spans(capture, 2 * REQUESTS).await;
        for server in all.iter().filter(|span| span.name == "GET /") {
            assert_eq!(server.parent.map(|id| u128::from(id.to_u64())), Some(server.context.trace_id.to_u128()));
            assert_eq!(server.end_reason, None);
        }
        capture.assert_no_orphans();
    });
}
