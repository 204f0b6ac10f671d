//! Spans of the `tracing` crate among ours: parents, entries, ends.

use std::sync::{Barrier, mpsc};
use trace_logs::tracing::{SpanLayer, layer};
use trace_runtime::capture::Capture;
use trace_runtime::{Sampler, Snapshot, SpanLimits, TraceFuture as _, Value, current, trace};
use tracing::field::Empty;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing::{Dispatch, Instrument as _, Span, info_span};
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::registry;

fn on() -> DefaultGuard {
    with(layer())
}

fn with(layer: SpanLayer) -> DefaultGuard {
    set_default(registry().with(layer))
}

#[trace(name = "ours")]
fn ours() {}

#[trace(name = "ours_with")]
fn ours_with(f: impl FnOnce()) {
    f();
}

#[test]
fn parents_are_right_in_both_directions() {
    let (_on, spans) = (on(), Capture::start());
    ours_with(|| {
        info_span!("theirs").in_scope(|| {
            ours_with(|| info_span!("inner").in_scope(ours));
            ours();
        });
        info_span!("second").in_scope(|| {});
    });
    ours();
    spans.assert_tree(
        "
         ours_with
           theirs
             ours_with
               inner
                 ours
             ours
           second
         ours",
    );
}

#[tracing::instrument(name = "theirs", skip_all)]
async fn theirs(n: u32) -> u32 {
    tokio::task::yield_now().await;
    ours_async(n).await
}

#[trace(name = "ours_async")]
async fn ours_async(n: u32) -> u32 {
    tokio::task::yield_now().await;
    async { n }.instrument(info_span!("instrumented")).await
}

#[test]
fn parents_are_right_across_awaits_and_tasks() {
    let (subscriber, spans) = (Dispatch::new(registry().with(layer())), Capture::start());
    let here = Snapshot::current();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start({
            let subscriber = subscriber.clone();
            move || std::mem::forget(tracing::dispatcher::set_default(&subscriber))
        })
        .build()
        .expect("a runtime");
    let _on = tracing::dispatcher::set_default(&subscriber);
    let tasks: Vec<_> = (0..50)
        .map(|n| {
            let root = info_span!("root");
            let work = async move {
                let spawned = tokio::spawn(theirs(n).instrument(Span::current()));
                let (one, two) = tokio::join!(ours_async(n), theirs(n));
                one + two + spawned.await.expect("no panic")
            };
            runtime.spawn(work.instrument(root).in_span(here.clone()))
        })
        .collect();
    for (n, task) in (0..).zip(tasks) {
        assert_eq!(runtime.block_on(task).expect("no panic"), 3 * n);
    }
    drop(runtime);
    spans.assert_count(50 * 9);
    spans.assert_no_orphans();
    let tree = spans.tree();
    let mut below: Vec<Vec<&str>> = Vec::new();
    for line in tree.lines() {
        match line {
            "root" => below.push(Vec::new()),
            line => below.last_mut().expect("a root").push(line),
        }
    }
    let theirs = ["  theirs", "    ours_async", "      instrumented"];
    let ours = ["  ours_async", "    instrumented"];
    for lines in &mut below {
        lines.sort_unstable();
        let mut expected = [&theirs[..], &theirs, &ours].concat();
        expected.sort_unstable();
        assert_eq!(*lines, expected, "in\n{tree}");
    }
    assert_eq!(below.len(), 50);
}

#[test]
fn a_span_entered_on_several_threads_is_current_on_each() {
    let (_on, spans) = (on(), Capture::start());
    let (span, barrier) = (info_span!("shared", late = Empty), Barrier::new(4));
    let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
    std::thread::scope(|scope| {
        for n in 0..4u64 {
            let (span, barrier, dispatch) = (&span, &barrier, &dispatch);
            scope.spawn(move || {
                let _on = tracing::dispatcher::set_default(dispatch);
                let _entered = span.enter();
                barrier.wait();
                for k in 0..100 {
                    ours();
                    tracing::info!(k, "event");
                    if let Some(span) = current() {
                        span.set_attribute(&format!("thread.{n}"), k);
                    }
                    span.record("late", n);
                }
            });
        }
    });
    drop(span);
    spans.assert_count(401);
    let shared = spans.span("shared");
    assert_eq!(shared.events.len() + usize::from(shared.dropped[1]), 400);
    let attribute = |key: &str| shared.attribute(key).cloned();
    assert!((0..4).all(|n| attribute(&format!("thread.{n}")) == Some(Value::Int(99))), "{shared:?}");
    assert!(matches!(attribute("late"), Some(Value::Int(0..4))));
    let all = spans.spans();
    let ours: Vec<_> = all.iter().filter(|span| span.name == "ours").collect();
    assert!(ours.iter().all(|span| span.parent == Some(shared.context.span_id)));
}

#[test]
fn a_span_may_be_entered_again_later_and_out_of_order() {
    let (_on, spans) = (on(), Capture::start());
    let (a, b) = (info_span!("a"), info_span!("b"));
    let first = a.enter();
    let second = b.enter();
    drop(first);
    ours(); // in b
    drop(second);
    assert!(current().is_none(), "nothing is current where all is left");
    a.in_scope(ours);
    ours_with(|| b.in_scope(|| a.in_scope(ours)));
    drop((a, b));
    spans.assert_tree(
        "
         a
           ours
           ours
         b
           ours
         ours_with",
    );
}

#[test]
fn leaving_out_of_order_inside_a_trace_goes_back_to_what_was_around() {
    let (_on, spans) = (on(), Capture::start());
    info_span!("outer").in_scope(|| {
        let (a, b) = (info_span!("a"), info_span!("b"));
        let first = a.enter();
        let second = b.enter();
        drop(first);
        ours_with(|| drop(info_span!("in b")));
        drop(second);
        ours(); // in outer
        let first = a.enter();
        let between = trace_runtime::span!("another trace").root().enter();
        drop(first);
        ours(); // in outer
        drop(between);
        ours(); // in outer
    });
    assert!(current().is_none());
    spans.assert_tree(
        "
        outer
          a
          b
            ours_with
              in b
          ours
          ours
          ours
        another trace",
    );
}

#[test]
fn an_explicit_parent_is_the_parent_and_none_begins_a_trace() {
    let (_on, spans) = (on(), Capture::start());
    let parent = info_span!("parent");
    ours_with(|| {
        info_span!(parent: &parent, "child").in_scope(ours);
        info_span!(parent: None, "root").in_scope(ours);
    });
    drop(parent);
    spans.assert_tree(
        "
         parent
           child
             ours
         ours_with
         root
           ours",
    );
    assert_ne!(spans.span("root").context.trace_id, spans.span("ours_with").context.trace_id);
}

#[test]
fn follows_from_is_a_link() {
    let (_on, spans) = (on(), Capture::start());
    let (first, second) = (info_span!("first"), info_span!("second"));
    second.follows_from(&first);
    second.follows_from(Span::none().id());
    drop((first, second));
    let (first, second) = (spans.span("first"), spans.span("second"));
    let links: Vec<_> = second.links.iter().map(|link| (link.trace_id, link.span_id)).collect();
    assert_eq!(links, [(first.context.trace_id, first.context.span_id)]);
}

#[test]
fn a_span_ends_at_its_last_exit_even_if_its_child_lives_on() {
    let (_on, spans) = (on(), Capture::start());
    let parent = info_span!("parent");
    let child = parent.in_scope(|| info_span!("child"));
    drop(parent);
    spans.assert_count(0);
    child.in_scope(|| info_span!("grandchild").in_scope(|| {}));
    drop(child);
    spans.assert_tree("parent\n  child\n    grandchild");
    let (parent, child, last) = (spans.span("parent"), spans.span("child"), spans.span("grandchild"));
    assert!(parent.end_unix_nanos <= last.start_unix_nanos, "its exit came before");
    assert!(child.end_unix_nanos >= last.end_unix_nanos);
    assert!(parent.end_reason.is_none() && child.end_reason.is_none());
}

#[test]
fn an_unsampled_trace_goes_on_on_other_threads() {
    let (_on, spans) = (on(), Capture::with(Sampler::AlwaysOff, SpanLimits::default()));
    let id = || current().map(|span| (span.trace_id(), span.span_id()));
    info_span!("root").in_scope(|| {
        let here = id().expect("an unsampled span has ids");
        let child = info_span!("child");
        let dispatch = tracing::dispatcher::get_default(Dispatch::clone);
        std::thread::spawn(move || {
            let _on = tracing::dispatcher::set_default(&dispatch);
            child.in_scope(|| {
                assert_eq!(id(), Some(here));
                ours();
            });
            assert_eq!(id(), None);
        })
        .join()
        .expect("no panic");
        info_span!("again").in_scope(|| assert_eq!(id(), Some(here)));
        assert_eq!(id(), Some(here));
    });
    assert_eq!(id(), None);
    spans.assert_count(0);
}

#[test]
fn where_nothing_is_traced_spans_make_none() {
    let (_on, spans) = (on(), Capture::start());
    {
        let _untraced = trace_runtime::control::untraced();
        info_span!("silent").in_scope(ours);
    }
    info_span!("heard").in_scope(|| {});
    spans.assert_tree("heard");
}

#[test]
fn filters_say_what_becomes_a_span() {
    let spans = Capture::start();
    let work = || {
        info_span!("info").in_scope(|| {
            tracing::debug_span!("debug").in_scope(|| info_span!(target: "other::part", "targeted").in_scope(ours));
        });
    };
    let trees: Vec<_> = [
        layer().with_filter(LevelFilter::INFO).boxed(),
        layer().with_filter(Targets::new().with_target("other", LevelFilter::INFO)).boxed(),
        layer().with_filter(EnvFilter::new("debug,other=off")).boxed(),
        layer().with_filter(LevelFilter::OFF).boxed(),
    ]
    .into_iter()
    .map(|layer| {
        let before = spans.spans().len();
        let _on = set_default(registry().with(layer));
        work();
        let all = spans.spans();
        trace_runtime::export::Forest::new(&all[before..]).normalised()
    })
    .collect();
    assert_eq!(trees, ["info\n  targeted\n    ours\n", "targeted\n  ours\n", "info\n  debug\n    ours\n", "ours\n",]);
}

#[test]
fn a_second_layer_does_nothing() {
    let spans = Capture::start();
    for below in [layer().boxed(), layer().with_filter(LevelFilter::INFO).boxed()] {
        let _on = set_default(registry().with(below).with(layer()));
        info_span!("once").in_scope(|| tracing::info!("event"));
    }
    spans.assert_tree("once !event\nonce !event");
}

#[test]
fn layers_beside_each_other_do_no_harm() {
    let spans = Capture::start();
    let _on = set_default(registry().with(layer().and_then(layer()).and_then(layer())));
    info_span!("each").in_scope(ours);
    spans.assert_no_orphans();
}

#[test]
fn more_open_spans_than_there_is_quick_room_for_are_all_right() {
    let (_on, spans) = (on(), Capture::start());
    let parents: Vec<_> = (0..5000).map(|n| info_span!("parent", n)).collect();
    let children: Vec<_> =
        parents.iter().enumerate().map(|(n, parent)| info_span!(parent: parent, "child", n)).collect();
    for child in &children {
        child.in_scope(ours);
    }
    drop((parents, children));
    spans.assert_count(15_000);
    let tree = spans.tree();
    let lines: Vec<_> = tree.lines().collect();
    for (n, lines) in lines.chunks(3).enumerate() {
        assert_eq!(lines, [format!("parent n={n}"), format!("  child n={n}"), "    ours".to_owned()]);
    }
}

#[test]
fn registries_with_the_same_ids_are_told_apart() {
    let spans = Capture::start();
    let (one, two) = (Dispatch::new(registry().with(layer())), Dispatch::new(registry().with(layer())));
    let within = |dispatch: &Dispatch, name: &'static str| {
        tracing::dispatcher::with_default(dispatch, || info_span!("any", otel.name = name))
    };
    let (a, b) = (within(&one, "a"), within(&two, "b"));
    assert_eq!(a.id(), b.id());
    a.in_scope(|| b.in_scope(ours));
    a.in_scope(ours);
    drop((a, b));
    spans.assert_tree("a\n  ours\nb\n  ours");
}

#[test]
fn a_subscriber_that_goes_ends_its_spans() {
    let spans = Capture::start();
    let on = on();
    let (send, receive) = mpsc::channel();
    ours_with(|| send.send(info_span!("open")).expect("a receiver"));
    drop(on);
    drop(receive.recv());
    spans.assert_tree("ours_with\n  open");
}

#[test]
fn a_span_that_is_never_closed_ends_with_its_subscriber() {
    let spans = Capture::start();
    let dispatch = Dispatch::new(registry().with(layer()));
    tracing::dispatcher::with_default(&dispatch, || {
        let span = info_span!("leaked");
        let _one_too_many = span.id().map(|id| dispatch.clone_span(&id));
    });
    spans.assert_count(0);
    drop(dispatch);
    spans.assert_tree("leaked");
}
