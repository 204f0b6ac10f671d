//! What functions cost, from their spans.

use std::time::Duration;
use tests::receiver::Receiver;
use trace_export::FunctionCost;
use trace_runtime::{Sampler, trace};

const LONG: Duration = Duration::from_secs(60);
const TAKES: Duration = Duration::from_millis(20);

#[trace]
fn outer(fails: bool) -> Result<(), String> {
    inner();
    inner();
    if fails { Err("on purpose".into()) } else { Ok(()) }
}

#[trace]
fn inner() {
    std::thread::sleep(TAKES);
}

#[trace]
fn quick() {}

fn of<'a>(costs: &'a [FunctionCost], name: &str) -> &'a FunctionCost {
    costs.iter().find(|cost| cost.callsite.name() == name).expect(name)
}

#[test]
fn each_function_has_its_calls_errors_times_and_its_own_time_without_what_it_calls() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).function_costs().build().expect("good");
    {
        let _scope = tracing.scope().attach();
        let _ = [false, false, true].map(outer);
        (0..990).for_each(|_| quick());
    }
    tracing.flush(LONG);
    let costs = tracing.function_costs();
    let (outer, inner, quick) = (of(&costs, "costs::outer"), of(&costs, "costs::inner"), of(&costs, "costs::quick"));
    assert_eq!([outer, inner, quick].map(|cost| (cost.calls, cost.errors)), [(3, 1), (6, 0), (990, 0)]);
    assert!(inner.total >= 6 * TAKES && inner.own == inner.total, "{inner:?}");
    assert!(outer.total >= inner.total && outer.own == outer.total.saturating_sub(inner.total), "{outer:?}");
    assert!(outer.p50 >= 2 * TAKES && outer.p99 >= outer.p50 && inner.p50 >= TAKES, "{outer:?} {inner:?}");
    assert!(quick.p50 < TAKES && quick.p50 > Duration::ZERO, "{quick:?}");
    assert!(costs.windows(2).all(|pair| pair[0].own >= pair[1].own), "{costs:?}");
    tracing.shutdown(LONG);
    assert_eq!(of(&tracing.function_costs(), "costs::quick").calls, 990, "also after the end");
}

#[test]
fn nothing_is_counted_unless_it_was_asked_for_and_what_is_not_recorded_is_not() {
    let receiver = Receiver::start();
    for (asked, sampler) in [(false, Sampler::AlwaysOn), (true, Sampler::AlwaysOff)] {
        let builder = trace_export::builder().endpoint(receiver.url()).sampler(sampler);
        let builder = if asked { builder.function_costs() } else { builder };
        let tracing = builder.build().expect("good");
        {
            let _scope = tracing.scope().attach();
            quick();
        }
        tracing.flush(LONG);
        assert!(tracing.function_costs().is_empty(), "{asked}");
        tracing.shutdown(LONG);
    }
}
