//! A traced `async fn` has the future of the bare one, and a little around it.

#![allow(clippy::manual_async_fn, clippy::needless_pass_by_value, clippy::unused_async, clippy::unused_self)] // shapes, not style

use std::cell::Cell;
use std::future::{pending, ready};
use std::marker::{PhantomData, PhantomPinned};
use std::pin::Pin;
use std::rc::Rc;
use trace_runtime::capture::Capture;

/// Bytes that a span adds to a future: its place, or the trace context where it has none (56 at most), which of these it is, how far
/// the future around the body is, and what aligns them.
const ADDED: usize = 88;

/// Futures that hold an argument of 1 KiB more often than the bare one does, how often, and why. An entry that is no
/// longer true fails.
const COPIES: &[(&str, usize, &str)] = &[
    ("subject::big_unused(BIG)", 1, "an argument that begins with `_` moves into the inner block"),
    ("subject::moved_on(BIG)", 1, MOVED),
    ("subject::nested_1(BIG)", 1, MOVED),
    ("subject::nested_2(BIG)", 2, MOVED),
    ("subject::nested_3(BIG)", 3, MOVED),
];
const MOVED: &str = "the room of a moved argument of the inner block is not used again";

struct Big([u8; 1024]);

async fn turn() {
    ready(()).await;
}

tests::twice! {
    pub async fn nothing() {}
    pub async fn one_await() {
        turn().await;
    }
    pub async fn big(big: Big) -> u8 {
        turn().await;
        big.0[0]
    }
    pub async fn big_unused(_big: Big) {
        turn().await;
    }
    pub async fn big_result(big: Big) -> Result<u8, String> {
        turn().await;
        if big.0[0] > 1 {
            return Err("big".into());
        }
        Ok(big.0[0])
    }
    pub async fn big_without_await(big: Big) -> Result<u8, String> {
        if big.0[0] > 1 {
            return Err("big".into());
        }
        Ok(big.0[0])
    }
    pub async fn two_big((a, b): (Big, Big), mut c: Big) -> u8 {
        turn().await;
        c.0[0] = a.0[0];
        turn().await;
        b.0[0] + c.0[0]
    }
    pub async fn moved_on(big: Big) -> usize {
        turn().await;
        consume(big).await
    }
    pub async fn several(n: u32) -> u32 {
        let mut sum = 0;
        for i in 0..n {
            let local = [i; 16];
            turn().await;
            sum += local[3];
            turn().await;
        }
        turn().await;
        sum
    }
    pub async fn borrowed(text: &str, out: &mut Vec<u8>) -> usize {
        turn().await;
        out.extend_from_slice(text.as_bytes());
        out.len()
    }
    pub async fn question(text: &str) -> Result<u32, std::num::ParseIntError> {
        turn().await;
        let n: u32 = text.parse()?;
        Ok(n)
    }
    pub async fn generic<T: Clone + Send>(value: T) -> (T, T) {
        turn().await;
        (value.clone(), value)
    }
    pub async fn not_send(value: Rc<u32>) -> u32 {
        turn().await;
        *value
    }
    pub async fn not_send_inside() -> u32 {
        let value = Rc::new(1);
        turn().await;
        *value
    }
    pub async fn not_sync(value: Cell<u32>) -> u32 {
        turn().await;
        value.get()
    }
    pub async fn not_send_result(value: Rc<u32>) -> Result<u32, String> {
        turn().await;
        if *value > 3 {
            return Err("three".into());
        }
        Ok(*value)
    }
    pub async fn not_send_output() -> Result<Rc<u32>, Rc<str>> {
        turn().await;
        Ok(Rc::new(1))
    }
    pub async fn not_send_without_await(value: Rc<u32>) -> u32 {
        *value
    }
    pub async fn not_unpin(value: PhantomPinned) -> bool {
        turn().await;
        size_of_val(&value) == 0
    }
    pub async fn pointer(value: *const u8) -> bool {
        turn().await;
        value.is_null()
    }
    pub async fn never() -> ! {
        pending::<()>().await;
        unreachable!()
    }
    pub fn returned(big: Big) -> impl Future<Output = u8> {
        async move {
            turn().await;
            big.0[0]
        }
    }
    pub fn returned_not_send(value: Rc<u8>) -> impl Future<Output = u8> {
        async move {
            turn().await;
            *value
        }
    }
    pub fn boxed(big: Big) -> Pin<Box<dyn Future<Output = u8> + Send>> {
        Box::pin(async move {
            turn().await;
            big.0[0]
        })
    }
    async fn consume(big: Big) -> usize {
        turn().await;
        big.0.len()
    }
    pub struct Service(pub u32);
    impl Service {
        pub async fn by_ref(&self) -> u32 {
            turn().await;
            self.0
        }
        pub async fn by_value(self, big: Big) -> u32 {
            turn().await;
            self.0 + u32::from(big.0[0])
        }
    }
    pub async fn nested_1(big: Big) -> usize {
        turn().await;
        consume(big).await
    }
    pub async fn nested_2(big: Big) -> usize {
        turn().await;
        nested_1(big).await
    }
    pub async fn nested_3(big: Big) -> usize {
        turn().await;
        nested_2(big).await
    }
}

const BIG: Big = Big([1; 1024]);

/// A future's size with its name, how many traced functions are in it, and what it may be used for.
struct Seen {
    name: &'static str,
    spans: usize,
    size: usize,
    /// `Send`, `Sync`, `Unpin`.
    is: [bool; 3],
}

impl Seen {
    fn new<T>(spans: usize, name: &'static str, future: &T, is: impl Fn(Probe<T>) -> [bool; 3]) -> Self {
        Self { name, spans, size: size_of_val(future), is: is(Probe(PhantomData)) }
    }
}

struct Probe<T>(PhantomData<T>);

/// Answers for types that the methods below are not there for.
trait Otherwise {
    fn is_send(&self) -> bool {
        false
    }
    fn is_sync(&self) -> bool {
        false
    }
    fn is_unpin(&self) -> bool {
        false
    }
}
impl<T> Otherwise for Probe<T> {}
impl<T: Send> Probe<T> {
    fn is_send(&self) -> bool {
        true
    }
}
impl<T: Sync> Probe<T> {
    fn is_sync(&self) -> bool {
        true
    }
}
impl<T: Unpin> Probe<T> {
    fn is_unpin(&self) -> bool {
        true
    }
}

macro_rules! seen {
    ($($spans:literal $future:expr;)*) => {
        vec![$(
            Seen::new($spans, stringify!($future), &$future, |probe| [probe.is_send(), probe.is_sync(), probe.is_unpin()])
        ),*]
    };
}

/// The futures of all functions, bare and traced.
fn futures() -> Vec<(Seen, Seen)> {
    let (bare, traced) = tests::both!(seen! {
        1 subject::nothing();
        1 subject::one_await();
        1 subject::big(BIG);
        1 subject::big_unused(BIG);
        1 subject::big_result(BIG);
        1 subject::big_without_await(BIG);
        1 subject::two_big((BIG, BIG), BIG);
        2 subject::moved_on(BIG);
        1 subject::several(3);
        1 subject::borrowed("text", &mut Vec::new());
        1 subject::question("5");
        1 subject::generic([1u8; 64]);
        1 subject::not_send(Rc::new(1));
        1 subject::not_send_inside();
        1 subject::not_sync(Cell::new(1));
        1 subject::not_send_result(Rc::new(1));
        1 subject::not_send_output();
        1 subject::not_send_without_await(Rc::new(1));
        1 subject::not_unpin(PhantomPinned);
        1 subject::pointer(std::ptr::null());
        1 subject::never();
        1 subject::returned(BIG);
        1 subject::returned_not_send(Rc::new(1));
        1 subject::boxed(BIG);
        1 subject::Service::by_ref(&subject::Service(1));
        1 subject::Service::by_value(subject::Service(1), BIG);
        3 subject::nested_1(BIG);
        4 subject::nested_2(BIG);
        5 subject::nested_3(BIG);
    });
    bare.into_iter().zip(traced).collect()
}

#[test]
fn a_traced_future_is_larger_by_a_constant_for_each_span() {
    let mut wrong = Vec::new();
    for (bare, traced) in futures() {
        let copies = COPIES.iter().find(|(name, ..)| *name == bare.name).map_or(0, |(_, copies, _)| *copies);
        let added = traced.size.saturating_sub(bare.size);
        let most = bare.spans * ADDED;
        if added > most + copies * size_of::<Big>() || copies > 0 && added <= most {
            wrong.push(format!(
                "{} has {} bytes bare and {} traced, with {copies} copies",
                bare.name, bare.size, traced.size
            ));
        }
    }
    assert!(wrong.is_empty(), "at most {ADDED} for each span:\n{}", wrong.join("\n"));
}

#[test]
fn a_traced_future_is_send_and_sync_and_unpin_if_the_bare_one_is() {
    let futures = futures();
    for (bare, traced) in &futures {
        assert_eq!((traced.name, traced.is), (bare.name, bare.is));
    }
    for one in 0..3 {
        let some = |is| futures.iter().any(|(bare, _)| bare.is[one] == is);
        assert!(some(true) && some(false), "the probe tells them apart");
    }
}

/// A bound that only holds if the compiler can show it from the signature.
#[test]
fn a_generic_traced_future_is_send_where_its_arguments_are() {
    fn is_send(_: impl Send) {}
    fn generic<T: Clone + Send>(value: T) {
        is_send(traced::generic(value));
    }
    generic(1);
    is_send(traced::borrowed("text", &mut Vec::new()));
}

#[test]
fn the_compared_functions_are_traced() {
    let spans = Capture::start();
    let mut future = std::pin::pin!(traced::big(BIG));
    let _ = future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    spans.assert_tree("traced::big");
}
