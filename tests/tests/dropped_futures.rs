//! Futures that are dropped before they are ready: what they own goes inside of their span, and then everything is as it was.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Context, ContextGuard};
use std::cell::{Cell, RefCell};
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::rc::Rc;
use tests::drive::poll_pinned;
use trace_runtime::capture::Capture;
use trace_runtime::otel::TracerProvider;
use trace_runtime::{Status, current, span, trace};

/// Does something when it is dropped.
struct Last<F: FnMut()>(F);

impl<F: FnMut()> Drop for Last<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[trace(name = "leaf")]
fn leaf() {}

#[trace(name = "waits")]
async fn waits(last: impl FnMut()) {
    let _last = Last(last);
    pending::<()>().await;
}

#[trace(name = "around")]
async fn around(depth: u32, last: impl FnMut()) {
    let inner: Pin<Box<dyn Future<Output = ()> + '_>> =
        if depth == 0 { Box::pin(waits(last)) } else { Box::pin(around(depth - 1, last)) };
    inner.await;
    leaf();
}

/// Begun, and not ready.
fn begun<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(poll_pinned(future.as_mut()).is_pending());
    future
}

fn quietly<R>(work: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[test]
fn nested_futures_go_each_inside_of_its_span() {
    let spans = Capture::start();
    let caller = span!("caller").enter();
    let id = || current().map(|span| span.span_id());
    let before = id();
    let future = begun(around(3, leaf));
    assert_eq!(id(), before);
    drop(future);
    assert_eq!(id(), before, "what was current is so again");
    leaf();
    drop(caller);
    spans.assert_tree(
        "caller
  around [cancelled]
    around [cancelled]
      around [cancelled]
        around [cancelled]
          waits [cancelled]
            leaf
  leaf",
    );
}

#[test]
fn so_they_do_inside_of_another_trace_and_on_another_thread() {
    let spans = Capture::start();
    let first = span!("first").enter();
    let future = begun(waits(leaf));
    drop(first);
    let here = trace_runtime::Snapshot::current();
    std::thread::scope(|scope| {
        let dropped = scope.spawn(move || {
            let _tracer = here.attach();
            let _second = span!("second").enter();
            drop(future);
            leaf();
        });
        dropped.join().expect("no panic");
    });
    spans.assert_tree("first\n  waits [cancelled]\n    leaf\nsecond\n  leaf");
}

#[test]
fn guards_that_the_body_leaves_behind_end_with_it() {
    let spans = Capture::start();
    let caller = span!("caller").enter();
    drop(begun(waits(|| {
        std::mem::forget(span!("forgotten").enter());
        std::mem::forget(span!("root").root().enter());
    })));
    leaf();
    drop(caller);
    assert!(current().is_none());
    assert_eq!(spans.span("leaf").parent, Some(spans.span("caller").context.span_id));
}

#[test]
fn a_panic_while_the_body_goes_is_the_spans_also_if_that_began_in_another_panic() {
    let spans = Capture::start();
    let panics = || begun(waits(|| panic_any(1)));
    assert!(quietly(|| drop(panics())).is_none());
    let kept = Cell::new(None);
    let outer = quietly(|| {
        let _begins = Last(|| kept.set(Some(panics())));
        panic_any(0);
    });
    assert!(outer.is_none());
    assert!(quietly(|| drop(kept.take())).is_none());
    let all = spans.spans();
    assert_eq!(all.len(), 2);
    for one in all {
        assert!(matches!(one.status, Status::Error(_)), "{one:?}");
        assert_eq!(one.events.iter().filter(|event| event.name == "exception").count(), 1);
        assert_eq!(one.end_reason, None);
    }
}

/// A value in a Context whose last reference goes while the span's own Context is detached.
struct Panics;

impl Drop for Panics {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic_any(3);
        }
    }
}

#[trace(name = "lazy")]
fn lazy<F: FnMut()>(last: Last<F>) -> impl Future<Output = ()> {
    let one = 1;
    async move {
        let _last = last;
        pending::<()>().await;
        let _ = one;
    }
}

#[test]
fn a_span_ends_even_if_what_its_context_holds_panics_when_it_goes() {
    let spans = Capture::start();
    let _foreign = TracerProvider::new().tracer("foreign");
    let guard: Rc<RefCell<Option<ContextGuard>>> = Rc::default();
    let taken = guard.clone();
    let future = lazy(Last(move || drop(taken.take())));
    *guard.borrow_mut() = Some(Context::current_with_value(Panics).attach());
    assert!(quietly(|| drop(future)).is_none());
    assert!(spans.span("lazy").is_error());
}

type Answer = Result<(), String>;

fn is_serious(key: String) -> impl FnOnce(&Answer) -> bool {
    move |answer| answer.as_ref().is_err_and(|why| *why == key)
}

#[trace(name = "passed", err = classifier)]
fn passed(classifier: impl Fn(&Answer) -> bool) -> impl Future<Output = Answer> {
    async { Err("bad".into()) }
}

#[trace(name = "used up", err = is_serious(key))]
fn used_up(key: String) -> impl Future<Output = Answer> {
    async { Err("bad".into()) }
}

#[trace(name = "counts", err = { *asked += 1; |answer: &Answer| answer.is_err() })]
async fn counts(asked: &mut u32) -> Answer {
    std::future::ready(()).await;
    Err("bad".into())
}

#[test]
fn a_classifier_may_be_used_up_and_may_change_what_it_borrows() {
    let spans = Capture::start();
    let mut asked = 0;
    let answers = [
        tests::drive::block_on(passed(Result::is_err)),
        tests::drive::block_on(used_up("bad".into())),
        tests::drive::block_on(counts(&mut asked)),
    ];
    assert!(answers.iter().all(Result::is_err));
    assert_eq!(asked, 1);
    for name in ["passed", "used up", "counts"] {
        assert!(spans.span(name).is_error(), "{name}");
    }
}

#[trace(current, err)]
fn fused() -> impl Future<Output = Answer> {
    std::future::poll_fn(|_| std::task::Poll::Ready(Err("bad".into())))
}

#[test]
fn a_failure_is_recorded_once_however_often_the_future_is_polled() {
    let spans = Capture::start();
    {
        let _caller = span!("caller").enter();
        let mut future = Box::pin(fused());
        (0..3).for_each(|_| assert!(poll_pinned(future.as_mut()).is_ready()));
    }
    assert_eq!(spans.span("caller").events.len(), 1);
}
