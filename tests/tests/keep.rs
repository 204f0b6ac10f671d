//! What is kept is decided when a trace ends.

use std::collections::BTreeMap;
use std::time::Duration;
use tests::receiver::{Arrived, Receiver, assert_whole};
use trace_export::{Counts, Keep, Tracing};
use trace_runtime::{Sampler, Snapshot, Status, current, span, trace};

const LONG: Duration = Duration::from_secs(60);

#[trace(fields(nth))]
fn request(nth: u64, body: impl FnOnce()) {
    step(0);
    body();
    step(1);
}

#[trace]
fn step(depth: u32) {
    if depth > 0 {
        step(depth - 1);
    }
}

#[trace]
fn failing() -> Result<(), String> {
    Err("on purpose".into())
}

/// An instance that samples none, and keeps by these rules.
fn keeping(keep: Keep) -> (Receiver, Tracing) {
    sampling(Sampler::AlwaysOff, keep)
}

fn sampling(sampler: Sampler, keep: Keep) -> (Receiver, Tracing) {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).sampler(sampler).keep(keep).build().expect("good");
    (receiver, tracing)
}

/// What arrived, and the counts, which add up.
fn end(receiver: &Receiver, tracing: Tracing) -> (Vec<Arrived>, Counts) {
    let report = tracing.shutdown(LONG);
    assert!(report.complete && report.counts.balanced() && report.counts.in_flight == 0, "{}", report.counts);
    let spans = receiver.spans();
    assert_eq!(spans.len() as u64, report.counts.delivered, "{}", report.counts);
    (spans, report.counts)
}

/// How many spans of each name there are.
fn names(spans: &[Arrived]) -> BTreeMap<&str, usize> {
    let mut names = BTreeMap::new();
    for span in spans {
        *names.entry(span.span.name.as_str()).or_default() += 1;
    }
    names
}

#[test]
fn traces_with_an_error_or_that_are_slow_or_forced_arrive_whole_and_no_others() {
    let slow = Duration::from_millis(30);
    let (receiver, tracing) = keeping(Keep::default().errors().slower_than(slow));
    let work = |from: u64, to: u64| {
        let _scope = tracing.scope().attach();
        for nth in from..to {
            request(nth, || match nth {
                _ if nth % 10_000 == 7 => std::thread::sleep(slow),
                _ if nth % 1_000 == 3 => _ = current().map(|span| _ = span.force_keep()),
                _ if nth % 100 == 0 => _ = failing(),
                _ => {}
            });
            if nth % 1_000 == 0 {
                tracing.flush(LONG);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| work(0, 50_000));
        scope.spawn(|| work(50_000, 100_000));
    });
    let (spans, counts) = end(&receiver, tracing);
    let mut kept: Vec<u64> = spans.iter().filter_map(|span| span.attribute("nth")?.parse().ok()).collect();
    kept.sort_unstable();
    let wanted = |nth: &u64| nth % 10_000 == 7 || nth % 1_000 == 3 || nth % 100 == 0;
    let is_slow = |nth: &u64| !wanted(nth) && kept.contains(nth);
    // The machine may have been slow where the program was not.
    let by_chance = (0..100_000).filter(is_slow).count();
    let expected: Vec<u64> = (0..100_000).filter(|nth| wanted(nth) || is_slow(nth)).collect();
    assert_eq!((kept.len(), by_chance < 1_000), (expected.len(), true), "{by_chance} by chance");
    assert_eq!(kept, expected);
    assert_whole(&spans, kept.len());
    assert_eq!(names(&spans)["keep::failing"], 1_000, "{:?}", names(&spans));
    assert_eq!((counts.recorded, counts.dropped.total()), (401_000, 0), "{counts}");
}

#[test]
fn a_trace_is_forced_from_deep_inside_after_most_of_its_spans_ended() {
    let (receiver, tracing) = keeping(Keep::default());
    {
        let _scope = tracing.scope().attach();
        request(1, || {
            (0..10).for_each(step);
            tracing.flush(LONG);
            span!("deep").in_scope(|| span!("deeper").in_scope(|| current().map(|span| _ = span.force_keep())));
        });
        request(2, || ());
    }
    let (spans, counts) = end(&receiver, tracing);
    assert_whole(&spans, 1);
    assert_eq!((spans.len() as u64, counts.discarded), (counts.recorded - 4, 4), "{counts}");
}

#[test]
fn spans_that_end_after_their_local_root_share_its_fate() {
    let (receiver, tracing) = keeping(Keep::default().errors());
    {
        let _scope = tracing.scope().attach();
        let mut late = Vec::new();
        for fails in [true, false] {
            request(0, || {
                late.push(span!("late").hold());
                if fails {
                    let _ = failing();
                }
            });
        }
        tracing.flush(LONG);
        late.into_iter().for_each(trace_runtime::HeldSpan::end);
    }
    let (spans, counts) = end(&receiver, tracing);
    assert_whole(&spans, 1);
    assert_eq!((names(&spans)["late"], counts.discarded), (1, 5), "{counts}");
}

#[test]
fn traces_that_never_end_are_given_up_within_their_bounds_and_counted() {
    let (receiver, tracing) = keeping(Keep::default().errors().bounds(64 << 10, 256 << 10));
    let scope = tracing.scope().attach();
    let mut open = Vec::new();
    for nth in 0..200 {
        let mut root = span!("never ends").hold();
        root.in_scope(|| {
            (0..100).for_each(|_| step(0));
            if nth == 100 {
                let _ = failing();
            }
        });
        tracing.flush(LONG);
        open.push(root);
    }
    let mut large = span!("large").hold();
    large.in_scope(|| (0..10_000).for_each(|_| step(0)));
    tracing.flush(LONG);
    let counts = tracing.counts();
    // 88 bytes a span and what its vector has in reserve.
    assert!(counts.in_flight < 3_000 && counts.dropped.undecided > 10_000, "{counts}");
    drop((scope, open, large));
    let (spans, counts) = end(&receiver, tracing);
    assert_eq!(names(&spans)["keep::failing"], 1);
    assert_eq!(names(&spans)["keep::step"], 100, "what there was until then is whole");
    assert!(counts.dropped.undecided < counts.recorded, "{counts}");
}

#[test]
fn others_are_told_what_the_sampler_said() {
    let ratio = Sampler::parent_based(Sampler::ratio(0.5).expect("a share"));
    let (receiver, tracing) = sampling(ratio, Keep::default().errors());
    let mut sampled = 0;
    {
        let _scope = tracing.scope().attach();
        for _ in 0..1_000 {
            request(0, || sampled += usize::from(Snapshot::current().context().is_some_and(|context| context.sampled)));
        }
        request(1, || {
            assert!(current().is_some_and(|span| span.is_recording()), "also what is not sampled is recorded");
        });
    }
    let (spans, counts) = end(&receiver, tracing);
    assert!((300..700).contains(&sampled), "{sampled}");
    let roots = names(&spans)["keep::request"];
    assert!(roots == sampled || roots == sampled + 1, "{roots} of {sampled}");
    assert_eq!(counts.discarded + counts.delivered, counts.recorded);
    assert!(spans.iter().all(|span| span.span.flags & 1 == 1), "sampled");
}

#[test]
fn a_trace_that_is_open_at_the_end_of_the_program_is_judged_by_all_of_its_spans() {
    let (receiver, tracing) = keeping(Keep::default().errors());
    let scope = tracing.scope().attach();
    let mut open = Vec::new();
    for nth in 0..20 {
        let mut root = span!("open").hold();
        root.in_scope(|| {
            let mut child = span!("open child").hold();
            child.in_scope(|| open.push(span!("open grandchild").hold()));
            if nth % 2 == 0 {
                child.set_status(&Status::Error("on purpose".into()));
            }
            open.push(child);
        });
        open.push(root);
    }
    let (spans, counts) = end(&receiver, tracing);
    drop((scope, open));
    assert_whole(&spans, 10);
    assert_eq!((spans.len(), counts.discarded), (30, 30), "{counts}");
}
