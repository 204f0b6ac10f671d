//! What functions cost whose calls are not sampled.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{RwLock, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tests::drive::block_on;
use tests::receiver::Receiver;
use trace_export::{Builder, FunctionCost, Tracing};
use trace_runtime::control::{set_filter, untraced};
use trace_runtime::{
    Decision, Sample, Sampler, SamplingInput, Snapshot, SpanContext, SpanId, TraceFuture as _, TraceId, span, trace,
};

const LONG: Duration = Duration::from_secs(60);
const TAKES: Duration = Duration::from_millis(20);

/// The memory for records is the process's: who fills it does so alone.
static MEMORY: RwLock<()> = RwLock::new(());

/// An instance that samples as parents say, and else none.
fn counting(receiver: &Receiver, more: impl FnOnce(Builder) -> Builder) -> Tracing {
    let builder = trace_export::builder().endpoint(receiver.url()).sampler(Sampler::parent_based(Sampler::AlwaysOff));
    more(builder.function_costs_of_unsampled()).build().expect("good")
}

/// What all calls in `work` cost.
fn costs(work: impl FnOnce()) -> Vec<FunctionCost> {
    let receiver = Receiver::start();
    let tracing = counting(&receiver, |builder| builder);
    {
        let _scope = tracing.scope().attach();
        work();
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.recorded, tracing.missed_calls()), (0, 0), "{counts}");
    tracing.function_costs()
}

/// Calls and errors of those that `work` calls, by name.
fn calls(work: impl FnOnce()) -> Vec<(String, u64, u64)> {
    let costs = costs(work);
    assert!(costs.iter().all(|cost| cost.unsampled == cost.calls), "{costs:?}");
    let mut calls: Vec<_> =
        costs.iter().map(|cost| (cost.callsite.name().to_owned(), cost.calls, cost.errors)).collect();
    calls.sort_unstable();
    calls
}

fn of<'a>(costs: &'a [FunctionCost], name: &str) -> &'a FunctionCost {
    costs.iter().find(|cost| cost.callsite.name() == name).expect(name)
}

fn sampled() -> SpanContext {
    SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(1), true)
}

#[trace(name = "outer")]
fn outer(fails: bool) -> Result<(), String> {
    inner();
    inner();
    std::thread::sleep(TAKES);
    if fails { Err("on purpose".into()) } else { Ok(()) }
}

#[trace(name = "inner")]
fn inner() {
    std::thread::sleep(TAKES);
}

#[trace(name = "quick")]
fn quick() {}

#[trace(name = "panics")]
fn panics() {
    quick();
    panic!("on purpose");
}

/// Pending as often as it says.
struct Pending(u32);

impl Future for Pending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        std::thread::sleep(TAKES);
        self.0 = self.0.saturating_sub(1);
        if self.0 == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[trace(name = "wait")]
async fn wait(fails: bool) -> Result<(), String> {
    step().await;
    std::thread::sleep(TAKES);
    if fails { Err("on purpose".into()) } else { Ok(()) }
}

#[trace(name = "step")]
async fn step() {
    Pending(2).await;
}

#[test]
fn each_call_has_its_time_its_error_and_its_own_time_without_what_it_calls() {
    let _memory = MEMORY.read();
    let costs = costs(|| {
        let _ = [false, false, true].map(outer);
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        span!("around").in_scope(|| {
            assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
            (0..990).for_each(|_| quick());
        });
    });
    let [outer, inner, quick, panics] = ["outer", "inner", "quick", "panics"].map(|name| of(&costs, name));
    assert_eq!(
        [outer, inner, quick, panics].map(|cost| (cost.calls, cost.unsampled, cost.errors)),
        [(3, 3, 1), (6, 6, 0), (992, 992, 0), (2, 2, 2)]
    );
    assert!(inner.total >= 6 * TAKES && inner.own == inner.total, "{inner:?}");
    // Numbers have seven digits.
    let own = outer.total.saturating_sub(inner.total);
    assert!(own >= 3 * TAKES && outer.own.abs_diff(own) < Duration::from_micros(10), "{outer:?} {inner:?}");
    assert!(outer.p50 >= 3 * TAKES && inner.p50 >= TAKES && quick.p50 < TAKES, "{costs:?}");
}

#[test]
fn a_future_takes_from_its_first_poll_until_it_is_ready_or_dropped() {
    let _memory = MEMORY.read();
    let costs = costs(|| {
        for fails in [true, false] {
            let _ = block_on(wait(fails));
        }
        span!("around").in_scope(|| _ = block_on(wait(false)));
        let mut dropped = Box::pin(wait(false));
        let _ = dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        std::thread::sleep(10 * TAKES);
        drop(dropped);
        drop(wait(false));
    });
    let (wait, step) = (of(&costs, "wait"), of(&costs, "step"));
    assert_eq!([wait, step].map(|cost| (cost.calls, cost.errors)), [(4, 1), (4, 0)]);
    assert!(step.total >= 17 * TAKES && step.own == step.total, "{step:?}");
    let own = wait.total.saturating_sub(step.total);
    assert!(own >= 3 * TAKES && wait.own.abs_diff(own) < Duration::from_micros(10), "{wait:?} {step:?}");
}

#[test]
fn all_that_makes_spans_is_counted_where_it_is_not_sampled() {
    #[trace(name = "items")]
    fn items() -> impl Iterator<Item = u32> {
        quick();
        (0..3).inspect(|_| quick())
    }
    #[trace(name = "verdict", err = |found: &Option<u32>| found.is_none())]
    fn verdict() -> Option<u32> {
        None
    }
    #[trace(name = "root", root)]
    fn root() {
        quick();
    }
    #[trace(name = "elsewhere", parent = place)]
    fn elsewhere(place: &Snapshot) {
        quick();
    }
    let _memory = MEMORY.read();
    let made = calls(|| {
        span!("above").in_scope(|| {
            assert_eq!(items().sum::<u32>(), 3);
            verdict();
            root();
            let here = Snapshot::current();
            std::thread::scope(|scope| _ = scope.spawn(|| elsewhere(&here)).join());
            let mut held = span!("held").hold();
            held.in_scope(quick);
            held.end();
        });
    });
    let expected = [("above", 1, 0), ("elsewhere", 1, 0), ("held", 1, 0), ("items", 1, 0), ("quick", 7, 0)];
    let expected = expected.into_iter().chain([("root", 1, 0), ("verdict", 1, 1)]);
    let expected: Vec<_> = expected.map(|(name, calls, errors)| (name.to_owned(), calls, errors)).collect();
    assert_eq!(made, expected);
}

#[test]
fn what_is_off_or_untraced_is_not_counted() {
    #[trace(name = "switched off")]
    fn switched_off() {
        quick();
    }
    let _memory = MEMORY.read();
    let made = calls(|| {
        set_filter("**::switched_off=off".parse().expect("good"));
        switched_off();
        {
            let _untraced = untraced();
            quick();
        }
        span!("around").in_scope(|| {
            let _untraced = untraced();
            quick();
            block_on(step().untraced());
        });
        set_filter(trace_runtime::control::Filter::default());
    });
    assert_eq!(made, [("around".to_owned(), 1, 0), ("quick".to_owned(), 1, 0)]);
}

#[test]
fn sampled_and_other_calls_of_a_function_are_one_line_and_threads_are_many() {
    let _memory = MEMORY.read();
    let receiver = Receiver::start();
    let tracing = counting(&receiver, |builder| builder);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let _scope = tracing.scope().attach();
                for nth in 0..1_000 {
                    // Inside of what another instance records, this one counts its own.
                    let parent = if nth % 10 == 0 { Snapshot::from(sampled()) } else { Snapshot::none() };
                    span!("request").parent(parent).in_scope(quick);
                }
            });
        }
    });
    let report = tracing.flush(LONG);
    assert_eq!((report.counts.recorded, report.counts.delivered), (800, 800), "{}", report.counts);
    let costs = tracing.function_costs();
    for name in ["request", "quick"] {
        assert_eq!((of(&costs, name).calls, of(&costs, name).unsampled), (4_000, 3_600), "{name}");
    }
    assert_eq!(receiver.spans().len(), 800);
    tracing.shutdown(LONG);
}

#[test]
fn calls_that_nobody_reads_take_no_room_from_spans_and_are_missed_by_number() {
    let _memory = MEMORY.write();
    let receiver = Receiver::start();
    let (go_on, waits) = mpsc::channel::<()>();
    let waits = std::sync::Mutex::new(waits);
    let tracing = counting(&receiver, |builder| builder.on_end(move |_| _ = waits.lock().map(|waits| waits.recv())));
    let _scope = tracing.scope().attach();
    span!("first").parent(sampled()).in_scope(|| ());
    // The collector waits in `on_end` for the first span, or will when it comes to it: less than all memory is read before.
    let mut made: u64 = 0;
    while tracing.missed_calls() < 1_000 {
        span!("unsampled").in_scope(|| (0..100_000).for_each(|_| quick()));
        made += 100_000;
        // Twice what the memory for records takes.
        assert!(made < 8_000_000, "nothing is missed");
    }
    for _ in 0..1_000 {
        span!("request").parent(sampled()).in_scope(quick);
    }
    made += 1_000;
    drop(go_on);
    let counts = tracing.flush(LONG).counts;
    assert_eq!((counts.recorded, counts.dropped.total()), (2_001, 0), "{counts}");
    let roots = (made - 1_000) / 100_000;
    let costs = tracing.function_costs();
    let counted: u64 = ["quick", "unsampled"].map(|name| of(&costs, name).calls).iter().sum();
    assert_eq!(counted + tracing.missed_calls(), made + roots);
    tracing.shutdown(LONG);
}

#[test]
fn a_sampler_that_is_asked_for_every_span_leaves_the_others_counted() {
    struct ByName;
    impl Sample for ByName {
        fn sample(&self, input: &SamplingInput<'_>) -> Decision {
            Decision { sampled: input.name == "inner", ..Decision::default() }
        }
    }
    let _memory = MEMORY.read();
    let receiver = Receiver::start();
    let tracing = counting(&receiver, |builder| builder.sampler(Sampler::custom(ByName)));
    {
        let _scope = tracing.scope().attach();
        let _ = outer(true);
        quick();
        let _ = block_on(wait(false));
    }
    assert_eq!(tracing.flush(LONG).counts.delivered, 2);
    let costs = tracing.function_costs();
    let made =
        ["outer", "inner", "quick", "wait", "step"].map(|name| (of(&costs, name).calls, of(&costs, name).unsampled));
    assert_eq!(made, [(1, 1), (2, 0), (1, 1), (1, 1), (1, 1)]);
    tracing.shutdown(LONG);
}
