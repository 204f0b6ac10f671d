//! What is traced is decided while the program runs.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tests::alone;
use tests::receiver::{Receiver, assert_whole};
use trace_runtime::capture::Capture;
use trace_runtime::control::{Filter, callsites, set_enabled, set_filter, untraced};
use trace_runtime::{Snapshot, TraceFuture as _, trace};

#[trace]
mod shop {
    pub(crate) fn all() {
        orders::price();
        orders::get_one();
        Cart::total();
        <Cart as Sum>::sum();
        serve();
        other();
    }

    pub(crate) mod orders {
        #[trace_runtime::trace]
        pub(crate) fn price() {}
        #[trace_runtime::trace]
        pub(crate) fn get_one() {}
    }

    pub(crate) struct Cart;

    impl Cart {
        pub(crate) fn total() {}
    }

    pub(crate) trait Sum {
        fn sum();
    }

    impl Sum for Cart {
        fn sum() {}
    }

    #[trace_runtime::trace(kind = "server")]
    fn serve() {}

    #[trace_runtime::trace(name = "renamed")]
    fn other() {}
}

/// The names of all of them.
const ALL: &str = "<Cart as Sum>::sum Cart::total orders::get_one orders::price renamed shop::all shop::serve";

fn filter(text: &str) {
    set_filter(text.parse().expect(text));
}

/// The names of the spans of [`shop::all`].
fn traced() -> String {
    let spans = Capture::start();
    shop::all();
    let spans = spans.spans();
    let mut names: Vec<_> = spans.iter().map(|span| span.name.as_str()).collect();
    names.sort_unstable();
    names.join(" ")
}

#[test]
fn a_filter_switches_crates_modules_types_functions_and_kinds_at_once() {
    let _alone = alone();
    for (text, expected) in [
        ("", ALL),
        ("on", ALL),
        ("off", ""),
        (" OFF , control=On", ALL),
        ("tests=off", ""),
        ("control=off", ""),
        ("contro=off", ALL),
        ("control::shop::orders=off", "<Cart as Sum>::sum Cart::total renamed shop::all shop::serve"),
        ("off,control::shop::Cart=on", "<Cart as Sum>::sum Cart::total"),
        ("off,control::shop::Sum=on", "<Cart as Sum>::sum"),
        ("off,control::shop::Cart::total=on", "Cart::total"),
        ("off,<control::shop::Cart as control::shop::Sum>=on", "<Cart as Sum>::sum"),
        ("off,control::*::*::get_*=on", "orders::get_one"),
        ("off,**::price=on,**::other=on", "orders::price renamed"),
        ("off,kind:server=on", "shop::serve"),
        ("kind:INTERNAL=off", "shop::serve"),
        ("**::orders=off,**::price=on", "<Cart as Sum>::sum Cart::total orders::price renamed shop::all shop::serve"),
        ("**::price=on,**::orders=off", "<Cart as Sum>::sum Cart::total renamed shop::all shop::serve"),
    ] {
        filter(text);
        assert_eq!(traced(), expected, "{text}");
    }
    set_filter(Filter::default());
    assert_eq!(traced(), ALL);
}

#[test]
fn what_is_below_a_function_that_is_off_belongs_to_what_is_above() {
    #[trace(name = "above")]
    fn above() {
        between();
    }
    #[trace]
    fn between() {
        below();
    }
    #[trace(name = "below")]
    fn below() {}
    let _alone = alone();
    filter("**::between=off");
    let spans = Capture::start();
    above();
    spans.assert_tree("above\n  below");
    set_filter(Filter::default());
}

#[test]
fn tracing_is_turned_off_and_on_for_the_whole_program_and_open_spans_go_on() {
    #[trace]
    fn open(meanwhile: impl FnOnce()) {
        meanwhile();
    }
    let _alone = alone();
    let spans = Capture::start();
    open(|| {
        set_enabled(false);
        shop::all();
        std::thread::spawn(shop::all).join().expect("no panic");
        set_enabled(true);
        shop::orders::price();
    });
    spans.assert_count(2);
    spans.assert_no_orphans();
}

#[test]
fn a_function_under_load_is_switched_without_a_lost_or_torn_span() {
    #[trace]
    fn outer() {
        inner();
    }
    #[trace(fields(n = 1))]
    fn inner() {
        // Open long enough to be switched off meanwhile. If it were lost then, what is below would tell.
        std::thread::yield_now();
        leaf();
    }
    #[trace(fields(n = 1))]
    fn leaf() {}
    let _alone = alone();
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).build().expect("good");
    let ends = AtomicBool::new(false);
    let outers: u64 = std::thread::scope(|scope| {
        let work = || {
            let _scope = tracing.scope().attach();
            let mut outers = 0;
            while !ends.load(Relaxed) {
                (0..100).for_each(|_| outer());
                outers += 100;
                // The promise is not about more than the memory for records takes.
                tracing.flush(Duration::from_secs(60));
            }
            outers
        };
        let threads = [scope.spawn(work), scope.spawn(work)];
        for nth in 0..1000 {
            filter(if nth % 2 == 0 { "**::inner=off" } else { "" });
            if nth % 50 == 0 {
                tracing.flush(Duration::from_secs(60));
            }
        }
        ends.store(true, Relaxed);
        threads.map(|thread| thread.join().expect("no panic")).iter().sum()
    });
    let counts = tracing.shutdown(Duration::from_secs(60)).counts;
    let spans = receiver.spans();
    assert_eq!((counts.dropped.total(), counts.delivered), (0, spans.len() as u64), "{counts}");
    assert_eq!(spans.iter().filter(|span| span.attribute("n").is_none()).count() as u64, outers);
    assert_whole(&spans, outers as usize);
    set_filter(Filter::default());
}

#[test]
fn a_scope_without_tracing_is_the_threads_own_and_ends_with_a_panic() {
    let _alone = alone();
    let spans = Capture::start();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _untraced = untraced();
        shop::orders::price();
        {
            let _nested = untraced();
            shop::orders::price();
        }
        shop::orders::price();
        let place = Snapshot::none();
        std::thread::scope(|scope| {
            let other = scope.spawn(move || {
                let _attached = place.attach();
                shop::orders::get_one();
            });
            other.join().expect("no panic");
        });
        panic!("on purpose");
    }));
    assert!(unwound.is_err());
    spans.assert_tree("orders::get_one");
    shop::orders::price();
    spans.assert_count(2);
}

/// Ready at the second poll.
#[derive(Default)]
struct Twice(bool);

impl Future for Twice {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        shop::orders::price();
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

#[test]
fn a_task_without_tracing_leaves_others_on_its_thread_alone() {
    #[trace]
    async fn step() {
        Twice::default().await;
    }
    let _alone = alone();
    let spans = Capture::start();
    let mut silent = pin!(step().untraced());
    let mut traced = pin!(step());
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        let _ = silent.as_mut().poll(&mut cx);
        let _ = traced.as_mut().poll(&mut cx);
    }
    spans.assert_count(3);
    spans.assert_no_orphans();
}

#[test]
fn reached_callsites_are_listed_with_their_state_and_counts() {
    #[trace]
    fn listed(fail: bool) -> Result<(), String> {
        if fail { Err("on purpose".into()) } else { Ok(()) }
    }
    let _alone = alone();
    let state = || callsites().find(|state| state.callsite.function().ends_with("::listed"));
    let spans = Capture::start();
    assert!(state().is_none());
    let _ = [true, false, false].map(listed);
    spans.assert_count(3);
    let listed_now = state().expect("reached");
    assert_eq!((listed_now.is_on, listed_now.spans, listed_now.errors), (true, 3, 1));
    filter("**::listed=off");
    assert!(!state().expect("reached").is_on);
    set_filter(Filter::default());
}
