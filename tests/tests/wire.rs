//! The same spans in every form in which they can go out.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tests::grpc::Grpc;
use tests::receiver::{Answer, Receiver};
use tests::rotel::Rotel;
use tests::sink::Sink;
use trace_export::{Compression, Protocol, Spool};
use trace_runtime::{Kind, SpanContext, SpanId, Status, TraceId, Value, current, span, trace};

const LONG: Duration = Duration::from_secs(20);
const PROTOCOLS: [Protocol; 3] = [Protocol::HttpProtobuf, Protocol::HttpJson, Protocol::Grpc];
const TEXTS: [&str; 6] =
    ["", "plain", "\"quotes\" and \\", "a\u{0}b\u{1f}\n\t\u{7f}", "é😀\u{202e}\u{fffd}", "</script>"];

#[trace]
fn failing(n: i64) -> Result<(), String> {
    if n < 0 { Err(format!("{n} is below {}", TEXTS[4])) } else { Ok(()) }
}

/// Spans with everything that a span can have. `odd`: with numbers that JSON has no words for (and `opentelemetry-proto` does not read).
fn rich(odd: bool) -> u64 {
    let remote = SpanContext {
        trace_id: TraceId::from_u128(1 << 64 | 0xab),
        span_id: SpanId::from_u64(0x0f),
        sampled: true,
        is_remote: true,
        trace_state: "a=1,b=\"2".to_owned(),
    };
    let _root = span!("root").kind(Kind::Server).parent(remote.clone()).enter();
    let span = current().expect("a span");
    span.add_link(&remote).add_link(&SpanContext { sampled: false, ..remote });
    for (nth, text) in TEXTS.into_iter().enumerate() {
        span.set_attribute(&format!("text.{nth}"), text);
        span.add_event(text, &[("in.event", Value::Str(text.into())), ("n", Value::Int(nth as i64))]);
    }
    for (nth, int) in [0, -1, i64::MIN, i64::MAX, 1 << 53].into_iter().enumerate() {
        span.set_attribute(&format!("int.{nth}"), int);
    }
    let odd_floats = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let floats = [0.5, -0.0, 1e300, f64::MIN_POSITIVE, 123_456_789.123];
    for (nth, float) in floats.into_iter().chain(odd_floats.into_iter().filter(|_| odd)).enumerate() {
        span.set_attribute(&format!("float.{nth}"), float);
    }
    span.set_attribute("true", true).set_attribute("false", false).set_attribute("texts", TEXTS.to_vec());
    span.set_attribute("ints", vec![1, -1]).set_attribute("empty", Vec::<bool>::new());
    span.set_name("renamed \u{1F600}").set_status(&Status::Ok);
    (0..200).for_each(|_| _ = span.add_event("beyond", &[]));
    let _ = failing(1);
    let _ = failing(-1);
    span!("producer").kind(Kind::Producer).in_scope(|| ());
    4
}

/// A spool that holds those spans.
fn stored(name: &str, odd: bool) -> (PathBuf, u64) {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    let tracing = trace_export::builder().endpoint("http://127.0.0.1:1").spool(Spool::new(&dir).first());
    let tracing = tracing.service_name(TEXTS[4]).build().expect("good");
    let spans = {
        let _scope = tracing.scope().attach();
        rich(odd)
    };
    assert_eq!(tracing.shutdown(LONG).counts.stored, spans);
    (dir, spans)
}

/// Sends a copy of what is stored there.
fn deliver(dir: &Path, spans: u64, url: &str, protocol: Protocol, compression: Compression) {
    let copy = dir.with_extension(format!("{protocol:?}{compression:?}"));
    let _ = std::fs::remove_dir_all(&copy);
    let tracing = trace_export::builder().endpoint(url).protocol(protocol).compression(compression);
    std::fs::create_dir_all(&copy).expect("a directory");
    for entry in std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry")) {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("copied");
        }
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o700)).expect("ours alone");
    }
    let tracing = tracing.spool(&*copy).build().expect("good");
    let end = Instant::now() + LONG;
    while tracing.counts().adopted.delivered < spans {
        assert!(Instant::now() < end, "{protocol:?}: {:?}", tracing.counts());
        std::thread::yield_now();
    }
    tracing.shutdown(LONG);
}

#[test]
fn every_protocol_and_compression_carries_the_same_spans() {
    let (dir, spans) = stored("wire", false);
    let mut before = None;
    for protocol in PROTOCOLS {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let arrived = if protocol == Protocol::Grpc {
                let receiver = Grpc::start();
                deliver(&dir, spans, &receiver.url(), protocol, compression);
                receiver.spans()
            } else {
                let receiver = Receiver::start();
                deliver(&dir, spans, &receiver.url(), protocol, compression);
                receiver.spans()
            };
            let arrived: Vec<_> = arrived.iter().map(|one| format!("{one:?}")).collect();
            assert_eq!(arrived.len() as u64, spans);
            assert!(arrived.iter().any(|one| one.contains("dropped_events_count: 78")));
            let first = before.get_or_insert_with(|| arrived.clone());
            assert_eq!(*first, arrived, "{protocol:?} {compression:?}");
        }
    }
}

#[test]
fn an_independent_receiver_reads_the_same_from_every_protocol() {
    let Some(sink) = Sink::start() else { return };
    let (dir, spans) = stored("wire-sink", true);
    for protocol in PROTOCOLS {
        let url = if protocol == Protocol::Grpc { sink.grpc_url() } else { sink.url() };
        deliver(&dir, spans, &url, protocol, Compression::Gzip);
    }
    let mut arrived = sink.spans();
    assert_eq!(arrived.len() as u64, PROTOCOLS.len() as u64 * spans);
    let mut transports = Vec::new();
    for one in &mut arrived {
        transports.push(one["transport"]["proto"].take());
        one["transport"].take();
    }
    transports.dedup();
    assert_eq!(transports, ["http/protobuf", "http/json", "grpc"]);
    for same in arrived.chunks(spans as usize).skip(1) {
        assert_eq!(arrived[..spans as usize], *same);
    }
    let root = arrived.iter().find(|one| one["name"] == "renamed \u{1F600}").expect("the root");
    assert_eq!(root["attributes"]["int.2"], i64::MIN);
    assert_eq!([5, 6, 7].map(|nth| &root["attributes"][format!("float.{nth}")]), ["nan", "inf", "-inf"]);
    assert_eq!(root["attributes"]["texts"], serde_json::json!(TEXTS));
    assert_eq!(root["links"][0]["span_id"], "000000000000000f");
    assert_eq!((&root["kind"], &root["status"]["code"]), (&"SPAN_KIND_SERVER".into(), &1.into()));
}

#[test]
fn a_real_collector_passes_on_the_same_from_every_protocol() {
    let behind = Receiver::start();
    let Some(mut collector) = Rotel::to(&behind.url()) else { return };
    collector.start();
    let (dir, spans) = stored("wire-collector", false);
    let direct = Receiver::start();
    deliver(&dir, spans, &direct.url(), Protocol::HttpProtobuf, Compression::None);
    let expected = sorted(&direct);
    for (nth, protocol) in PROTOCOLS.into_iter().enumerate() {
        let url = if protocol == Protocol::Grpc { collector.grpc_url() } else { collector.url() };
        deliver(&dir, spans, &url, protocol, Compression::Gzip);
        let end = Instant::now() + LONG;
        let all = spans as usize * (nth + 1);
        while behind.spans().len() < all {
            assert!(Instant::now() < end, "{protocol:?}: {} of {all}", behind.spans().len());
            std::thread::yield_now();
        }
        let passed_on = sorted(&behind);
        let before: Vec<_> = passed_on.iter().step_by(nth + 1).collect();
        assert_eq!(before, expected.iter().collect::<Vec<_>>(), "{protocol:?}");
    }
}

/// What arrived, as text, in an order that does not depend on requests.
fn sorted(receiver: &Receiver) -> Vec<String> {
    let mut spans: Vec<_> = receiver.spans().iter().map(|one| format!("{one:?}")).collect();
    spans.sort();
    spans
}

#[test]
fn json_says_what_it_is_and_its_partial_success_is_counted() {
    let partial = br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#;
    let receiver = Receiver::answering(|_| {
        Answer::AcceptWithHeaders("content-type: application/json; charset=utf-8\r\n".into(), partial.to_vec())
    });
    let tracing = trace_export::builder().endpoint(receiver.url()).protocol(Protocol::HttpJson).build().expect("good");
    {
        let _scope = tracing.scope().attach();
        rich(false);
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.dropped.rejected), (1, 3), "{counts:?}");
    let request = receiver.requests().remove(0);
    assert_eq!(request.line, "POST /v1/traces HTTP/1.1");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(receiver.spans().iter().filter(|one| one.span.kind == 2).count(), 1);
}

#[test]
fn a_json_request_that_is_too_large_is_halved() {
    let receiver = Receiver::answering(|nth| match nth {
        0 => Answer::Refuse(413, String::new(), Vec::new()),
        _ => Answer::Accept,
    });
    let tracing = trace_export::builder().endpoint(receiver.url()).protocol(Protocol::HttpJson).build().expect("good");
    {
        let _scope = tracing.scope().attach();
        rich(false);
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, receiver.spans().len()), (4, 4), "{counts:?}");
    assert!(receiver.requests().len() > 2);
}
