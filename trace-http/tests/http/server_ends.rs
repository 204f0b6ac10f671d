//! When and how the span of a request ends.

use crate::harness::{Wire, ask, attribute, body, captured, layer, serve_traced, span, spans};
use axum::Router;
use axum::body::Body;
use axum::routing::{any, get};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body::Frame;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use tokio::sync::Notify;
use trace_http::{Outcome, Place};
use trace_runtime::{Status, trace};

#[trace(name = "frame")]
fn frame(nth: u32) -> Bytes {
    Bytes::from(format!("part {nth};"))
}

/// So many frames, then `last`.
fn frames(
    count: u32,
    last: impl Fn() -> Poll<Option<Result<Frame<Bytes>, io::Error>>> + Send + Unpin + 'static,
) -> Body {
    let mut nth = 0;
    body(move |_| {
        nth += 1;
        if nth > count { last() } else { Poll::Ready(Some(Ok(Frame::data(frame(nth))))) }
    })
}

#[test]
fn a_streamed_body_is_made_under_the_span_which_ends_with_it() {
    captured(async |capture| {
        let handler = || async { Response::new(frames(3, || Poll::Ready(None))) };
        let address = serve_traced(Router::new().route("/", get(handler)), layer().sizes(true)).await;
        let answer = ask(address, "GET / HTTP/1.1").await;
        assert!(answer.contains("part 1;") && answer.contains("part 3;"), "{answer}");
        let all = spans(capture, 4).await;
        let server = capture.span("GET /");
        assert!(all.iter().filter(|span| span.name == "frame").all(|span| span.parent == Some(server.context.span_id)));
        assert!(all.iter().all(|span| span.end_unix_nanos <= server.end_unix_nanos));
        assert_eq!((server.end_reason, &server.status), (None, &Status::Unset));
        assert_eq!(attribute(&server, "http.response.body.size").as_deref(), Some("21"));
    });
}

#[test]
fn a_span_is_open_until_the_last_frame() {
    captured(async |capture| {
        let go = Arc::new(Notify::new());
        let gate = Arc::clone(&go);
        let handler = move || {
            let gate = Arc::clone(&gate);
            async move {
                let mut waits = Some(Box::pin(async move { gate.notified().await }));
                Response::new(body(move |cx| match waits.as_mut().map(|wait| wait.as_mut().poll(cx)) {
                    Some(Poll::Pending) => Poll::Pending,
                    Some(Poll::Ready(())) => {
                        waits = None;
                        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"late")))))
                    }
                    None => Poll::Ready(None),
                }))
            }
        };
        let address = serve_traced(Router::new().route("/", get(handler)), layer()).await;
        let mut wire = Wire::to(address).await;
        wire.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        wire.read_until("\r\n\r\n").await;
        capture.assert_count(0);
        go.notify_one();
        wire.read_until("0\r\n\r\n").await;
        assert_eq!(span(capture).await.end_reason, None);
    });
}

#[test]
fn responses_without_a_body_end_well() {
    captured(async |capture| {
        let router = Router::new()
            .route("/empty", get(|| async {}))
            .route("/none", get(|| async { StatusCode::NO_CONTENT }))
            .route("/same", get(|| async { (StatusCode::NOT_MODIFIED, frames(2, || Poll::Ready(None))) }))
            .route("/long", get(|| async { frames(2, || Poll::Ready(None)) }));
        let address = serve_traced(router, layer()).await;
        for head in ["GET /empty", "GET /none", "GET /same", "HEAD /long", "HEAD /empty"] {
            ask(address, &format!("{head} HTTP/1.1")).await;
        }
        for span in spans(capture, 5).await {
            assert_eq!((span.end_reason, &span.status), (None, &Status::Unset), "{span:?}");
        }
    });
}

#[test]
fn a_body_of_known_length_that_was_sent_whole_is_no_cancellation() {
    captured(async |capture| {
        // The server stops asking after the last byte, and drops the body.
        let handler = || async { ([("content-length", "7")], frames(1, || Poll::Pending)) };
        let address = serve_traced(Router::new().route("/", get(handler)), layer()).await;
        let answer = ask(address, "GET / HTTP/1.1").await;
        assert!(answer.ends_with("part 1;"), "{answer}");
        spans(capture, 2).await;
        assert_eq!(capture.span("GET /").end_reason, None);
    });
}

#[test]
fn a_client_that_goes_away_in_the_middle_of_the_body_cancels_the_span_there() {
    captured(async |capture| {
        let handler = || async { frames(1, || Poll::Pending) };
        let address = serve_traced(Router::new().route("/", get(handler)), layer()).await;
        let mut wire = Wire::to(address).await;
        wire.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        wire.read_until("part 1;").await;
        drop(wire);
        spans(capture, 2).await;
        let server = capture.span("GET /");
        assert_eq!((server.end_reason, &server.status), (Some("cancelled"), &Status::Unset));
        assert_eq!(attribute(&server, "trace.end.at").as_deref(), Some("response_body"));
        assert_eq!(attribute(&server, "http.response.status_code").as_deref(), Some("200"));
    });
}

#[test]
fn a_client_that_goes_away_before_the_answer_cancels_the_span_in_the_handler() {
    captured(async |capture| {
        let began = Arc::new(Notify::new());
        let tell = Arc::clone(&began);
        let handler = move || async move {
            tell.notify_one();
            std::future::pending::<()>().await;
        };
        let strict = layer().classify(|outcome| matches!(outcome, Outcome::Cancelled(Place::Handler)));
        let address = serve_traced(Router::new().route("/", get(handler)), strict).await;
        let mut wire = Wire::to(address).await;
        wire.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
        began.notified().await;
        drop(wire);
        let server = span(capture).await;
        assert_eq!(server.end_reason, Some("cancelled"));
        assert_eq!(attribute(&server, "trace.end.at").as_deref(), Some("handler"));
        assert_eq!(attribute(&server, "error.type").as_deref(), Some("cancelled"));
        assert!(server.is_error() && server.attribute("http.response.status_code").is_none());
    });
}

#[test]
fn a_body_that_fails_is_an_error_with_its_message() {
    captured(async |capture| {
        let handler = || async { frames(1, || Poll::Ready(Some(Err(io::Error::other("disk gone"))))) };
        let address = serve_traced(Router::new().route("/", get(handler)), layer()).await;
        ask(address, "GET / HTTP/1.1").await;
        spans(capture, 2).await;
        let server = capture.span("GET /");
        assert_eq!(server.status, Status::Error("disk gone".into()));
        assert_eq!(attribute(&server, "error.type").as_deref(), Some("axum_core::error::Error"));
        assert_eq!(server.end_reason, None);
    });
}

#[test]
fn trailers_pass_and_end_the_span() {
    captured(async |capture| {
        let handler = || async {
            let trailers = || {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-sum", "abc".parse().expect("a value"));
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            };
            ([("trailer", "x-sum")], frames(1, trailers))
        };
        let address = serve_traced(Router::new().route("/", get(handler)), layer()).await;
        let answer = ask(address, "GET / HTTP/1.1\r\nte: trailers").await;
        assert!(answer.ends_with("0\r\nx-sum: abc\r\n\r\n"), "{answer}");
        spans(capture, 2).await;
        assert_eq!(capture.span("GET /").end_reason, None);
    });
}

#[test]
fn a_panic_in_the_handler_or_the_body_is_recorded_and_unwinds_on() {
    captured(async |capture| {
        async fn handler() {
            tokio::task::yield_now().await;
            panic!("on purpose");
        }
        let router = Router::new()
            .route("/handler", get(handler))
            .route("/body", get(|| async { frames(1, || panic!("on purpose")) }));
        let address = serve_traced(router, layer()).await;
        assert_eq!(ask(address, "GET /handler HTTP/1.1").await, "");
        ask(address, "GET /body HTTP/1.1").await;
        spans(capture, 3).await;
        for name in ["GET /handler", "GET /body"] {
            let span = capture.span(name);
            assert!(span.is_error() && span.end_reason.is_none(), "{span:?}");
            assert_eq!(attribute(&span, "error.type").as_deref(), Some("panic"));
            assert_eq!(span.events.len(), 1);
        }
    });
}

#[test]
fn an_upgraded_connection_works_and_its_request_ends_with_the_answer() {
    captured(async |capture| {
        let handler = |request: axum::extract::Request| async move {
            tokio::spawn(async move {
                let upgraded = hyper::upgrade::on(request).await.expect("an upgrade");
                let mut io = hyper_util::rt::TokioIo::new(upgraded);
                let (mut read, mut write) = tokio::io::split(&mut io);
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
            (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")])
        };
        let address = serve_traced(Router::new().route("/echo", any(handler)), layer()).await;
        let mut wire = Wire::to(address).await;
        wire.send("GET /echo HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await;
        wire.read_until("\r\n\r\n").await;
        let server = span(capture).await;
        assert_eq!((server.end_reason, &server.status), (None, &Status::Unset));
        assert_eq!(attribute(&server, "http.response.status_code").as_deref(), Some("101"));
        wire.send("hello").await;
        wire.read_until("hello").await;
    });
}

#[test]
fn a_classifier_that_panics_leaves_it_to_the_conventions() {
    captured(async |capture| {
        let layer = layer().classify(|_| panic!("on purpose"));
        let router = Router::new().route("/", get(|| async { StatusCode::BAD_GATEWAY }));
        let answer = ask(serve_traced(router, layer).await, "GET / HTTP/1.1").await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
        assert_eq!(attribute(&span(capture).await, "error.type").as_deref(), Some("502"));
    });
}
