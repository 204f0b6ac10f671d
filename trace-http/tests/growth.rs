//! What a server keeps after hostile requests: nothing. A process of its own, as memory is the process's.

#![allow(dead_code)] // of the harness a part is used

#[path = "http/harness.rs"]
mod harness;
#[path = "http/hostile_headers.rs"]
mod hostile_headers;

use axum::Router;
use axum::routing::get;
use harness::{Wire, layer, serve_traced};
use trace_runtime::export::{Flow, Tracer, TracerConfig, drain};

const ROUNDS: usize = 40;

#[test]
fn memory_does_not_grow_with_hostile_requests() {
    let tracer = Tracer::isolated(TracerConfig::default());
    let _scope = tracer.scope().attach();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let address = serve_traced(Router::new().route("/", get(|| async {})), layer()).await;
        let mut wire = Wire::to(address).await;
        let headers = hostile_headers::headers();
        let (mut warm, mut spans) = (0, 0);
        for round in 0..ROUNDS {
            for (header, _) in &headers {
                wire.send(&format!("GET / HTTP/1.1\r\nhost: a\r\n{header}\r\n\r\n")).await;
                wire.read_until("\r\n\r\n").await;
            }
            // What a collector does.
            drain(tracer, &mut |_| {
                spans += 1;
                Flow::Taken
            });
            if round == 9 {
                warm = resident();
            }
        }
        assert_eq!(spans, ROUNDS * headers.len());
        let grown = resident().saturating_sub(warm);
        assert!(grown < 2 << 20, "{grown} bytes more after {} requests", (ROUNDS - 10) * headers.len());
    });
}

/// Resident memory of this process in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: usize = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}
