//! What foreign values, hooks and ids do while a span is entered or left changes nothing of the caller's.

use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context as Cx, ContextGuard};
use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use tests::drive::{poll_pinned, turn};
use trace_runtime::capture::Capture;
use trace_runtime::control::untraced;
use trace_runtime::otel::TracerProvider;
use trace_runtime::{Snapshot, current, span, trace};

/// Foreign code is there.
fn tracer() -> trace_runtime::otel::Tracer {
    TracerProvider::new().tracer("foreign")
}

fn attach(trace: u128, span: u64, flags: u8) -> ContextGuard {
    let span = (TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags));
    let span = SpanContext::new(span.0, span.1, span.2, false, TraceState::NONE);
    Cx::new().with_remote_span_context(span).attach()
}

#[test]
fn a_future_stays_in_its_trace_where_small_foreign_ids_make_up_for_each_others_flags() {
    #[trace(name = "step")]
    fn step() {}
    #[trace(name = "task")]
    async fn task() {
        step();
        turn().await;
        step();
    }
    let place = |trace, span, flags| {
        let _attached = attach(trace, span, flags);
        Snapshot::current()
    };
    let _provider = TracerProvider::new();
    for (other, flags) in [(3, 0), (33, 3), (1, 1), (2, 1)] {
        let spans = Capture::start();
        let mut future = Box::pin(task());
        {
            let _first = place(0xaaaa, 1, 1).attach();
            assert!(poll_pinned(future.as_mut()).is_pending());
        }
        {
            let _then = place(0xbbbb, other, flags).attach();
            assert!(poll_pinned(future.as_mut()).is_ready());
        }
        let traces: Vec<_> = spans.spans().iter().map(|span| span.context.trace_id.to_u128()).collect();
        assert_eq!(traces, [0xaaaa; 3], "{other}");
    }
}

#[test]
fn a_panic_hook_that_is_called_while_a_context_is_attached_may_trace() {
    #[trace(name = "report")]
    fn report() {}
    #[trace(name = "work")]
    fn work() {}
    let _tracer = tracer();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {
        let _untraced = untraced();
        report();
    }));
    let spans = Capture::start();
    {
        let _foreign = attach(7, 7, 1);
        // Attaching panics in here.
        Cx::map_current(|_| work());
    }
    std::panic::set_hook(before);
    assert_eq!(spans.tree(), "(orphan) work\n");
}

#[test]
fn a_panic_while_a_span_is_left_is_not_one_of_what_ran_in_it() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            assert!(std::thread::panicking(), "a value of the Context");
        }
    }
    #[trace(name = "later")]
    fn later() {}
    let _tracer = tracer();
    let spans = Capture::start();
    let mut held = span!("held").hold();
    let attached = RefCell::new(Some(Cx::current_with_value(Panics).attach()));
    let left = catch_unwind(AssertUnwindSafe(|| held.in_scope(|| drop(attached.take()))));
    assert!(left.is_err());
    assert!(held.is_recording());
    held.in_scope(later);
    held.end();
    assert_eq!(spans.tree(), "held\n  later\n");
}

#[test]
fn what_a_kept_context_has_is_dropped_inside_of_the_span() {
    #[trace(name = "closing")]
    fn closing() {}
    struct Closes;
    impl Drop for Closes {
        fn drop(&mut self) {
            closing();
        }
    }
    #[trace(name = "task", parent = place)]
    async fn task(place: Snapshot) {
        let _ = &place;
        turn().await;
    }
    #[trace(name = "caller")]
    fn caller(future: Pin<&mut dyn Future<Output = ()>>) {
        assert!(poll_pinned(future).is_ready());
    }
    #[trace(name = "top")]
    fn top() {
        let mut future = Box::pin(task(Snapshot::current()));
        {
            let _value = Cx::current_with_value(Closes).attach();
            let _nowhere = Snapshot::none().attach();
            assert!(poll_pinned(future.as_mut()).is_pending());
        }
        caller(future.as_mut());
    }
    let _tracer = tracer();
    let spans = Capture::start();
    top();
    assert_eq!(spans.tree(), "top\n  task\n    closing\n  caller\n");
}

#[test]
fn what_a_value_leaves_entered_while_it_is_dropped_shows_no_longer_than_the_entry_it_was_in() {
    struct Forgets;
    impl Drop for Forgets {
        fn drop(&mut self) {
            std::mem::forget(span!("forgotten").root().enter());
        }
    }
    fn shown() -> [u8; 8] {
        Cx::current().span().span_context().span_id().to_bytes()
    }
    #[trace(name = "top")]
    fn top() {
        let own = current().expect("recorded").context().span_id.to_bytes();
        let attached = Cx::current_with_span(tracer().start("foreign")).with_value(Forgets).attach();
        // Its Context is the last to have the value.
        let inner = span!("inner").enter();
        drop(attached);
        drop(inner);
        assert_eq!(shown(), own);
    }
    let _tracer = tracer();
    let _spans = Capture::start();
    top();
}
