//! Layers and filters that change while spans are open.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use trace_logs::tracing::layer;
use trace_runtime::capture::Capture;
use trace_runtime::{Snapshot, trace};
use tracing::subscriber::set_default;
use tracing::{Dispatch, Span, debug_span, error, info, info_span};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::{fmt, registry, reload};

#[trace(name = "ours")]
fn ours(depth: u32) {
    if depth > 0 {
        let _entered = info_span!("theirs", depth).entered();
        ours(depth - 1);
        info!("said");
    }
}

#[test]
fn a_layer_that_takes_the_place_of_another_ends_what_that_one_entered() {
    let spans = Capture::start();
    let (first, handle) = reload::Layer::new(layer());
    let _on = set_default(registry().with(first));
    let before = info_span!("before").entered();
    handle.reload(layer()).expect("it is there");
    info_span!("inside").in_scope(|| ours(0));
    drop(before);
    assert_eq!(Snapshot::current().context(), None);
    info_span!("after").in_scope(|| ours(0));
    spans.assert_tree("before\n  inside\n    ours\nafter\n  ours");
}

/// Opens spans, gives some away, and takes some of others'. How often `ours` was called.
fn work(give: &Sender<Span>, take: &Receiver<Span>) -> usize {
    let mut calls = 0;
    for nth in 0..1_000 {
        let outer = info_span!("outer", nth);
        let entered = outer.clone().entered();
        debug_span!("inner").in_scope(|| ours(2));
        calls += 3;
        if nth % 3 == 0 {
            let _ = give.send(outer);
        }
        if let Ok(theirs) = take.try_recv() {
            let _theirs = theirs.entered();
            // Left before what was entered after it.
            drop(entered);
            ours(1);
            calls += 2;
            error!("said");
        }
    }
    calls
}

#[test]
fn a_filter_that_changes_all_the_time_leaves_whole_traces_and_nothing_current() {
    let spans = Capture::start();
    let (filter, handle) = reload::Layer::new(LevelFilter::INFO);
    let sink = fmt::layer().with_writer(std::io::sink).with_filter(EnvFilter::new("debug"));
    let dispatch = Dispatch::new(registry().with(layer().with_filter(filter)).with(sink));
    let (here, ends) = (Snapshot::current(), AtomicBool::new(false));
    let mut calls = 0;
    std::thread::scope(|scope| {
        let (to_first, of_first) = channel();
        let (to_second, of_second) = channel();
        let threads = [(to_second, of_first), (to_first, of_second)].map(|(give, take)| {
            let (here, dispatch) = (here.clone(), dispatch.clone());
            scope.spawn(move || {
                let _attached = here.attach();
                let calls = tracing::dispatcher::with_default(&dispatch, || work(&give, &take));
                assert_eq!(Snapshot::current().context(), None);
                calls
            })
        });
        scope.spawn(|| {
            let levels = [LevelFilter::OFF, LevelFilter::INFO, LevelFilter::DEBUG, LevelFilter::ERROR];
            for level in levels.iter().cycle() {
                let _ = handle.modify(|filter| *filter = *level);
                if ends.load(Relaxed) {
                    return;
                }
                std::thread::yield_now();
            }
        });
        let ended = threads.map(std::thread::ScopedJoinHandle::join);
        ends.store(true, Relaxed);
        calls = ended.into_iter().map(|calls| calls.expect("no thread panics")).sum();
    });
    drop(dispatch);
    let recorded = spans.spans().iter().filter(|span| span.name == "ours").count();
    assert_eq!(recorded, calls, "ours are there in any case");
    spans.assert_no_orphans();
}
