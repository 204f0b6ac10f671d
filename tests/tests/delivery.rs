//! From a call to a backend, and to the counts.

use std::collections::BTreeMap;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tests::receiver::{Answer, Receiver, assert_whole};
use trace_export::{Compression, Counts, Tracing};
use trace_runtime::capture::Capture;
use trace_runtime::{Sampler, Snapshot, Status, current, trace};

const LONG: Duration = Duration::from_secs(20);

fn to(receiver: &Receiver) -> Tracing {
    trace_export::builder().endpoint(receiver.url()).build().expect("a good configuration")
}

fn assert_all_delivered(counts: &Counts, recorded: u64) {
    assert!(counts.balanced(), "{counts:?}");
    assert_eq!((counts.recorded, counts.delivered, counts.in_flight), (recorded, recorded, 0), "{counts:?}");
}

#[trace]
fn leaf(n: u64) -> Result<u64, String> {
    if n % 10 == 9 { Err(format!("{n} ends in nine")) } else { Ok(n) }
}

#[trace(kind = server, fields(count, label = "x"))]
fn tree(count: u64) {
    for n in 0..count {
        let _ = leaf(n);
    }
}

#[test]
fn every_span_arrives_once_and_says_what_it_is() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder()
        .endpoint(receiver.url())
        .header("x-tenant", "blue")
        .service_name("shop")
        .resource_attribute("deployment.environment.name", "test")
        .build()
        .expect("a good configuration");
    {
        let _scope = tracing.scope().attach();
        tree(99);
    }
    let report = tracing.flush(LONG);
    assert!(report.complete);
    assert_all_delivered(&report.counts, 100);
    let spans = receiver.spans();
    assert_eq!(spans.len(), 100);
    assert_whole(&spans, 1);
    for one in &spans {
        assert_eq!(one.resource["service.name"], "shop");
        assert_eq!(one.resource["deployment.environment.name"], "test");
        assert_eq!(one.resource["telemetry.sdk.language"], "rust");
        assert_eq!((one.scope.name.as_str(), one.scope.version.as_str()), ("tests", "0.1.0"));
        assert_eq!(one.attribute("code.file.path").as_deref(), Some("tests/tests/delivery.rs"));
        assert!(one.span.end_time_unix_nano >= one.span.start_time_unix_nano);
        assert_eq!(one.span.flags, 0x103);
    }
    let root = spans.iter().find(|one| one.span.parent_span_id.is_empty()).expect("a root");
    assert_eq!((root.span.name.as_str(), root.span.kind), ("delivery::tree", 2));
    assert_eq!(root.attribute("code.function.name").as_deref(), Some("delivery::tree"));
    let line: u32 = root.attribute("code.line.number").and_then(|line| line.parse().ok()).expect("a line");
    let source = include_str!("delivery.rs").lines().nth(line as usize - 1);
    assert_eq!(source, Some("fn tree(count: u64) {"));
    assert_eq!(root.attribute("count").as_deref(), Some("99"));
    assert_eq!(root.attribute("label").as_deref(), Some("x"));
    let failed: Vec<_> = spans.iter().filter(|one| one.span.status.as_ref().is_some_and(|s| s.code == 2)).collect();
    assert_eq!(failed.len(), 9 + 1 - 1);
    assert_eq!(failed[0].span.events[0].name, "exception");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    assert!(now - u128::from(root.span.end_time_unix_nano) < 60_000_000_000);
    let request = &receiver.requests()[0];
    assert_eq!(request.line, "POST /v1/traces HTTP/1.1");
    assert_eq!(request.headers["x-tenant"], "blue");
    assert_eq!(request.headers["content-type"], "application/x-protobuf");
    tracing.shutdown(LONG);
}

#[test]
fn children_lie_within_their_parent_in_time_and_in_order() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    let scope = tracing.scope().attach();
    for _ in 0..20 {
        tree(10);
        assert!(tracing.flush(LONG).complete);
    }
    drop(scope);
    let spans = receiver.spans();
    let by_id: BTreeMap<_, _> = spans.iter().map(|one| (&one.span.span_id, &one.span)).collect();
    for one in spans.iter().filter(|one| !one.span.parent_span_id.is_empty()) {
        let parent = by_id[&one.span.parent_span_id];
        assert!(parent.start_time_unix_nano <= one.span.start_time_unix_nano);
        assert!(one.span.end_time_unix_nano <= parent.end_time_unix_nano);
    }
    tracing.shutdown(LONG);
}

#[test]
fn threads_and_captures_at_the_same_time_each_get_their_own() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let _scope = tracing.scope().attach();
                (0..200).for_each(|_| tree(9));
            });
            scope.spawn(|| {
                for _ in 0..50 {
                    let spans = Capture::start();
                    tree(3);
                    spans.assert_count(4);
                }
            });
        }
    });
    let report = tracing.shutdown(LONG);
    assert_all_delivered(&report.counts, 4 * 200 * 10);
    assert_eq!(receiver.spans().len(), 8000);
    assert_whole(&receiver.spans(), 800);
}

#[test]
fn connections_are_kept_and_bodies_compressed_when_asked() {
    for (compression, name) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let receiver = Receiver::start();
        let tracing = trace_export::builder().endpoint(receiver.url()).compression(compression);
        let tracing = tracing.build().expect("a good configuration");
        let _scope = tracing.scope().attach();
        for _ in 0..5 {
            tree(5);
            assert!(tracing.flush(LONG).complete);
        }
        let requests = receiver.requests();
        assert_eq!(requests.len(), 5);
        assert!(requests.iter().all(|request| request.connection == 0));
        assert!(requests.iter().all(|request| request.headers["content-encoding"] == name));
        assert_eq!(receiver.spans().len(), 30);
        tracing.shutdown(LONG);
    }
}

#[test]
fn many_spans_are_several_requests_and_none_is_too_big() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    {
        let _scope = tracing.scope().attach();
        (0..30).for_each(|_| tree(999));
    }
    let report = tracing.shutdown(LONG);
    assert_all_delivered(&report.counts, 30_000);
    assert_whole(&receiver.spans(), 30);
    let sizes: Vec<usize> =
        receiver.requests().iter().map(|r| r.headers["content-length"].parse().expect("a size")).collect();
    assert!(sizes.len() > 1 && sizes.iter().all(|size| *size < 3 << 20), "{sizes:?}");
}

#[test]
fn a_backend_that_is_away_for_a_while_gets_everything_later() {
    let unwell = [429, 502, 503, 504];
    let receiver = Receiver::answering(move |nth| match unwell.get(nth) {
        Some(status) => Answer::Refuse(*status, String::new(), Vec::new()),
        None if nth == 4 => Answer::Close,
        None => Answer::Accept,
    });
    let tracing = to(&receiver);
    {
        let _scope = tracing.scope().attach();
        tree(9);
    }
    let report = tracing.flush(LONG);
    assert!(report.complete, "{report:?}");
    assert_all_delivered(&report.counts, 10);
    assert!(report.counts.retries >= 4);
    assert_whole(&receiver.spans(), 1);
    tracing.shutdown(LONG);
}

#[test]
fn a_refused_batch_is_counted_and_does_not_hold_up_the_next() {
    let receiver = Receiver::answering(|nth| match nth {
        0 => Answer::Refuse(400, String::new(), b"no".to_vec()),
        // ExportTracePartialSuccess { rejected_spans: 3, error_message: "x" }
        1 => Answer::AcceptWith(vec![0x0a, 5, 0x08, 3, 0x12, 1, b'x']),
        _ => Answer::Accept,
    });
    let tracing = to(&receiver);
    let _scope = tracing.scope().attach();
    for _ in 0..3 {
        tree(9);
        assert!(tracing.flush(LONG).complete);
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.recorded, counts.delivered, counts.dropped.rejected), (30, 17, 13));
    assert!(counts.balanced());
}

#[test]
fn retry_after_is_honoured() {
    let receiver = Receiver::answering(|nth| match nth {
        0 => Answer::Refuse(503, "retry-after: 1\r\n".into(), Vec::new()),
        _ => Answer::Accept,
    });
    let tracing = to(&receiver);
    let _scope = tracing.scope().attach();
    tree(1);
    let start = Instant::now();
    assert!(tracing.flush(LONG).complete);
    assert!(start.elapsed() >= Duration::from_millis(900));
    tracing.shutdown(LONG);
}

#[test]
fn a_backend_that_never_answers_delays_flush_and_shutdown_no_longer_than_asked() {
    let receiver = Receiver::answering(|_| Answer::Hang);
    let tracing = to(&receiver);
    {
        let _scope = tracing.scope().attach();
        tree(9);
        let start = Instant::now();
        let report = tracing.flush(Duration::from_millis(200));
        assert!(!report.complete && start.elapsed() < Duration::from_secs(1));
        assert_eq!((report.counts.recorded, report.counts.in_flight), (10, 10));
        tree(4);
    }
    let start = Instant::now();
    let counts = tracing.shutdown(Duration::from_millis(200)).counts;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert_eq!((counts.recorded, counts.dropped.undelivered, counts.in_flight), (15, 15, 0));
    assert!(counts.balanced());
    let start = Instant::now();
    assert_eq!(tracing.shutdown(LONG).counts, counts, "the second shutdown says the same");
    assert_eq!(tracing.flush(LONG).counts, counts, "and so does a flush");
    assert!(start.elapsed() < Duration::from_secs(1), "and neither waits again");
}

#[test]
fn retry_after_zero_is_no_hot_loop() {
    let receiver = Receiver::answering(|_| Answer::Refuse(503, "retry-after: 0\r\n".into(), Vec::new()));
    let tracing = to(&receiver);
    let _scope = tracing.scope().attach();
    tree(1);
    assert!(!tracing.flush(Duration::from_secs(1)).complete);
    assert!(receiver.requests().len() < 20, "{} requests in a second", receiver.requests().len());
    tracing.shutdown(Duration::ZERO);
}

#[test]
fn a_connection_that_breaks_at_the_end_is_tried_again() {
    let receiver = Receiver::answering(|nth| if nth == 0 { Answer::Close } else { Answer::Accept });
    let tracing = to(&receiver);
    {
        let _scope = tracing.scope().attach();
        tree(9);
    }
    assert_all_delivered(&tracing.shutdown(LONG).counts, 10);
}

#[test]
fn batches_get_through_when_every_other_connection_breaks() {
    let receiver = Receiver::answering(|nth| if nth % 2 == 0 { Answer::Close } else { Answer::Accept });
    let tracing = to(&receiver);
    let _scope = tracing.scope().attach();
    for _ in 0..4 {
        tree(9);
        tracing.flush(Duration::from_millis(1));
    }
    let counts = tracing.shutdown(LONG).counts;
    assert!(counts.balanced() && counts.delivered >= 10, "{counts:?}");
}

#[test]
fn a_shutdown_may_wait_for_ever_and_still_ends_with_a_dead_backend() {
    let tracing = trace_export::builder().endpoint("http://127.0.0.1:1").build().expect("a good configuration");
    {
        let _scope = tracing.scope().attach();
        tree(9);
    }
    let counts = tracing.shutdown(Duration::MAX).counts;
    assert_eq!((counts.recorded, counts.dropped.undelivered), (10, 10));
}

#[test]
fn open_spans_count_once_when_a_shutdown_gives_up_while_the_collector_finishes() {
    for nanos in (0..100).map(|n| n * 1000) {
        let receiver = Receiver::start();
        let tracing = to(&receiver);
        let _scope = tracing.scope().attach();
        let open: Vec<_> = (0..20).map(|_| trace_runtime::span!("open").enter()).collect();
        tree(99);
        tracing.shutdown(Duration::from_nanos(nanos));
        let counts = tracing.counts();
        assert!(counts.recorded == 120 && counts.balanced(), "{counts:?}");
        drop(open.into_iter().rev().collect::<Vec<_>>());
    }
}

#[trace]
fn open(tracing: Tracing) {
    let _ = leaf(1);
    if let Some(span) = current() {
        span.set_attribute("kept", true).set_status(&Status::Ok);
    }
    tracing.shutdown(LONG);
    let _ = leaf(2);
}

#[test]
fn spans_open_at_shutdown_are_delivered_once_and_marked() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    {
        let _scope = tracing.scope().attach();
        open(tracing);
        open(tracing);
    }
    let counts = tracing.counts();
    assert_all_delivered(&counts, 2);
    let spans = receiver.spans();
    assert_whole(&spans, 1);
    let root = spans.iter().find(|one| one.span.parent_span_id.is_empty()).expect("a root");
    assert_eq!(root.attribute("trace.end").as_deref(), Some("shutdown"));
    assert_eq!(root.attribute("kept").as_deref(), Some("true"));
    assert_eq!(root.span.status.as_ref().map(|status| status.code), Some(1));
}

#[test]
fn spans_that_race_a_shutdown_are_all_counted() {
    for _ in 0..50 {
        let receiver = Receiver::start();
        let tracing = to(&receiver);
        let counts = std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let _scope = tracing.scope().attach();
                    (0..300).for_each(|_| tree(3));
                });
            }
            let shutdown = scope.spawn(|| tracing.shutdown(LONG));
            shutdown.join().expect("no panic")
        });
        assert!(counts.complete);
        let counts = tracing.counts();
        assert!(counts.balanced() && counts.in_flight == 0, "{counts:?}");
        assert_eq!(receiver.spans().len() as u64, counts.delivered);
        assert_eq!(counts.dropped.undelivered + counts.dropped.rejected, 0);
    }
}

#[test]
fn flush_and_shutdown_from_many_threads_at_once_return() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    std::thread::scope(|scope| {
        for nth in 0..64 {
            scope.spawn(move || {
                let _scope = tracing.scope().attach();
                tree(2);
                if nth % 2 == 0 { tracing.flush(LONG) } else { tracing.shutdown(LONG) }
            });
        }
    });
    let counts = tracing.counts();
    assert!(counts.balanced() && counts.in_flight == 0, "{counts:?}");
    assert_eq!(counts.delivered, receiver.spans().len() as u64);
}

#[test]
fn limits_cut_and_count_what_is_too_much() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    let scope = tracing.scope().attach();
    trace_runtime::span!("big").in_scope(|| {
        let span = current().expect("a span");
        span.set_attribute("huge", "é".repeat(32 << 20));
        for n in 0..10_000 {
            span.set_attribute(&format!("key.{n}"), n).add_event("event", &[]);
            span.set_attribute("again", n);
        }
    });
    drop(scope);
    let report = tracing.shutdown(LONG);
    assert_all_delivered(&report.counts, 1);
    let big = receiver.spans().remove(0);
    assert_eq!(big.attribute("huge").map(|text| text.len()), Some(16 << 10));
    assert_eq!(big.attribute("trace.cut").as_deref(), Some("1"));
    assert_eq!(big.attribute("again").as_deref(), Some("9999"), "the last value of a key counts");
    assert_eq!(big.span.events.len(), 128);
    assert_eq!(big.span.dropped_events_count, 10_000 - 128);
    assert_eq!(big.span.dropped_attributes_count, 10_002 - 128);
}

#[test]
fn a_ratio_sampler_keeps_or_leaves_whole_traces() {
    let receiver = Receiver::start();
    let half = Sampler::parent_based(Sampler::ratio(0.5).expect("a ratio"));
    let tracing = trace_export::builder().endpoint(receiver.url()).sampler(half).build().expect("good");
    {
        let _scope = tracing.scope().attach();
        (0..400).for_each(|_| tree(3));
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_all_delivered(&counts, counts.recorded);
    assert!((400..1200).contains(&counts.recorded), "{counts:?}");
    assert_whole(&receiver.spans(), counts.recorded as usize / 4);
}

#[test]
fn a_sampler_of_the_sdk_is_asked_for_every_span_and_its_attributes_are_kept() {
    use opentelemetry::trace::{Link, SpanKind, TraceId};
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_sdk::trace::{SamplingDecision, SamplingResult, ShouldSample};

    #[derive(Clone, Debug)]
    struct NoLeaves;
    impl ShouldSample for NoLeaves {
        fn should_sample(
            &self,
            _: Option<&Context>,
            _: TraceId,
            name: &str,
            _: &SpanKind,
            _: &[KeyValue],
            _: &[Link],
        ) -> SamplingResult {
            let keep = !name.ends_with("leaf");
            SamplingResult {
                decision: if keep { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
                attributes: vec![KeyValue::new("sampled.by", "test")],
                trace_state: "a=b".parse().expect("a tracestate"),
            }
        }
    }
    let receiver = Receiver::start();
    let sampler = trace_export::sdk_sampler(NoLeaves);
    let tracing = trace_export::builder().endpoint(receiver.url()).sampler(sampler).build().expect("good");
    {
        let _scope = tracing.scope().attach();
        tree(5);
    }
    assert_all_delivered(&tracing.shutdown(LONG).counts, 1);
    let spans = receiver.spans();
    assert_eq!(spans[0].attribute("sampled.by").as_deref(), Some("test"));
    assert_eq!(spans[0].span.trace_state, "a=b");
}

#[test]
fn flush_waits_for_spans_of_other_threads() {
    let receiver = Receiver::start();
    let tracing = to(&receiver);
    let here = tracing.scope();
    std::thread::scope(|scope| {
        let done = (0..8).map(|_| {
            let here: Snapshot = here.clone();
            scope.spawn(move || {
                let _attached = here.attach();
                tree(1);
            })
        });
        for thread in done.collect::<Vec<_>>() {
            thread.join().expect("no panic");
        }
    });
    assert!(tracing.flush(LONG).complete);
    assert_eq!(receiver.spans().len(), 16);
    tracing.shutdown(LONG);
}

// Programs: the global tracer, and the ways out.

fn program(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command.args(arguments).envs(variables.iter().copied()).stdin(Stdio::null());
    command.output().expect("the program runs")
}

fn exits(how: &str, code: i32, spans: usize) {
    let receiver = Receiver::start();
    let output = program(&[how, "10"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(output.stdout, b"output of the program\n");
    let arrived = receiver.spans();
    assert_eq!(arrived.len(), spans, "{how}");
    assert_whole(&arrived, spans - usize::from(how == "exit" || how == "panic"));
    assert!(arrived.iter().all(|one| one.resource["service.name"] == "unknown_service:program"));
}

#[test]
fn a_return_from_main_delivers() {
    exits("return", 0, 10);
}

#[test]
fn an_error_from_main_delivers() {
    exits("question", 1, 10);
}

#[test]
fn process_exit_delivers_and_keeps_its_code() {
    exits("exit", 3, 12);
}

#[test]
fn a_panic_in_main_delivers() {
    exits("panic", 101, 12);
}

#[test]
fn a_dropped_guard_delivers() {
    exits("guard", 0, 10);
}

#[test]
fn the_message_of_a_panic_is_on_the_span_it_ended() {
    let receiver = Receiver::start();
    program(&["panic"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    let spans = receiver.spans();
    let panicked = spans.iter().find(|one| one.span.name == "program::panics").expect("the span");
    assert_eq!(panicked.span.status.as_ref().map(|status| status.message.as_str()), Some("on purpose"));
    program(&["panic"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url()), ("TRACE_ERRORS", "type")]);
    assert_eq!(receiver.spans().iter().filter(|one| format!("{:?}", one.span).contains("on purpose")).count(), 1);
}

#[test]
fn a_thread_that_records_to_the_very_end_does_not_hold_up_the_exit() {
    let receiver = Receiver::start();
    let start = Instant::now();
    let output = program(&["thread"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    assert!(output.status.success() && start.elapsed() < Duration::from_secs(10));
    assert!(receiver.spans().len() >= 10);
}

#[test]
fn a_forked_child_delivers_its_own_spans_and_none_of_its_parents() {
    let receiver = Receiver::start();
    for _ in 0..10 {
        let before = receiver.spans().len();
        let output = program(&["fork", "20"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
        assert!(output.status.success(), "{output:?}");
        let spans = receiver.spans().split_off(before);
        assert_eq!(spans.len(), 20 + 1 + 20 + 20);
        assert_whole(&spans, 20 + 1);
    }
}

#[test]
fn a_dead_backend_changes_nothing_for_the_program_and_is_said_once() {
    // A port that was free a moment ago: connections are refused.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}");
    let start = Instant::now();
    let output = program(&["counts", "1000"], &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url)]);
    assert!(output.status.success() && start.elapsed() < Duration::from_secs(10));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("output of the program\n"));
    assert!(stdout.contains("recorded: 1000, delivered: 0") && stdout.contains("undelivered: 1000"), "{stdout}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.lines().filter(|line| line.contains("spans wait")).count(), 1, "{stderr}");
    assert_eq!(stderr.lines().count(), 2, "and the summary: {stderr}");
}

#[test]
fn without_configuration_the_program_is_untraced_and_silent_and_the_log_says_why() {
    let output = program(&["return"], &[]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let output = program(&["return"], &[("LOG", "1")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("tracing is off: set OTEL_EXPORTER_OTLP_ENDPOINT"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1);
}

#[test]
fn a_bad_variable_is_one_error_that_the_program_can_handle() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "no url"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "nameonly"),
    ] {
        let on = [("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_TRACES_SAMPLER", "traceidratio"), (name, value)];
        let output = program(&["return"], &on);
        assert_eq!(output.status.code(), Some(4));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.starts_with("init: ") && stderr.contains(name) && stderr.lines().count() == 1, "{stderr}");
        assert!(stderr.contains(value) || name.ends_with("HEADERS"), "{stderr}");
    }
}

#[test]
fn a_stderr_that_nobody_reads_does_not_hold_up_the_exit() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_program"));
    command.args(["return", "20000"]).env("OTEL_TRACES_EXPORTER", "console");
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program runs");
    let unread = child.stderr.take();
    assert!(child.wait().expect("it ends").success());
    assert!(start.elapsed() < Duration::from_secs(10));
    drop(unread);
}

#[test]
fn the_console_prints_a_tree_on_stderr_only() {
    let output = program(&["panic", "5"], &[("OTEL_TRACES_EXPORTER", "console")]);
    assert_eq!(output.stdout, b"output of the program\n");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("program::panics") && stderr.contains("✗ on purpose"), "{stderr}");
    assert!(stderr.contains("└─ program::work"), "{stderr}");
}
