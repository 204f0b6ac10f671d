//! Guards that are made inside of a poll and held over an `.await` lie around nothing afterwards.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::task::Poll;
use tests::drive::{block_on, poll_pinned, turn};
use trace_runtime::capture::Capture;
use trace_runtime::export::{Flow, Parts, Tracer, TracerConfig, drain};
use trace_runtime::propagation::Baggage;
use trace_runtime::{GenerateIds, Sampler, Snapshot, SpanId, TraceId, span, trace};

#[trace(name = "leaf")]
fn leaf() {}

#[trace(name = "waits")]
async fn waits_inside_of_another_trace() {
    let _job = span!("job").root().enter();
    turn().await;
    leaf();
}

#[test]
fn a_root_that_outlives_a_poll_leaves_the_caller_in_its_own_trace() {
    #[trace(name = "caller")]
    fn caller() {
        block_on(waits_inside_of_another_trace());
        leaf();
    }
    let spans = Capture::start();
    caller();
    spans.assert_tree("caller\n  waits\n    leaf\n  leaf\njob\n");
    spans.assert_no_orphans();
}

#[test]
fn so_it_does_where_two_futures_take_turns() {
    #[trace(name = "both")]
    async fn both() {
        let (mut one, mut two) = (pin!(waits_inside_of_another_trace()), pin!(waits_inside_of_another_trace()));
        std::future::poll_fn(|_| {
            let ready = [poll_pinned(one.as_mut()).is_ready(), poll_pinned(two.as_mut()).is_ready()];
            if ready == [true, true] { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        leaf();
    }
    #[trace(name = "caller")]
    fn caller() {
        block_on(both());
        leaf();
    }
    let spans = Capture::start();
    caller();
    spans.assert_tree("caller\n  both\n    waits\n      leaf\n    waits\n      leaf\n    leaf\n  leaf\njob\njob\n");
}

#[test]
fn baggage_that_is_attached_in_a_poll_is_nobodys_between_polls_and_afterwards() {
    fn baggage(tenant: &str) -> Baggage {
        let mut baggage = Baggage::default();
        baggage.insert("tenant", tenant).expect("a good one");
        baggage
    }
    fn tenant() -> Option<String> {
        Snapshot::current().baggage().get("tenant").map(|tenant| tenant.to_string())
    }
    #[trace]
    async fn of_a_tenant() {
        let _attached = Snapshot::current().with_baggage(baggage("blue")).attach();
        turn().await;
    }
    #[trace]
    fn request() {
        let mut future = Box::pin(of_a_tenant());
        assert!(poll_pinned(future.as_mut()).is_pending());
        assert_eq!(tenant(), None, "between polls");
        drop(future);
        let other = Snapshot::none().with_baggage(baggage("another request's"));
        assert_eq!(tenant(), None, "afterwards");
        drop(other);
    }
    let _spans = Capture::start();
    request();
}

/// Span ids from 1, as one generator of the program's may make them.
struct Counted {
    trace: u128,
    next: AtomicU64,
}

impl GenerateIds for Counted {
    fn trace_id(&self) -> TraceId {
        TraceId::from_u128(self.trace)
    }

    fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.next.fetch_add(1, Relaxed))
    }
}

#[test]
fn a_future_that_is_polled_in_another_trace_whose_spans_have_the_same_ids_stays_in_its_own() {
    #[trace(name = "work")]
    async fn work() {
        turn().await;
        leaf();
    }
    #[trace(name = "elsewhere")]
    fn elsewhere(future: Pin<&mut dyn Future<Output = ()>>) {
        assert!(poll_pinned(future).is_ready());
    }
    let tracer = |trace| {
        let ids: Box<dyn GenerateIds> = Box::new(Counted { trace, next: AtomicU64::new(1) });
        Tracer::isolated(TracerConfig { sampler: Sampler::AlwaysOn, ids: Some(ids), ..TracerConfig::default() })
    };
    let [own, other] = [0xa, 0xb].map(tracer);
    let mut future = Box::pin(work());
    {
        let _scope = own.scope().attach();
        assert!(poll_pinned(future.as_mut()).is_pending());
    }
    {
        let _scope = other.scope().attach();
        elsewhere(future.as_mut());
    }
    let names = |tracer| {
        let (mut names, mut parts) = (Vec::new(), Parts::default());
        drain(tracer, &mut |record| {
            names.push(record.to_span(&mut parts).name);
            Flow::Taken
        });
        names
    };
    assert_eq!([names(own), names(other)], [vec!["leaf", "work"], vec!["elsewhere"]]);
}
