//! Requests of callers who mean no good, sent to a running server.

use crate::harness::{Wire, captured, layer, serve_traced};
use crate::hostile_headers::{ID, headers};
use axum::Router;
use axum::routing::get;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use trace_runtime::capture::Capture;
use trace_runtime::export::FinishedSpan;
use trace_runtime::trace;

/// Counts what anybody logs in this process.
struct Counting;

static LOGGED: AtomicUsize = AtomicUsize::new(0);

impl log::Log for Counting {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("trace")
    }
    fn log(&self, record: &log::Record<'_>) {
        LOGGED.fetch_add(usize::from(self.enabled(record.metadata())), Relaxed);
    }
    fn flush(&self) {}
}

#[trace(name = "inside")]
fn inside() {}

async fn send(wire: &mut Wire, head: &str) {
    wire.send(&format!("{head}\r\n\r\n")).await;
    let answer = wire.read_until("\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{head}: {answer}");
}

fn server_spans(capture: &Capture) -> Vec<FinishedSpan> {
    capture.spans().into_iter().filter(|span| span.name == "GET /").collect()
}

#[test]
fn no_header_stops_slows_or_confuses_the_server_and_none_is_logged() {
    let _ = log::set_logger(&Counting);
    log::set_max_level(log::LevelFilter::Trace);
    captured(async |capture| {
        let router = Router::new().route("/", get(|| async { inside() }));
        let address = serve_traced(router, layer()).await;
        let mut wire = Wire::to(address).await;
        let headers = headers();
        for (header, _) in &headers {
            send(&mut wire, &format!("GET / HTTP/1.1\r\nhost: a\r\n{header}")).await;
        }
        let spans = server_spans(capture);
        assert_eq!(spans.len(), headers.len());
        for ((header, continued), span) in headers.iter().zip(&spans) {
            assert_eq!(span.context.trace_id.to_string() == ID, *continued, "{header}");
            assert_eq!(span.has_remote_parent, *continued, "{header}");
            let bytes: usize = span.attributes.iter().map(|(_, value)| value.to_string().len()).sum();
            assert!(bytes < 8 << 10, "{bytes} bytes of attributes for {header}");
        }
        capture.assert_no_orphans();
    });
    assert_eq!(LOGGED.load(Relaxed), 0);
}

#[test]
fn targets_and_hosts_that_are_no_plain_ones_are_served() {
    captured(async |capture| {
        let router = Router::new().fallback(get(|| async {}));
        let address = serve_traced(router, layer()).await;
        let mut wire = Wire::to(address).await;
        let long = format!("/{}", "a".repeat(30_000));
        let targets = ["/?", "/?&&=&%", "/%00%ff", "//", "/?sig", &long, "http://other.org:81/x", "/?sig=\u{e9}"];
        for target in targets {
            send(&mut wire, &format!("GET {target} HTTP/1.1\r\nhost: a")).await;
        }
        for host in ["", ":", "a b", "[::1", "user@a", "a:99999", "\u{e9}"] {
            send(&mut wire, &format!("GET / HTTP/1.1\r\nhost: {host}")).await;
        }
        let all = capture.spans();
        assert_eq!(all.len(), targets.len() + 7);
        for span in &all {
            assert_eq!(span.name, "GET");
            for (key, value) in &span.attributes {
                assert!(value.to_string().len() <= 2048, "{key}");
            }
        }
        assert_eq!(all[6].attribute("server.address").map(ToString::to_string).as_deref(), Some("other.org"));
    });
}
