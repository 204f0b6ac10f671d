//! What is called where nothing is recorded is not recorded either, wherever its parent is from.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tests::receiver::Receiver;
use trace_runtime::capture::Capture;
use trace_runtime::control::untraced;
use trace_runtime::{Snapshot, SpanContext, SpanId, TraceId, span, trace};

#[trace]
fn leaf() {}

#[trace(parent = place)]
fn sync(place: &Snapshot) -> Option<SpanContext> {
    leaf();
    Snapshot::current().context()
}

#[trace(parent = place)]
#[allow(clippy::unused_async)] // it is only a future
async fn later(place: Snapshot) -> Option<SpanContext> {
    leaf();
    Snapshot::current().context()
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

/// Under a caller who did not sample.
fn unsampled<R>(f: impl FnOnce() -> R) -> R {
    let caller = SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(1), false);
    span!("local root").parent(caller).in_scope(f)
}

#[test]
fn calls_below_a_given_parent_that_is_not_sampled_stay_in_its_trace() {
    for counted in [false, true] {
        let receiver = Receiver::start();
        let builder = trace_export::builder().endpoint(receiver.url());
        let builder = if counted { builder.function_costs_of_unsampled() } else { builder };
        let tracing = builder.build().expect("good");
        {
            let _scope = tracing.scope().attach();
            let (place, context) = unsampled(|| (Snapshot::current(), Snapshot::current().context()));
            assert_eq!(context.as_ref().map(|context| context.sampled), Some(false));
            assert_eq!(sync(&place), context);
            assert_eq!(ready(later(place.clone())), context);
            let mut held = span!("held").parent(place).hold();
            assert_eq!(held.in_scope(|| (leaf(), Snapshot::current().context()).1), context);
            held.end();
            assert_eq!(Snapshot::current().context(), None, "what was current before");
            leaf();
        }
        let counts = tracing.shutdown(Duration::from_secs(60)).counts;
        assert_eq!((counts.recorded, receiver.spans().len()), (1, 1), "the last one: {counts}");
    }
}

#[test]
fn a_given_parent_traces_nothing_where_nothing_is_to_be_traced() {
    let spans = Capture::start();
    let place = span!("recorded").in_scope(Snapshot::current);
    {
        let _untraced = untraced();
        sync(&place);
        ready(later(place.clone()));
        span!("held").parent(place.clone()).hold().end();
    }
    spans.assert_tree("recorded");
    sync(&place);
    spans.assert_count(3);
}
