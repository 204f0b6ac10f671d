//! Contexts under the global tracer, handed on in every bad moment.

use opentelemetry::Context;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use std::collections::HashMap;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Mutex, OnceLock};
use tests::drive::{poll_pinned, turn};
use trace_runtime::export::{FinishedSpan, Flow, Parts, TracerConfig, drain, install};
use trace_runtime::otel::{Tracer, TracerProvider};
use trace_runtime::propagation::{Format, Propagation};
use trace_runtime::{Sampler, Snapshot, TraceId, current, span, trace};

fn tracer() -> Tracer {
    recorder();
    TracerProvider::new().tracer("foreign")
}

fn recorder() -> &'static trace_runtime::export::Tracer {
    static TRACER: OnceLock<&'static trace_runtime::export::Tracer> = OnceLock::new();
    TRACER.get_or_init(|| {
        install(TracerConfig { sampler: Sampler::AlwaysOn, ..TracerConfig::default() }).expect("the only one")
    })
}

/// Those of this trace that have ended.
fn spans_of(trace: TraceId) -> Vec<FinishedSpan> {
    static ALL: Mutex<Vec<FinishedSpan>> = Mutex::new(Vec::new());
    let mut all = ALL.lock().expect("no panic");
    let mut parts = Parts::default();
    drain(recorder(), &mut |record| {
        all.push(record.to_span(&mut parts));
        Flow::Taken
    });
    all.iter().filter(|span| span.context.trace_id == trace).cloned().collect()
}

/// Each knows its parent and the first span of its trace.
#[track_caller]
fn assert_whole(trace: TraceId, count: usize) -> Vec<FinishedSpan> {
    let spans = spans_of(trace);
    let ids: HashMap<_, _> = spans.iter().map(|span| (span.context.span_id, span)).collect();
    let root = spans.iter().find(|span| span.parent.is_none()).expect("a root").context.span_id;
    for span in &spans {
        assert!(span.parent.is_none_or(|parent| ids.contains_key(&parent)), "{} is an orphan", span.name);
        assert_eq!(span.local_root, root, "{} lost its local root", span.name);
    }
    assert_eq!(spans.len(), count);
    spans
}

#[trace(name = "ours")]
fn ours() {}

#[trace(name = "A")]
fn a<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[trace(name = "B")]
fn b<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn trace_id() -> TraceId {
    current().expect("a span").trace_id()
}

fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

#[test]
fn a_context_of_a_span_that_another_thread_ended_keeps_its_local_root() {
    let _tracer = tracer();
    let id = a(|| {
        let (snapshots, taken) = channel::<Snapshot>();
        let (seen, shown) = channel();
        let (ended, end) = channel();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let _here = taken.recv().expect("sent").attach();
                let context = Context::current();
                seen.send(()).expect("heard");
                end.recv().expect("sent");
                elsewhere(|| {
                    let _there = context.attach();
                    ours();
                });
            });
            b(|| {
                snapshots.send(Snapshot::current()).expect("heard");
                shown.recv().expect("sent");
            });
            ended.send(()).expect("heard");
        });
        trace_id()
    });
    assert_whole(id, 3);
}

#[test]
fn a_context_of_a_future_that_was_dropped_under_its_own_snapshot_keeps_its_local_root() {
    let _tracer = tracer();
    let id = a(|| {
        let (contexts, captured) = channel();
        let (snapshots, taken) = channel();
        let mut future = Box::pin(span!("future").instrument(async move {
            contexts.send(Context::current()).expect("heard");
            snapshots.send(Snapshot::current()).expect("heard");
            turn().await;
        }));
        elsewhere(|| assert!(poll_pinned(future.as_mut()).is_pending()));
        let _here = taken.recv().expect("sent").attach();
        drop(future);
        let context = captured.recv().expect("sent");
        elsewhere(|| {
            let _there = context.attach();
            ours();
        });
        trace_id()
    });
    assert_whole(id, 3);
}

#[test]
fn thousands_of_contexts_keep_their_places_while_spans_are_open_and_after() {
    let tracer = tracer();
    let id = a(|| {
        let id = trace_id();
        let spans: Vec<_> = (0..5000).map(|_| Context::current_with_span(tracer.start("many"))).collect();
        let clones = spans.clone();
        elsewhere(|| {
            for context in &clones {
                let _there = context.clone().attach();
                ours();
            }
        });
        for (nth, context) in spans.iter().enumerate() {
            if nth % 2 == 0 {
                context.span().end();
            }
        }
        elsewhere(|| {
            for context in &clones {
                let _there = context.clone().attach();
                ours();
            }
        });
        drop(spans);
        elsewhere(|| {
            for context in clones {
                let there = context.attach();
                ours();
                drop(there);
            }
        });
        id
    });
    assert_whole(id, 1 + 5000 * 4);
}

#[test]
fn contexts_of_futures_that_end_while_others_use_them_keep_their_local_root() {
    let _tracer = tracer();
    let id = a(|| {
        let here = Snapshot::current();
        let (contexts, captured) = channel::<Context>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for context in captured {
                    let _there = context.attach();
                    ours();
                }
            });
            scope.spawn(move || {
                for _ in 0..20_000 {
                    let contexts = contexts.clone();
                    let future = async move {
                        contexts.send(Context::current()).expect("heard");
                    };
                    let future = pin!(span!("future").parent(here.clone()).instrument(future));
                    assert!(poll_pinned(future).is_ready());
                }
            });
        });
        trace_id()
    });
    let _ = assert_whole(id, 40_001);
}

#[test]
fn a_forced_trace_stays_forced_whatever_was_forgotten_in_it() {
    let _tracer = tracer();
    let propagation = Propagation::new([Format::B3]);
    let forced = |what: &str| {
        let mut carrier: Vec<(String, String)> = Vec::new();
        propagation.inject(&Snapshot::current(), &mut carrier, "");
        assert!(carrier.iter().any(|(_, value)| value.contains("-d")), "{what}: {carrier:?}");
    };
    let headers = vec![("b3".to_owned(), "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d".to_owned())];
    let _from = propagation.extract(&headers).snapshot().attach();
    a(|| {
        forced("root");
        b(|| {
            forced("child");
            b(|| std::mem::forget(span!("lost").root().enter()));
            forced("after a forgotten root");
        });
    });
}

#[test]
fn guards_forgotten_at_several_depths_leave_nothing_current() {
    let _tracer = tracer();
    let forget = || std::mem::forget(span!("forgotten").root().enter());
    a(|| {
        let own = current().expect("a span").span_id();
        b(|| {
            b(forget);
            forget();
        });
        assert_eq!(current().expect("a span").span_id(), own);
        forget();
    });
    assert!(current().is_none());
    assert!(!Context::current().has_active_span());
}
