//! Requests that go from thread to thread: a process of its own, with threads of its own.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::routing::get;
use http::Request;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::Barrier;
use tower::ServiceExt as _;
use trace_http::ServerLayer;
use trace_runtime::export::{FinishedSpan, Flow, Parts, Tracer, TracerConfig, drain};
use trace_runtime::propagation::Propagation;
use trace_runtime::{Sampler, TraceFuture as _, trace};

const REQUESTS: u64 = 10_000;

#[trace(name = "work", fields(id))]
async fn work(id: u64, barrier: Arc<Barrier>) -> String {
    // All of them are under way before one goes on, and they go on wherever there is a thread.
    barrier.wait().await;
    for _ in 0..3 {
        tokio::task::yield_now().await;
        step(id);
    }
    id.to_string()
}

#[trace(name = "step", fields(id))]
fn step(id: u64) {}

#[test]
fn ten_thousand_requests_on_many_threads_keep_their_spans_apart() {
    let tracer = Tracer::isolated(TracerConfig { sampler: Sampler::AlwaysOn, ..TracerConfig::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(8).build().expect("a runtime");
    runtime.block_on(async {
        let barrier = Arc::new(Barrier::new(REQUESTS as usize));
        let handler = move |Path(id): Path<u64>| work(id, Arc::clone(&barrier));
        let service = Router::new().route("/{id}", get(handler)).layer(ServerLayer::new(Propagation::default()));
        let calls = (1..=REQUESTS).map(|id| {
            let parent = format!("00-{id:032x}-{id:016x}-01");
            let request = Request::get(format!("/{id}")).header("traceparent", parent).body(Body::empty()).expect("it");
            let service = service.clone();
            let call = async move {
                let answer = service.oneshot(request).await.expect("an answer");
                let body = axum::body::to_bytes(answer.into_body(), 100).await.expect("a body");
                assert_eq!(body, id.to_string());
            };
            tokio::spawn(call.in_span(tracer.scope()))
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.expect("no panic");
        }
    });
    drop(runtime);
    let (mut spans, mut parts): (Vec<FinishedSpan>, _) = (Vec::new(), Parts::default());
    drain(tracer, &mut |record| {
        spans.push(record.to_span(&mut parts));
        Flow::Taken
    });
    assert_eq!(spans.len() as u64, 5 * REQUESTS);
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.context.span_id, span)).collect();
    for span in &spans {
        let id = span.context.trace_id.to_u128();
        if let Some(own) = span.attribute("id") {
            assert_eq!(own.to_string(), id.to_string(), "{}", span.name);
        }
        let parent = span.parent.expect("a parent");
        match span.name.as_str() {
            "step" => assert_eq!(by_id[&parent].name, "work"),
            "work" => assert_eq!(by_id[&parent].name, "GET /{id}"),
            _ => assert_eq!(u128::from(parent.to_u64()), id),
        }
        assert!(span.end_reason.is_none());
    }
}
