use super::*;
use crate::adopted::{Above, Adopted, Adoption};
use crate::export::{Flow, Tracer, TracerConfig, drain, install};
use crate::id::Kind;
use crate::otel::set_exact;
use crate::span;
use opentelemetry::Context;
use std::collections::VecDeque;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// The process's tracer, for one test at a time: what they look at is the process's too.
fn alone() -> (&'static Tracer, MutexGuard<'static, ()>) {
    static TRACER: OnceLock<&Tracer> = OnceLock::new();
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = lock(&ALONE);
    let tracer = TRACER.get_or_init(|| {
        set_exact();
        install(TracerConfig::default()).expect("these tests alone install one")
    });
    (tracer, alone)
}

/// How many are in buckets, and in the maps.
fn known() -> (usize, usize) {
    let buckets = OPEN.iter().filter(|bucket| bucket.mark.load(Relaxed) != FREE);
    (buckets.count(), shared().places.iter().map(|places| lock(places).len()).sum())
}

/// What others do with a Context that they were handed: let go of it at once, work below it, keep it for a while, pass it on as a snapshot.
fn use_contexts(contexts: &Mutex<Receiver<Context>>) {
    let mut kept = VecDeque::new();
    for nth in 0.. {
        let Ok(context) = lock(contexts).recv() else { return };
        match nth % 4 {
            0 => drop(context),
            1 => {
                let _here = context.attach();
                let _below = span!("below").enter();
            }
            2 => {
                kept.push_back(context);
                kept.truncate(20);
            }
            _ => {
                let snapshot = {
                    let _here = context.attach();
                    Snapshot::current()
                };
                let _attached = snapshot.attach();
                drop(Context::current());
            }
        }
    }
}

/// Spans that are open for a moment, once or twice, each with a Context that others may get. Where nobody takes it, it is let go of here.
fn own_spans(tracer: &Tracer, to: &SyncSender<Context>) {
    for nth in 0..100_000 {
        {
            let _span = span!("owner").enter();
            let context = Context::current();
            if nth % 3 == 0 {
                let _ = to.try_send(context);
            }
        }
        let mut held = span!("held").hold();
        held.in_scope(|| {
            let _ = to.try_send(Context::current());
        });
        held.in_scope(|| ());
        if nth % 500 == 0 {
            drain(tracer, &mut |_| Flow::Taken);
        }
    }
}

#[test]
fn whoever_leaves_a_span_last_no_place_is_left() {
    let (tracer, _alone) = alone();
    let (to, contexts) = sync_channel(64);
    let contexts = Mutex::new(contexts);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| use_contexts(&contexts));
            let to = to.clone();
            scope.spawn(move || own_spans(tracer, &to));
        }
        drop(to);
    });
    assert_eq!(known(), (0, 0));
}

#[test]
fn a_context_that_is_kept_beyond_its_span_leaves_the_bucket_to_others() {
    let (_, _alone) = alone();
    let guard = || {
        let _span = span!("guard").enter();
        Context::current()
    };
    let held = || span!("held").hold().in_scope(Context::current);
    let adopted = || {
        let (callsite, above) = (span!("adopted").callsite, Above::Nothing);
        let adoption = Adoption { callsite, kind: Kind::Internal, name: None, above, describe: &|_| {} };
        let span = Adopted::start(&adoption).expect("it is recorded");
        let place = span.place();
        let _here = place.enter();
        Context::current()
    };
    let on_another_thread = || {
        let _span = span!("owner").enter();
        let snapshot = Snapshot::current();
        let there = || {
            let _here = snapshot.attach();
            Context::current()
        };
        std::thread::scope(|scope| scope.spawn(there).join().expect("no panic"))
    };
    let ways: [&dyn Fn() -> Context; 4] = [&guard, &held, &adopted, &on_another_thread];
    for (nth, way) in ways.iter().enumerate() {
        let contexts: Vec<_> = (0..100).map(|_| way()).collect();
        assert_eq!(known(), (0, 100), "way {nth}");
        drop(contexts);
        assert_eq!(known(), (0, 0), "way {nth}");
    }
}
