//! What is remembered of decisions, and how long.

use super::*;
use trace_runtime::export::{Flow, TracerConfig, drain};
use trace_runtime::{Sampler, Status, current, span};

fn tracer() -> &'static Tracer {
    Tracer::isolated(TracerConfig { sampler: Sampler::AlwaysOff, keep: true, ..TracerConfig::default() })
}

/// Whether what ended until now is exported, discarded, or waits.
fn judged(tracer: &Tracer, keeper: &mut Keeper) -> String {
    let mut verdicts = String::new();
    drain(tracer, &mut |record| {
        verdicts.push(match keeper.judge(record) {
            Verdict::Export | Verdict::ExportAll(_) => 'E',
            Verdict::Discard | Verdict::DiscardAll(_) => 'D',
            Verdict::Later => '.',
        });
        Flow::Taken
    });
    verdicts
}

fn fails() {
    span!("fails").in_scope(|| _ = current().map(|span| _ = span.set_status(&Status::Error(String::new()))));
}

fn too_much() {
    span!("too much").in_scope(|| ());
}

#[test]
fn a_verdict_holds_until_half_a_minute_after_the_local_root_ended() {
    let tracer = tracer();
    let _scope = tracer.scope().attach();
    let later = |seconds| Instant::now() + Duration::from_secs(seconds);
    for (body, verdict) in [(fails as fn(), "E"), (too_much, "D")] {
        let mut keeper = Keeper::new(tracer, Keep { trace_bytes: Some(0), ..Keep::default().errors() });
        let (mut root, mut straggler, mut last) = (span!("root").hold(), None, None);
        root.in_scope(|| {
            (straggler, last) = (Some(span!("straggler").hold()), Some(span!("last").hold()));
            body();
        });
        // Kept for an error, or given up for want of room: either is decided long before the root ends.
        drain(tracer, &mut |record| {
            if let Verdict::Later = keeper.judge(record) {
                assert!(matches!(keeper.overflow(record), Some(Err(1))));
            }
            Flow::Taken
        });
        for minute in 1..10 {
            keeper.forget(later(60 * minute));
        }
        root.in_scope(|| span!("much later").in_scope(|| ()));
        assert_eq!(judged(tracer, &mut keeper), verdict);
        root.end();
        assert_eq!(judged(tracer, &mut keeper), verdict);
        keeper.forget(later(29));
        drop(straggler);
        assert_eq!(judged(tracer, &mut keeper), verdict);
        keeper.forget(later(3600));
        keeper.forget(later(7200));
        drop(last);
        assert_eq!((judged(tracer, &mut keeper).as_str(), keeper.decided.len()), (".", 0), "forgotten");
    }
}

#[test]
fn when_there_are_too_many_verdicts_those_on_open_traces_stay() {
    let tracer = tracer();
    let mut keeper = Keeper::new(tracer, Keep::default());
    let local = |nth: usize| (TraceId::from_u128(nth as u128), SpanId::from_u64(1));
    keeper.decide(local(0), true, false);
    for nth in 1..2 * VERDICTS {
        keeper.decide(local(nth), false, true);
    }
    assert_eq!((keeper.decided.len(), keeper.when.len()), (VERDICTS, VERDICTS));
    assert!(keeper.decided.contains_key(&local(0)));
    for nth in 0..VERDICTS + 1_000 {
        keeper.decide(local(nth + 2 * VERDICTS), false, false);
    }
    assert_eq!((keeper.decided.len(), keeper.when.len()), (VERDICTS, VERDICTS), "also if all are open");
}
