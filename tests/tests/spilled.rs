//! Entries beyond what a slot has room for: on their own span, whole, and counted.

use std::sync::Mutex;
use trace_runtime::export::{Flow, Parts, Tracer, TracerConfig, drain};
use trace_runtime::{Snapshot, current, trace};

#[trace(name = "A")]
fn a<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[trace(name = "B")]
fn b<R>(work: impl FnOnce() -> R) -> R {
    work()
}

fn elsewhere<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(work).join().expect("no panic"))
}

/// The waker is called when the span's entries were looked at and its slot is not closed yet.
#[test]
fn what_comes_while_a_span_is_being_recorded_is_on_no_other_span() {
    static LATE: Mutex<Option<Snapshot>> = Mutex::new(None);
    let wake = |_| {
        let late = LATE.lock().expect("no panic").take();
        if let Some(late) = late {
            elsewhere(|| {
                let _there = late.attach();
                current().expect("a span").set_attribute("late", true);
            });
        }
    };
    let config = TracerConfig { wake: Some(Box::new(wake)), ..TracerConfig::default() };
    let tracer = Tracer::isolated(config);
    elsewhere(|| {
        let _scope = tracer.scope().attach();
        a(|| *LATE.lock().expect("no panic") = Some(Snapshot::current()));
        b(|| _ = current().expect("a span").set_attribute("own", "long ".repeat(100)));
    });
    let (mut parts, mut keys) = (Parts::default(), Vec::new());
    drain(tracer, &mut |record| {
        let span = record.to_span(&mut parts);
        keys.push((span.name, span.attributes.into_iter().map(|(key, _)| key).collect::<Vec<_>>()));
        Flow::Taken
    });
    assert_eq!(keys[1], ("B".to_owned(), vec!["own".to_owned()]));
}
