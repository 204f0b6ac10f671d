//! What a program can do with spans before they go out.

use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};
use tests::receiver::{Receiver, assert_whole};
use trace_export::Tracing;
use trace_runtime::{Kind, SpanContext, SpanId, Status, TraceId, Value, current, span, trace};

const LONG: Duration = Duration::from_secs(20);

#[trace(fields(secret = "s3cret"))]
fn work(n: u64) -> Result<u64, String> {
    if n == 9 { Err("nine s3cret".into()) } else { Ok(n) }
}

#[trace]
fn tree(count: u64) {
    (0..count).for_each(|n| _ = work(n));
}

fn record(tracing: Tracing, count: u64) {
    let _scope = tracing.scope().attach();
    tree(count);
}

#[test]
fn spans_are_renamed_redacted_enriched_and_left_out() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).on_end(|span| {
        assert_eq!(span.scope_name(), "tests");
        if span.attribute("n") == Some(&Value::Int(3)) {
            return span.discard();
        }
        if span.name == "on_end::work" {
            span.name = "renamed".into();
            span.kind = Kind::Client;
        }
        span.attributes.retain(|(key, _)| key != "secret");
        span.events.clear();
        if let Status::Error(message) = &mut span.status {
            *message = message.replace("s3cret", "***");
        }
        span.set_attribute("took.more.than.a.day", span.duration() > Duration::from_secs(86_400));
        span.set_attribute("code.file.path", "elsewhere.rs");
    });
    let tracing = tracing.build().expect("good");
    {
        let _scope = tracing.scope().attach();
        tree(10);
        (0..5).for_each(|n| span!("counted").attribute("n", n).in_scope(|| ()));
    }
    let counts = tracing.shutdown(LONG).counts;
    assert!(counts.balanced());
    assert_eq!((counts.recorded, counts.delivered, counts.discarded), (16, 15, 1));
    let spans = receiver.spans();
    assert_whole(&spans, 5);
    assert!(!format!("{spans:?}").contains("s3cret"));
    let renamed: Vec<_> = spans.iter().filter(|one| one.span.name == "renamed").collect();
    assert_eq!((renamed.len(), renamed[0].span.kind), (10, 3));
    assert_eq!(renamed[0].attribute("took.more.than.a.day").as_deref(), Some("false"));
    assert_eq!(renamed[0].attribute("code.file.path").as_deref(), Some("elsewhere.rs"));
    assert_eq!(renamed[9].span.status.as_ref().map(|status| status.message.as_str()), Some("nine ***"));
}

/// As it arrives, without what differs from run to run.
fn arrived(tracing: Tracing, receiver: &Receiver) -> String {
    let remote = SpanContext {
        trace_id: TraceId::from_u128(7 << 64 | 1),
        span_id: SpanId::from_u64(7),
        sampled: true,
        is_remote: true,
        trace_state: "a=1".to_owned(),
    };
    {
        let _scope = tracing.scope().attach();
        let _span = span!("one").kind(Kind::Server).parent(remote.clone()).enter();
        let span = current().expect("a span");
        span.set_attribute("texts", vec!["é", ""]).set_attribute("float", -0.5).set_attribute("int", i64::MIN);
        span.add_event("event", &[("bool", Value::Bool(true))])
            .add_link(&remote)
            .set_status(&Status::Error("é".into()));
        (0..200).for_each(|_| _ = span.add_event("beyond", &[]).add_link(&remote));
        (0..150).for_each(|n| _ = span.set_attribute(&format!("key.{n}"), n));
        span.set_attribute("cut", "x".repeat(20 << 10));
    }
    tracing.shutdown(LONG);
    let mut one = receiver.spans().remove(0);
    one.span.span_id.clear();
    one.span.start_time_unix_nano = 0;
    one.span.end_time_unix_nano = 0;
    one.span.events.iter_mut().for_each(|event| event.time_unix_nano = 0);
    format!("{one:?}")
}

#[test]
fn what_is_not_changed_goes_out_as_it_would_have() {
    let receivers = [(); 3].map(|()| Receiver::start());
    let to = |nth: usize| trace_export::builder().endpoint(receivers[nth].url());
    let plain = arrived(to(0).build().expect("good"), &receivers[0]);
    assert!(plain.contains("dropped_events_count: 73") && plain.contains("dropped_links_count: 73"), "{plain}");
    assert!(plain.contains("dropped_attributes_count: 2"), "{plain}");
    assert_eq!(arrived(to(1).on_end(|_| ()).build().expect("good"), &receivers[1]), plain);
    let panicking = to(2).on_end(|span| {
        span.name.clear();
        panic!("on purpose");
    });
    assert_eq!(arrived(panicking.build().expect("good"), &receivers[2]), plain);
}

#[test]
fn it_runs_on_one_thread_of_the_toolkit_that_is_not_traced_and_may_ask_for_counts() {
    let receiver = Receiver::start();
    let threads = Arc::new(Mutex::new(Vec::new()));
    let (give, take) = mpsc::channel::<Tracing>();
    let (seen, take) = (threads.clone(), Mutex::new(take));
    let on_end = move |_: &mut trace_export::EndedSpan| {
        let tracing = take.lock().expect("not poisoned").recv().expect("the tracer");
        assert!(tracing.counts().balanced() && !tracing.flush(LONG).complete);
        let _ = work(1);
        seen.lock().expect("not poisoned").push(std::thread::current().name().map(str::to_owned));
    };
    let tracing = trace_export::builder().endpoint(receiver.url()).on_end(on_end).build().expect("good");
    (0..3).for_each(|_| give.send(tracing).expect("it listens"));
    record(tracing, 2);
    assert_eq!(tracing.shutdown(LONG).counts.delivered, 3);
    assert_eq!(*threads.lock().expect("not poisoned"), vec![Some("trace-collector".to_owned()); 3]);
}

#[test]
fn one_that_never_returns_delays_the_end_no_longer_than_asked() {
    let receiver = Receiver::start();
    let builder = trace_export::builder().endpoint(receiver.url()).on_end(|_| std::thread::sleep(LONG * 10));
    let tracing = builder.build().expect("good");
    record(tracing, 9);
    assert!(!tracing.flush(Duration::from_millis(100)).complete);
    assert_eq!((tracing.counts().recorded, tracing.counts().in_flight), (10, 10), "counting does not wait for it");
    record(tracing, 4);
    let start = Instant::now();
    let counts = tracing.shutdown(Duration::from_millis(200)).counts;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert!(counts.balanced());
    assert_eq!((counts.recorded, counts.dropped.undelivered), (15, 15));
}

#[test]
fn more_spans_than_wait_at_a_time_are_all_seen() {
    let receiver = Receiver::start();
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = seen.clone();
    let builder = trace_export::builder().endpoint(receiver.url()).on_end(move |_| _ = counter.fetch_add(1, Relaxed));
    let tracing = builder.build().expect("good");
    record(tracing, 19_999);
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, seen.load(Relaxed), receiver.spans().len()), (20_000, 20_000, 20_000));
}

#[test]
fn the_console_shows_what_became_of_a_span() {
    let output = Command::new(std::env::current_exe().expect("a path"))
        .args(["--exact", "prints_to_stderr", "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .expect("this test's program runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{output:?}");
    for part in ["trace ", "1 span", "new name", "a=1", "✗ why"] {
        assert!(stderr.contains(part), "{part} in {stderr}");
    }
    assert!(!stderr.contains("s3cret") && !stderr.contains("code."), "{stderr}");
    assert!(!stderr.contains("on_end::tree"), "the root was left out: {stderr}");
}

#[test]
#[ignore = "run by the test before it"]
fn prints_to_stderr() {
    let builder = trace_export::builder().console().on_end(|span| {
        if span.name == "on_end::tree" {
            return span.discard();
        }
        span.name = "new name".into();
        span.attributes.retain(|(key, _)| key != "secret");
        span.set_attribute("a", 1);
        span.status = Status::Error("why".into());
    });
    let tracing = builder.build().expect("good");
    record(tracing, 1);
    assert!(tracing.flush(LONG).complete);
    let counts = tracing.counts();
    assert_eq!((counts.recorded, counts.delivered, counts.discarded), (2, 1, 1));
}
