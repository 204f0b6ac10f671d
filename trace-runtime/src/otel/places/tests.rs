use super::*;
use crate::export::{Flow, TracerConfig, drain, install};
use crate::otel::set_exact;
use crate::span;
use opentelemetry::Context;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, sync_channel};

const SPANS: u64 = 200_000;

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

#[test]
fn whoever_leaves_a_span_last_no_place_is_left() {
    let tracer = install(TracerConfig::default()).expect("the only test that installs one");
    set_exact();
    let (to, contexts) = sync_channel(64);
    let contexts = Mutex::new(contexts);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| use_contexts(&contexts));
            let to = to.clone();
            scope.spawn(move || {
                for nth in 0..SPANS {
                    let _span = span!("owner").enter();
                    let context = Context::current();
                    if nth % 3 == 0 {
                        // Where nobody takes it, it is let go of here.
                        let _ = to.try_send(context);
                    }
                    if nth % 500 == 0 {
                        drain(tracer, &mut |_| Flow::Taken);
                    }
                }
            });
        }
        drop(to);
    });
    let in_buckets = OPEN.iter().filter(|bucket| bucket.mark.load(Relaxed) != FREE).count();
    let in_maps: usize = shared().places.iter().map(|places| lock(places).len()).sum();
    assert_eq!((in_buckets, in_maps), (0, 0));
}
