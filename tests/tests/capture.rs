//! Spans in the tests of programs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tests::receiver::Receiver;
use trace_runtime::capture::Capture;
use trace_runtime::{Snapshot, current, span, trace};

#[trace(name = "outer", fields(b = 2, a = 1))]
fn outer() -> Result<(), String> {
    inner();
    if let Some(span) = current() {
        span.add_event("retry", &[]);
    }
    inner();
    Err("on purpose".into())
}

#[trace(name = "inner")]
fn inner() {}

const TREE: &str = "outer a=1 b=2 error.type=alloc::string::String !retry [error: on purpose]\n  inner\n  inner\n";

/// What a failing assertion says.
fn said(assertion: impl FnOnce(&Capture)) -> String {
    let spans = Capture::start();
    let _ = outer();
    let failed = catch_unwind(AssertUnwindSafe(|| assertion(&spans))).expect_err("it fails");
    *failed.downcast::<String>().expect("a text")
}

#[test]
fn the_tree_is_the_same_each_time_and_says_neither_ids_nor_times() {
    for _ in 0..3 {
        let spans = Capture::start();
        let _ = outer();
        assert_eq!(spans.tree(), TREE);
        spans.assert_tree(TREE);
    }
}

#[test]
fn every_failing_assertion_prints_the_tree() {
    for (message, expected) in [
        (said(|spans| spans.assert_tree("inner")), "the spans differ\nexpected:\ninner\n"),
        (said(|spans| spans.assert_count(4)), "expected 4 spans, found 3"),
        (said(|spans| _ = spans.span("inner")), "expected one span `inner`, found 2"),
        (said(|spans| _ = spans.span("other")), "expected one span `other`, found 0"),
    ] {
        assert!(message.starts_with(expected) && message.ends_with(TREE), "{message}");
    }
    let orphan = said(|spans| {
        let open = span!("open").enter();
        inner();
        let checked = catch_unwind(AssertUnwindSafe(|| spans.assert_no_orphans()));
        drop(open);
        std::panic::resume_unwind(checked.expect_err("it fails"));
    });
    assert!(orphan.starts_with("1 spans have a parent that is not here:\n"), "{orphan}");
    assert!(orphan.contains("\n(orphan) inner\n"), "{orphan}");
}

#[test]
fn a_capture_has_its_own_spans_beside_a_tracer_and_other_captures() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).build().expect("good");
    let _scope = tracing.scope().attach();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let spans = Capture::start();
                let _ = outer();
                let here = Snapshot::current();
                let elsewhere = move || {
                    let _attached = here.attach();
                    inner();
                };
                std::thread::scope(|scope| _ = scope.spawn(elsewhere).join());
                spans.assert_count(4);
                {
                    let nested = Capture::start();
                    inner();
                    nested.assert_tree("inner");
                }
                inner();
                spans.assert_count(5);
            });
        }
    });
    inner();
    let counts = tracing.shutdown(Duration::from_secs(60)).counts;
    assert_eq!((counts.recorded, receiver.spans().len()), (1, 1), "{counts}");
}

#[test]
fn a_span_that_is_given_an_empty_name_has_that_name() {
    let spans = Capture::start();
    span!("").in_scope(|| ());
    span!("named").in_scope(|| ());
    let mut names: Vec<_> = spans.spans().into_iter().map(|span| span.name).collect();
    names.sort();
    assert_eq!(names, ["", "named"]);
}
