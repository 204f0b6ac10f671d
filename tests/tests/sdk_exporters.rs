//! Exporters written for the OpenTelemetry SDK as destinations.

use opentelemetry::trace::{SpanKind, Status as TheirStatus};
use opentelemetry::{Array, Value as Theirs};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData, SpanExporter};
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, UNIX_EPOCH};
use tests::receiver::Receiver;
use trace_export::{Counts, Tracing};
use trace_runtime::{Kind, SpanContext, SpanId, Status, TraceId, Value, current, span, trace};

const LONG: Duration = Duration::from_secs(20);

#[trace]
fn work(n: u64) -> u64 {
    n
}

fn record(tracing: Tracing, spans: u64) {
    let _scope = tracing.scope().attach();
    (0..spans).for_each(|n| _ = work(n));
}

fn counts(tracing: Tracing, name: &str) -> Counts {
    let all = tracing.counts_by_destination();
    let (_, counts) = all.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{all:?}"));
    assert!(counts.balanced(), "{counts:?}");
    *counts
}

/// Does what the nth call, from 0, is told.
struct Scripted<F> {
    calls: Arc<AtomicU32>,
    received: Arc<Mutex<Vec<SpanData>>>,
    /// When it was shut down, and with how much time.
    shut_down: Arc<Mutex<Option<Duration>>>,
    script: F,
}

impl<F> std::fmt::Debug for Scripted<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl<F: Fn(u32) -> OTelSdkResult + Send + Sync> SpanExporter for Scripted<F> {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        let result = (self.script)(self.calls.fetch_add(1, Relaxed));
        if result.is_ok() {
            self.received.lock().expect("not poisoned").extend(spans);
        }
        result
    }

    fn shutdown_with_timeout(&self, within: Duration) -> OTelSdkResult {
        std::thread::sleep(Duration::from_millis(100)); // it has something to do
        *self.shut_down.lock().expect("not poisoned") = Some(within);
        Ok(())
    }
}

fn scripted<F: Fn(u32) -> OTelSdkResult + Send + Sync>(script: F) -> Scripted<F> {
    Scripted { calls: Arc::default(), received: Arc::default(), shut_down: Arc::default(), script }
}

/// Only with exporters that are no others.
fn to(exporter: impl SpanExporter + 'static) -> Tracing {
    trace_export::builder().exporter(exporter).build().expect("good")
}

fn in_memory(exporter: &InMemorySpanExporter) -> usize {
    exporter.get_finished_spans().expect("spans").len()
}

fn failure() -> OTelSdkResult {
    Err(OTelSdkError::InternalFailure("on purpose".into()))
}

#[test]
fn an_exporter_gets_everything_that_a_span_has() {
    let exporter = InMemorySpanExporter::default();
    let tracing = trace_export::builder().service_name("shop").exporter(exporter.clone()).build().expect("good");
    let trace_id = TraceId::from_u128(1 << 64 | 0xab);
    let parent = SpanContext {
        trace_id,
        span_id: SpanId::from_u64(7),
        sampled: true,
        is_remote: true,
        trace_state: "a=1".into(),
    };
    {
        let _scope = tracing.scope().attach();
        let _root = span!("root").kind(Kind::Consumer).parent(parent.clone()).enter();
        let span = current().expect("a span");
        span.set_attribute("bool", true).set_attribute("int", i64::MIN).set_attribute("float", 0.5);
        span.set_attribute("text", "é\u{0}").set_attribute("ints", vec![1, 2]).set_attribute("none", Vec::<i64>::new());
        span.set_attribute("mixed", Value::Array(vec![Value::Int(1), Value::Bool(true)]));
        span.add_event("event", &[("k", Value::Int(1))]).set_status(&Status::Error("why".into()));
        span.add_link(&SpanContext { sampled: false, ..parent });
        (0..200).for_each(|_| _ = span.add_event("beyond", &[]));
        work(1);
    }
    assert!(tracing.flush(LONG).complete);
    let spans = exporter.get_finished_spans().expect("spans");
    let root = spans.iter().find(|span| span.name == "root").expect("the root");
    let child = spans.iter().find(|span| span.name != "root").expect("the child");
    assert_eq!(root.span_context.trace_id().to_bytes(), trace_id.to_bytes());
    assert_eq!((root.span_context.trace_flags().to_u8(), root.span_context.trace_state().header()), (1, "a=1".into()));
    assert_eq!((root.parent_span_id.to_bytes(), root.parent_span_is_remote), ([0, 0, 0, 0, 0, 0, 0, 7], true));
    assert_eq!((child.parent_span_id, child.parent_span_is_remote), (root.span_context.span_id(), false));
    assert_eq!((&root.span_kind, &root.status), (&SpanKind::Consumer, &TheirStatus::error("why")));
    let attributes: BTreeMap<_, _> =
        root.attributes.iter().map(|pair| (pair.key.as_str(), pair.value.clone())).collect();
    for (key, value) in [
        ("bool", Theirs::Bool(true)),
        ("int", Theirs::I64(i64::MIN)),
        ("float", Theirs::F64(0.5)),
        ("text", "é\u{0}".into()),
        ("ints", Theirs::Array(Array::I64(vec![1, 2]))),
        ("none", Theirs::Array(Array::String(vec![]))),
        ("mixed", Theirs::Array(Array::String(vec!["1".into(), "true".into()]))),
        ("code.function.name", "sdk_exporters::an_exporter_gets_everything_that_a_span_has".into()),
    ] {
        assert_eq!(attributes.get(key), Some(&value), "{key}");
    }
    assert_eq!((root.events.len(), root.events.dropped_count), (128, 73));
    assert_eq!((&*root.events[0].name, root.events[0].attributes.len()), ("event", 1));
    assert!(root.start_time <= root.events[0].timestamp && root.events[0].timestamp <= root.end_time);
    assert!(root.start_time > UNIX_EPOCH + Duration::from_secs(1_700_000_000));
    let link = &root.links[0].span_context;
    assert_eq!((link.trace_id().to_bytes(), link.is_remote(), link.is_sampled()), (trace_id.to_bytes(), true, false));
    assert_eq!((root.instrumentation_scope.name(), root.instrumentation_scope.version()), ("tests", Some("0.1.0")));
    tracing.shutdown(LONG);
}

#[test]
fn exporters_stand_beside_a_backend_and_each_other_with_counts_of_their_own() {
    let receiver = Receiver::start();
    let memory = InMemorySpanExporter::default();
    let tracing = trace_export::builder().endpoint(receiver.url()).exporter(memory.clone());
    let tracing = tracing.exporter(scripted(|_| failure())).exporter(scripted(|_| Ok(()))).build().expect("good");
    record(tracing, 10);
    assert!(tracing.flush(LONG).complete);
    let names: Vec<_> = tracing.counts_by_destination().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["otlp", "InMemorySpanExporter", "Scripted", "Scripted 2"]);
    assert_eq!([0, 1, 3].map(|nth: usize| counts(tracing, names[nth]).delivered), [10, 10, 10]);
    assert_eq!(counts(tracing, "Scripted").dropped.undelivered, 10);
    assert_eq!((receiver.spans().len(), in_memory(&memory)), (10, 10));
    tracing.shutdown(LONG);
}

#[test]
fn what_fails_is_repeated_and_given_up_when_it_goes_on_failing() {
    let exporter = scripted(|call| if call < 2 { failure() } else { Ok(()) });
    let (calls, received) = (exporter.calls.clone(), exporter.received.clone());
    let tracing = to(exporter);
    record(tracing, 10);
    assert!(tracing.flush(LONG).complete);
    assert_eq!((calls.load(Relaxed), received.lock().expect("not poisoned").len()), (3, 10));
    assert_eq!((tracing.counts().delivered, tracing.counts().retries), (10, 2));
    tracing.shutdown(LONG);

    let exporter = scripted(|_| failure());
    let calls = exporter.calls.clone();
    let tracing = to(exporter);
    record(tracing, 10);
    assert!(tracing.flush(LONG).complete);
    assert_eq!((calls.load(Relaxed), counts(tracing, "Scripted").dropped.undelivered), (5, 10));
    tracing.shutdown(LONG);
}

#[test]
fn a_panic_is_a_failure() {
    let exporter = scripted(|call| if call == 0 { panic!("on purpose") } else { Ok(()) });
    let tracing = to(exporter);
    record(tracing, 10);
    assert!(tracing.flush(LONG).complete);
    assert_eq!((tracing.counts().delivered, tracing.counts().retries), (10, 1));
    tracing.shutdown(LONG);
}

#[test]
fn one_batch_that_always_fails_does_not_hold_up_the_others() {
    #[derive(Debug)]
    struct NoThirteen(InMemorySpanExporter);
    impl SpanExporter for NoThirteen {
        async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
            if spans.len() == 13 { failure() } else { self.0.export(spans).await }
        }
    }
    let memory = InMemorySpanExporter::default();
    let tracing = to(NoThirteen(memory.clone()));
    record(tracing, 13);
    while tracing.counts().retries == 0 {
        tracing.flush(Duration::from_millis(1));
    }
    record(tracing, 9);
    while tracing.counts().delivered == 0 {
        tracing.flush(Duration::from_millis(1));
    }
    assert_eq!(counts(tracing, "NoThirteen").in_flight, 13, "the others went first");
    assert!(tracing.flush(LONG).complete);
    let counts = counts(tracing, "NoThirteen");
    assert_eq!((counts.delivered, counts.dropped.undelivered), (9, 13));
    tracing.shutdown(LONG);
}

#[test]
fn an_exporter_that_is_shut_down_already_rejects() {
    let tracing = to(scripted(|_| Err(OTelSdkError::AlreadyShutdown)));
    record(tracing, 10);
    assert!(tracing.flush(LONG).complete);
    assert_eq!(tracing.shutdown(LONG).counts.dropped.rejected, 10);
}

#[test]
fn a_time_limit_is_repeated_until_it_works() {
    let exporter = scripted(|call| if call < 6 { Err(OTelSdkError::Timeout(Duration::ZERO)) } else { Ok(()) });
    let calls = exporter.calls.clone();
    let tracing = to(exporter);
    record(tracing, 10);
    while tracing.counts().delivered == 0 && calls.load(Relaxed) < 20 {
        tracing.flush(Duration::from_millis(20));
    }
    assert_eq!((tracing.counts().delivered, calls.load(Relaxed)), (10, 7));
    tracing.shutdown(LONG);
}

#[test]
fn an_exporter_that_hangs_delays_neither_the_backend_nor_the_end() {
    #[derive(Debug)]
    struct Hanging(bool);
    impl SpanExporter for Hanging {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            if self.0 {
                std::thread::park_timeout(LONG * 3);
            }
            pending().await
        }
    }
    for blocks in [false, true] {
        let receiver = Receiver::start();
        let tracing = trace_export::builder().endpoint(receiver.url()).exporter(Hanging(blocks)).build().expect("good");
        record(tracing, 10);
        let start = Instant::now();
        assert!(!tracing.flush(Duration::from_millis(300)).complete);
        assert_eq!(receiver.spans().len(), 10);
        record(tracing, 10);
        tracing.shutdown(Duration::from_millis(300));
        assert!(start.elapsed() < Duration::from_secs(5));
        assert_eq!(counts(tracing, "otlp").delivered, 20);
        assert_eq!(counts(tracing, "Hanging").dropped.undelivered, 20);
    }
}

#[test]
fn the_end_shuts_the_exporter_down_and_waits_for_that() {
    let exporter = scripted(|_| Ok(()));
    let shut_down = exporter.shut_down.clone();
    let tracing = to(exporter);
    record(tracing, 10);
    tracing.shutdown(Duration::from_secs(5));
    let within = shut_down.lock().expect("not poisoned").expect("it was shut down");
    assert!(!within.is_zero() && within <= Duration::from_secs(5));
}

/// Answers only inside of a tokio runtime.
#[derive(Debug)]
struct NeedsTokio(InMemorySpanExporter);

impl SpanExporter for NeedsTokio {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.0.export(spans).await
    }
}

#[test]
fn an_exporter_that_needs_a_runtime_works_in_the_one_it_is_given() {
    let memory = InMemorySpanExporter::default();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().expect("a runtime");
    let handle = runtime.handle().clone();
    let builder =
        trace_export::builder().exporter_on(NeedsTokio(memory.clone()), move |export| handle.block_on(export));
    let tracing = builder.build().expect("good");
    record(tracing, 10);
    assert!(tracing.flush(LONG).complete);
    assert_eq!(in_memory(&memory), 10);
    tracing.shutdown(LONG);

    let tracing = to(NeedsTokio(memory));
    record(tracing, 10);
    assert_eq!(tracing.shutdown(LONG).counts.dropped.undelivered, 10, "without it, it panics, which is contained");
}

#[test]
fn a_published_exporter_works_as_it_is_and_knows_the_resource() {
    let output = std::process::Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "prints_to_stdout", "--ignored", "--nocapture"])
        .output()
        .expect("this test's program runs");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    for part in ["sdk_exporters::work", "service.name=String(Owned(\"shop\"))", "tests"] {
        assert!(stdout.contains(part), "{part} in {stdout}");
    }
}

#[test]
#[ignore = "run by the test before it"]
fn prints_to_stdout() {
    let tracing = trace_export::builder().service_name("shop").exporter(opentelemetry_stdout::SpanExporter::default());
    let tracing = tracing.build().expect("good");
    record(tracing, 1);
    assert_eq!(tracing.shutdown(LONG).counts.delivered, 1);
}

#[test]
fn a_resource_of_the_sdk_is_taken_with_what_its_detectors_found() {
    let receiver = Receiver::start();
    let resource = Resource::builder()
        .with_attribute(opentelemetry::KeyValue::new("host.cpus", 2))
        .with_attribute(opentelemetry::KeyValue::new("team", "blue"))
        .build();
    let builder =
        trace_export::builder().endpoint(receiver.url()).resource(&resource).resource_attribute("team", "red");
    let tracing = builder.build().expect("good");
    record(tracing, 1);
    tracing.shutdown(LONG);
    let found = &receiver.spans()[0].resource;
    assert_eq!((found["host.cpus"].as_str(), found["team"].as_str()), ("2", "red"));
    assert_eq!(found["telemetry.sdk.name"], "trace");
    assert!(found["service.name"].starts_with("unknown_service:sdk_exporters"), "{found:?}");
}
