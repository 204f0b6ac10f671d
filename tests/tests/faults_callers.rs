//! Flush and shutdown, from wherever a program calls them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::scope;
use std::time::Duration;
use tests::faults::{LONG, SLACK, copies, in_time, record, recorded, work};
use tests::receiver::{Answer, Receiver};
use trace_export::{Report, Tracing};
use trace_runtime::trace;

fn holds_all(report: Report, spans: u64, receiver: &Receiver) {
    assert!(report.complete, "{report:?}");
    let counts = report.counts;
    let outcome = (counts.recorded, counts.delivered, counts.dropped.total(), counts.in_flight);
    assert_eq!(outcome, (spans, spans, 0, 0), "{counts:?}");
    let copies = copies(&receiver.spans());
    assert!(copies.len() as u64 == spans && copies.values().all(|copies| *copies == 1));
}

fn current_thread() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime")
}

#[trace]
async fn in_steps() {
    work();
    tokio::task::yield_now().await;
    work();
}

#[test]
fn on_the_thread_of_a_current_thread_runtime() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 10);
    current_thread().block_on(async {
        in_time(SLACK, || holds_all(tracing.flush(LONG), 10, &receiver));
        record(&tracing, 1);
        in_time(SLACK, || holds_all(tracing.shutdown(LONG), 11, &receiver));
    });
}

#[test]
fn inside_a_task_while_others_wait_for_their_turn() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 0);
    current_thread().block_on(async {
        let _scope = tracing.scope().attach();
        let other = tokio::spawn(trace_runtime::TraceFuture::in_current_span(in_steps()));
        let flushing = tokio::spawn(async move {
            work();
            in_time(SLACK, || tracing.flush(LONG))
        });
        let (other, flushed) = (other.await, flushing.await);
        assert!(other.is_ok() && flushed.is_ok_and(|report| report.complete && report.counts.balanced()));
        let shut = tokio::spawn(async move { in_time(SLACK, || tracing.shutdown(LONG)) });
        holds_all(shut.await.expect("no panic"), 4, &receiver);
    });
}

/// Flushes or shuts down when it is dropped.
struct AtTheEnd<'a>(&'a dyn Fn());

impl Drop for AtTheEnd<'_> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn in_a_drop_while_a_panic_unwinds() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 10);
    let unwinds = |end: &dyn Fn()| {
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _scope = tracing.scope().attach();
            let _end = AtTheEnd(end);
            trace_runtime::span!("panics").in_scope(|| std::panic::resume_unwind(Box::new("on purpose")));
        }));
        assert_eq!(unwound.expect_err("it unwinds").downcast_ref(), Some(&"on purpose"));
    };
    unwinds(&|| in_time(SLACK, || holds_all(tracing.flush(LONG), 11, &receiver)));
    unwinds(&|| in_time(SLACK, || holds_all(tracing.shutdown(LONG), 12, &receiver)));
}

#[test]
fn twice_and_the_second_has_nothing_to_do() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 10);
    let first = tracing.flush(LONG);
    holds_all(first, 10, &receiver);
    assert_eq!(in_time(SLACK, || tracing.flush(LONG)), first);
    let requests = receiver.requests().len();
    let first = tracing.shutdown(LONG);
    holds_all(first, 10, &receiver);
    assert_eq!(in_time(SLACK, || tracing.shutdown(LONG)), first);
    assert_eq!(receiver.requests().len(), requests, "nothing was left to send");
}

#[test]
fn from_64_threads_at_once() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 0);
    scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                record(&tracing, 10);
                let report = in_time(LONG, || tracing.flush(LONG));
                assert!(report.complete && report.counts.delivered >= 10, "{report:?}");
            });
        }
    });
    holds_all(tracing.flush(LONG), 640, &receiver);
    let reports: Vec<Report> = scope(|scope| {
        let threads: Vec<_> = (0..64).map(|_| scope.spawn(|| in_time(LONG, || tracing.shutdown(LONG)))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    for report in reports {
        holds_all(report, 640, &receiver);
    }
}

#[test]
fn after_a_shutdown_with_spans_that_came_too_late() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 10);
    let last = tracing.shutdown(LONG);
    holds_all(last, 10, &receiver);
    record(&tracing, 10);
    for report in [tracing.flush(LONG), tracing.shutdown(LONG), tracing.flush(Duration::ZERO)] {
        assert!(report.complete && report.counts.balanced() && report.counts.in_flight == 0, "{report:?}");
        assert_eq!(report.counts.delivered, 10);
    }
    assert_eq!(receiver.spans().len(), 10);
}

fn hanging() -> (Receiver, Tracing) {
    let receiver = Receiver::answering(|_| Answer::Hang);
    let tracing = recorded(receiver.url(), 10);
    (receiver, tracing)
}

#[test]
fn by_the_deadline_in_a_task_although_the_backend_hangs() {
    let (_receiver, tracing) = hanging();
    current_thread().block_on(async {
        let within = Duration::from_millis(200);
        let report = in_time(within, || tracing.flush(within));
        assert_eq!((report.complete, report.counts.in_flight), (false, 10));
        let counts = in_time(within, || tracing.shutdown(within)).counts;
        assert_eq!((counts.dropped.undelivered, counts.in_flight), (10, 0));
    });
}
