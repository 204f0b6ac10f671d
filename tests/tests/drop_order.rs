//! Arguments and locals are dropped in the order of the bare function, however it ends.

#![allow(
    clippy::used_underscore_binding,
    clippy::needless_pass_by_value,
    clippy::unused_async,
    clippy::unused_self,
    unused
)] // that is the point
#![allow(clippy::unnecessary_wraps, clippy::manual_async_fn, clippy::declare_interior_mutable_const)]

use std::cell::RefCell;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

thread_local! {
    static DROPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// Notes its name when it is dropped.
struct Noted(&'static str);

impl Drop for Noted {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

/// What is dropped meanwhile, in order.
fn dropped<R>(run: impl FnOnce() -> R) -> Vec<&'static str> {
    let _ = catch_unwind(AssertUnwindSafe(run));
    DROPPED.take()
}

/// Drops the future before its first poll, and others of its kind after one, two and three polls.
fn each<F: Future>(make: impl Fn() -> F) {
    for (times, name) in ["unpolled:", "once:", "twice:", "thrice:"].into_iter().enumerate() {
        DROPPED.with_borrow_mut(|dropped| dropped.push(name));
        let _ = catch_unwind(AssertUnwindSafe(|| poll(make(), times)));
    }
}

fn poll(future: impl Future, times: usize) {
    let mut future = pin!(future);
    for _ in 0..times {
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if polled.is_ready() {
            return;
        }
    }
}

async fn turn() {
    let mut first = true;
    std::future::poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}

fn fails(fail: bool) -> Result<(), String> {
    if fail { Err("failed".into()) } else { Ok(()) }
}

const A: Noted = Noted("a");
const B: Noted = Noted("b");
const C: Noted = Noted("c");
const D: Noted = Noted("d");

struct Pair(Noted, Noted);

tests::twice! {
    pub fn nothing(a: Noted, b: Noted) {}
    pub fn named(a: Noted, b: Noted) {
        let local = Noted("local");
        let (_, _) = (&b, &a);
    }
    pub fn underscores(_: Noted, _b: Noted, c: Noted, _: Noted) {
        let local = Noted("local");
    }
    pub fn patterns((a, _): (Noted, Noted), Pair(_, d): Pair, [e, .., f]: [Noted; 3]) {
        let local = Noted("local");
        let _ = (&d, &f, &a, &e);
    }
    pub fn moved(a: Noted, b: Noted, c: Noted) {
        let local = Noted("local");
        drop(b);
    }
    pub fn moved_sometimes(a: Noted, b: Noted, c: Noted, sometimes: bool) {
        let local = Noted("local");
        if sometimes {
            drop(b);
        }
    }
    pub fn returned(a: Noted, b: Noted, c: Noted) -> Noted {
        let local = Noted("local");
        b
    }
    pub fn in_the_tail(a: Noted, b: Noted) -> usize {
        let local = Noted("local");
        Noted("temporary").0.len()
    }
    pub fn panics(a: Noted, b: Noted) {
        let local = Noted("local");
        drop(a);
        panic!("on purpose");
    }

    pub fn result(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        fails(fail)?;
        let late = Noted("late");
        let _ = (&c, &a);
        Ok(())
    }
    pub fn result_straight(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        drop(b);
        fails(fail)
    }
    pub fn result_underscores(_: Noted, _b: Noted, c: Noted, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        fails(fail)?;
        Ok(())
    }
    pub fn result_patterns((a, _): (Noted, Noted), Pair(_, d): Pair, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        fails(fail)?;
        let _ = (&d, &a);
        Ok(())
    }
    pub fn result_moved(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        fails(fail)?;
        drop(b);
        fails(fail)
    }
    pub fn result_moved_first(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<(), String> {
        drop(a);
        fails(fail)?;
        Ok(())
    }
    pub fn result_returned(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<Noted, Noted> {
        let local = Noted("local");
        if fail {
            return Err(c);
        }
        Ok(b)
    }
    pub fn result_in_the_tail(a: Noted, b: Noted, fail: bool) -> Result<usize, String> {
        let local = Noted("local");
        fails(fail)?;
        Ok(Noted("temporary").0.len())
    }
    pub fn result_panics(a: Noted, b: Noted, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        drop(a);
        fails(fail)?;
        panic!("on purpose");
    }

    pub async fn waits(a: Noted, b: Noted, c: Noted) {
        let local = Noted("local");
        turn().await;
        let late = Noted("late");
        turn().await;
        let (_, _) = (&c, &a);
    }
    pub async fn waits_underscores(_: Noted, _b: Noted, c: Noted, _: Noted) {
        let local = Noted("local");
        turn().await;
    }
    pub async fn waits_patterns((a, _): (Noted, Noted), Pair(_, d): Pair, mut c: Noted) {
        let local = Noted("local");
        turn().await;
        c.0 = "changed";
        let _ = (&d, &a);
    }
    pub async fn waits_unnamed(a: Noted, b: Noted, c: Noted) {
        turn().await;
        let _ = &b;
    }
    pub async fn waits_moved(a: Noted, b: Noted, c: Noted, sometimes: bool) {
        let local = Noted("local");
        turn().await;
        if sometimes {
            drop(b);
        }
        turn().await;
    }
    pub async fn waits_result(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<Noted, String> {
        let local = Noted("local");
        turn().await;
        fails(fail)?;
        let _ = &c;
        turn().await;
        Ok(a)
    }
    pub async fn waits_panics(a: Noted, b: Noted) {
        let local = Noted("local");
        turn().await;
        let _ = (&b, &a);
        panic!("on purpose");
    }
    pub async fn waits_in_the_tail(a: Noted, b: Noted) -> usize {
        let local = Noted("local");
        turn().await;
        let _ = (&b, &a);
        ready(Noted("temporary").0.len()).await
    }
    pub async fn at_once(_: Noted, a: Noted, _b: Noted) {
        let local = Noted("local");
    }
    pub async fn at_once_result(a: Noted, b: Noted, c: Noted, fail: bool) -> Result<(), String> {
        let local = Noted("local");
        fails(fail)?;
        drop(b);
        Ok(())
    }
    pub fn block(a: Noted, b: Noted, c: Noted) -> impl Future<Output = ()> {
        async move {
            let local = Noted("local");
            turn().await;
            let (_, _) = (&b, &a);
        }
    }
    pub fn boxed(a: Noted, b: Noted, c: Noted) -> Pin<Box<dyn Future<Output = Result<(), String>>>> {
        Box::pin(async move {
            let local = Noted("local");
            turn().await;
            let (_, _) = (&b, &a);
            Ok(())
        })
    }
    impl Owner {
        pub fn method(self, a: Noted, _: Noted) {
            let local = Noted("local");
        }
        pub fn method_result(self, a: Noted, fail: bool) -> Result<Noted, String> {
            let local = Noted("local");
            fails(fail)?;
            Ok(self.0)
        }
        pub async fn method_waits(self, a: Noted, b: Noted) {
            let local = Noted("local");
            turn().await;
            let (_, _) = (&a, &self);
        }
    }
    pub struct Owner(pub Noted);
}

/// A call, and what it drops bare and traced.
type Compared = (&'static str, Vec<&'static str>, Vec<&'static str>);

macro_rules! compare {
    ($($run:expr;)*) => {
        vec![$({
            let (bare, traced) = tests::both!(dropped(|| $run));
            (stringify!($run), bare, traced)
        }),*]
    };
}

/// Fails with the calls that differ, but for the known ones. A known one that is no longer so fails.
fn check(compared: Vec<Compared>, known: &[&str]) {
    let mut wrong = Vec::new();
    for (call, bare, traced) in compared {
        assert!(!bare.is_empty(), "{call} drops nothing");
        if (bare == traced) == known.contains(&call) {
            wrong.push(format!("{call}\n  bare   {bare:?}\n  traced {traced:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_plain_function_drops_in_the_bare_order() {
    let compared = compare! {
        subject::nothing(A, B);
        subject::named(A, B);
        subject::underscores(A, B, C, D);
        subject::patterns((A, B), Pair(C, D), [A, B, C]);
        subject::moved(A, B, C);
        subject::moved_sometimes(A, B, C, true);
        subject::moved_sometimes(A, B, C, false);
        subject::returned(A, B, C);
        subject::in_the_tail(A, B);
        subject::panics(A, B);
        subject::Owner(C).method(A, B);
    };
    check(compared, &[]);
}

/// In these the body moves an argument and may leave early: the outcome closure owns it, and drops it first.
const OWNED_BY_CLOSURE: &[&str] = &["subject::result_moved(A, B, C, true)", "subject::Owner(C).method_result(A, true)"];

#[test]
fn a_function_that_may_fail_drops_in_the_bare_order() {
    let compared = compare! {
        subject::result(A, B, C, false);
        subject::result(A, B, C, true);
        subject::result_straight(A, B, C, true);
        subject::result_underscores(A, B, C, false);
        subject::result_underscores(A, B, C, true);
        subject::result_patterns((A, B), Pair(C, D), false);
        subject::result_patterns((A, B), Pair(C, D), true);
        subject::result_moved(A, B, C, false);
        subject::result_moved(A, B, C, true);
        subject::result_moved_first(A, B, C, false);
        subject::result_moved_first(A, B, C, true);
        subject::result_returned(A, B, C, false);
        subject::result_returned(A, B, C, true);
        subject::result_in_the_tail(A, B, false);
        subject::result_in_the_tail(A, B, true);
        subject::result_panics(A, B, false);
        subject::result_panics(A, B, true);
        subject::Owner(C).method_result(A, false);
        subject::Owner(C).method_result(A, true);
    };
    check(compared, OWNED_BY_CLOSURE);
}

/// What differs today. An argument that the body names moves into an inner block; one that it does not name stays outside.
const ELSEWHERE: &[&str] = &[
    "each(|| subject::waits_underscores(A, B, C, D))", // `_` cannot be
    "each(|| subject::waits_patterns((A, B), Pair(C, D), Noted(\"e\")))",
    "each(|| subject::at_once_result(A, B, C, true))", // the outcome closure owns `b`
];

#[test]
fn a_future_drops_in_the_bare_order_whenever_it_is_dropped() {
    let compared = compare! {
        each(|| subject::waits(A, B, C));
        each(|| subject::waits_underscores(A, B, C, D));
        each(|| subject::waits_patterns((A, B), Pair(C, D), Noted("e")));
        each(|| subject::waits_unnamed(A, B, C));
        each(|| subject::waits_moved(A, B, C, true));
        each(|| subject::waits_moved(A, B, C, false));
        each(|| subject::waits_result(A, B, C, true));
        each(|| subject::waits_result(A, B, C, false));
        each(|| subject::waits_panics(A, B));
        each(|| subject::waits_in_the_tail(A, B));
        each(|| subject::at_once(A, B, C));
        each(|| subject::at_once_result(A, B, C, true));
        each(|| subject::at_once_result(A, B, C, false));
        each(|| subject::block(A, B, C));
        each(|| subject::boxed(A, B, C));
        each(|| subject::Owner(C).method_waits(A, B));
    };
    check(compared, ELSEWHERE);
}
