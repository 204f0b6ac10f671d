//! The shop as a person starts it, and what a backend gets of it.

use opentelemetry_proto::tonic::trace::v1::Span;
use shop::receiver::{Arrived, Receiver};
use shop::tree;
use std::collections::{HashMap, HashSet};
use std::process::Output;
use tokio::process::Command;

const INTERNAL: i32 = 1;
const SERVER: i32 = 2;
const CLIENT: i32 = 3;
const REQUESTS: usize = 20;

/// Runs it against a backend.
async fn shop() -> (String, Vec<Arrived>) {
    let backend = Receiver::start(None).await.expect("a receiver");
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop"));
    command.args(["--endpoint", &backend.url(), "--requests", &REQUESTS.to_string()]);
    let Output { status, stdout, stderr } = command.output().await.expect("it starts");
    let text = String::from_utf8(stdout).expect("text");
    assert!(status.success(), "{text}\n{}", String::from_utf8_lossy(&stderr));
    assert_eq!(String::from_utf8_lossy(&stderr), "");
    (text, backend.spans())
}

fn named<'a>(spans: &'a [Arrived], name: &str) -> Vec<&'a Span> {
    spans.iter().filter(|one| one.span.name == name).map(|one| &one.span).collect()
}

/// Each span's parent, in whatever process it is.
fn parents(spans: &[Arrived]) -> HashMap<(Vec<u8>, Vec<u8>), &Arrived> {
    spans.iter().map(|one| ((one.span.trace_id.clone(), one.span.span_id.clone()), one)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_is_one_trace_through_three_processes() {
    let (text, spans) = shop().await;
    let known = parents(&spans);
    let mut roots: HashMap<&[u8], usize> = HashMap::new();
    for Arrived { service, span } in &spans {
        let parent = known.get(&(span.trace_id.clone(), span.parent_span_id.clone()));
        match parent {
            None => {
                assert!(span.parent_span_id.is_empty(), "{service} {} has a parent that is nowhere", span.name);
                *roots.entry(&span.trace_id).or_default() += 1;
            }
            // A server's span is the child of a client's, in another process; any other is the child of one in its own.
            Some(parent) if span.kind == SERVER => {
                assert_eq!(parent.span.kind, CLIENT, "{}", span.name);
                assert_ne!(&parent.service, service);
            }
            Some(parent) => assert_eq!(&parent.service, service, "{}", span.name),
        }
    }
    assert!(roots.values().all(|roots| *roots == 1));
    let bought: Vec<_> = named(&spans, "POST /buy/{item}");
    assert_eq!(bought.len(), REQUESTS);
    let first = text.split("trace ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a trace id");
    let first = trace_runtime::TraceId::from_hex(first).expect("a trace id").to_bytes();
    let shape: Vec<_> = tree::of(&spans, &first)
        .into_iter()
        .map(|(depth, one)| (depth.expect("no orphan"), one.service.as_str(), one.span.kind, one.span.name.as_str()))
        .collect();
    assert_eq!(
        shape,
        [
            (0, "gateway", SERVER, "POST /buy/{item}"),
            (1, "gateway", INTERNAL, "gateway::is_plausible"),
            (1, "gateway", CLIENT, "POST /orders/{item}"),
            (2, "orders", SERVER, "POST /orders/{item}"),
            (3, "orders", INTERNAL, "orders::place"),
            (4, "orders", CLIENT, "shop.Stock/Take"),
            (5, "stock", SERVER, "shop.Stock/Take"),
            (6, "stock", INTERNAL, "Shelves::left"),
            (7, "stock", CLIENT, "SELECT stock"),
            (6, "stock", CLIENT, "UPDATE stock"),
            (4, "orders", CLIENT, "INSERT orders"),
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_slowness_and_clients_that_go_away_show() {
    let (text, spans) = shop().await;
    assert!(text.starts_with("20 requests: [201, 201, 201, 404, 201, 201, 201, 500, 201, 400,"), "{text}");
    // An internal error is one in every process; what is not there is one for those who asked.
    let failed = |span: &&Span| span.status.as_ref().is_some_and(|status| status.code == 2);
    let count = |name: &str, kind: i32| {
        let of_kind = named(&spans, name).into_iter().filter(|span| span.kind == kind);
        of_kind.filter(failed).count()
    };
    assert_eq!(count("POST /buy/{item}", SERVER), 2);
    assert_eq!((count("POST /orders/{item}", CLIENT), count("POST /orders/{item}", SERVER)), (4, 2));
    assert_eq!((count("shop.Stock/Take", CLIENT), count("shop.Stock/Take", SERVER)), (4, 2));
    // Slow ones are slow in all processes.
    let slow = named(&spans, "stock::find");
    assert_eq!(slow.len(), 2);
    let nanos = |span: &Span| span.end_time_unix_nano - span.start_time_unix_nano;
    let trace_ids: HashSet<_> = slow.iter().map(|span| &span.trace_id).collect();
    let around = spans.iter().filter(|one| trace_ids.contains(&one.span.trace_id) && one.span.kind == SERVER);
    assert_eq!(around.filter(|one| nanos(&one.span) >= nanos(slow[0]).min(nanos(slow[1]))).count(), 6);
    // The client that went away, and the health check that nobody wants to see.
    let watch = named(&spans, "GET /watch");
    assert_eq!(watch.len(), 1);
    assert_eq!(tree::attribute(watch[0], "trace.end"), Some("cancelled"));
    assert_eq!(tree::attribute(watch[0], "trace.end.at"), Some("response_body"));
    assert!(named(&spans, "GET /healthz").is_empty());
    // What was ordered is in no span of the database.
    assert!(spans.iter().all(|one| tree::attribute(&one.span, "db.query.text").is_none()));
}
