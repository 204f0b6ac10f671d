//# f01_async_plain
#[trace]
async fn leaf() -> u8 { 1 }
#[trace]
async fn plain() -> u8 { leaf().await + leaf().await }
//>
drop(plain());
assert_eq!(block_on(plain()), 2);
//= f01_async_plain::plain
//=   f01_async_plain::leaf
//=   f01_async_plain::leaf

//# f03_async_generic_send
fn assert_send<T: Send>(t: T) -> T { t }
#[trace]
async fn generic<T, E, F>(t: T, f: F) -> Result<T, E> where T: Send, E: Send, F: AsyncFnOnce(T) -> Result<T, E> + Send { f(t).await }
#[trace]
async fn sends<T: Send + Sync + Clone>(t: &T, n: usize) -> Vec<T> { std::future::ready(()).await; vec![t.clone(); n] }
//>
assert!(block_on(generic(1, async |_| Err("e"))).is_err());
assert_eq!(block_on(assert_send(sends(&1, 2))), [1, 1]);
//= f03_async_generic_send::generic error
//= f03_async_generic_send::sends

//# f05_async_lifetimes
#[trace]
async fn longer<'a, 'b: 'a>(a: &'a str, b: &'b str) -> &'a str { std::future::ready(()).await; if a.len() > b.len() { a } else { b } }
#[trace]
async fn reborrows(v: &mut Vec<u8>) -> Option<&mut u8> { std::future::ready(()).await; v.push(1); v.last_mut() }
#[trace]
async fn of_self_ref<'s>(s: &'s mut String, t: &str) -> Result<&'s str, &'s str> { std::future::ready(()).await; s.push_str(t); if t.is_empty() { Err(s) } else { Ok(s) } }
//>
block_on(longer("a", "b"));
*block_on(reborrows(&mut vec![])).unwrap() += 1;
assert!(block_on(of_self_ref(&mut "a".into(), "")).is_err());
//= f05_async_lifetimes::longer
//= f05_async_lifetimes::reborrows
//= f05_async_lifetimes::of_self_ref error "a"

//# f19_interleaved
use ::tests::drive::turn;
#[trace]
fn leaf() {}
#[trace]
async fn steps(n: u8) -> u8 { for _ in 0..n { turn().await; leaf(); } n }
#[trace]
async fn both() -> u8 { let (mut a, mut b) = (std::pin::pin!(steps(1)), std::pin::pin!(steps(2))); let (mut x, mut y) = (None, None); std::future::poll_fn(|cx| { use std::task::Poll; if x.is_none() { if let Poll::Ready(n) = a.as_mut().poll(cx) { x = Some(n); } } if y.is_none() { if let Poll::Ready(n) = b.as_mut().poll(cx) { y = Some(n); } } match (x, y) { (Some(x), Some(y)) => Poll::Ready(x + y), _ => Poll::Pending } }).await }
//>
assert_eq!(block_on(both()), 3);
//= f19_interleaved::both
//=   f19_interleaved::steps
//=     f19_interleaved::leaf
//=   f19_interleaved::steps
//=     f19_interleaved::leaf
//=     f19_interleaved::leaf

//# f21_async_closures_inside
#[trace]
async fn closures(v: Vec<&str>) -> Result<u32, std::num::ParseIntError> { let mut sum = 0; let mut add = async |s: &str| -> Result<(), std::num::ParseIntError> { sum += s.parse::<u32>()?; Ok(()) }; for s in v { add(s).await?; } Ok(sum) }
#[trace]
fn returned() -> impl AsyncFn(u8) -> u8 { async |n| n + 1 }
//>
assert!(block_on(closures(vec!["1", "2"])).is_ok() && block_on(closures(vec!["x"])).is_err());
assert_eq!(block_on(returned()(1)), 2);
//= f21_async_closures_inside::closures
//= f21_async_closures_inside::closures error "invalid digit found in string"
//= f21_async_closures_inside::returned

//# f23_question_in_nested_async_block
#[trace]
async fn nested(s: &str) -> Result<u8, String> { let n = async { let n: u8 = s.parse::<u8>()?; Ok::<_, std::num::ParseIntError>(n) }.await.unwrap_or(7); async move { if n == 0 { return Err("zero".to_string()); } Ok(n) }.await }
#[trace]
fn sync_with_block(s: &str) -> Result<u8, String> { let _future = async { s.parse::<u8>()?; Ok::<_, std::num::ParseIntError>(()) }; if s.is_empty() { return Err("empty".into()); } Ok(1) }
//>
assert!(block_on(nested("x")).is_ok() && block_on(nested("0")).is_err());
assert!(sync_with_block("").is_err());
//= f23_question_in_nested_async_block::nested
//= f23_question_in_nested_async_block::nested error "zero"
//= f23_question_in_nested_async_block::sync_with_block error "empty"

//# f25_async_trait_outside
#[async_trait::async_trait]
trait T { async fn f(&self, s: &str) -> Result<usize, String>; async fn def(&mut self, v: Vec<u8>) -> usize where Self: Send { v.len() } }
struct S;
#[trace_type]
#[async_trait::async_trait]
impl T for S { async fn f(&self, s: &str) -> Result<usize, String> { std::future::ready(()).await; if s.is_empty() { return Err("empty".into()); } Ok(s.len()) } async fn def(&mut self, v: Vec<u8>) -> usize { v.len() + 1 } }
//>
assert!(block_on(S.f("a")).is_ok() && block_on(S.f("")).is_err());
block_on(S.def(vec![]));
//= <S as T>::f
//= <S as T>::f error "empty"
//= <S as T>::def

//# f27_async_trait_defaults
#[async_trait::async_trait]
#[trace]
trait T: Sync { async fn req(&self) -> u8; async fn def(&self, s: &str) -> Result<u8, String> { if s.is_empty() { return Err("empty".into()); } Ok(self.req().await) } }
struct S;
#[async_trait::async_trait(?Send)]
trait L { async fn local(&self) -> u8; }
#[async_trait::async_trait]
impl T for S { #[trace] async fn req(&self) -> u8 { 1 } }
#[async_trait::async_trait(?Send)]
impl L for S { #[trace] async fn local(&self) -> u8 { let rc = std::rc::Rc::new(1); std::future::ready(()).await; *rc } }
//>
let t: &dyn T = &S;
assert!(block_on(t.def("a")).is_ok() && block_on(t.def("")).is_err());
block_on(S.local());
//= T::def
//=   <S as T>::req
//= T::def error "empty"
//= <S as L>::local

//# f29_async_trait_methods_natively
#[allow(async_fn_in_trait)]
trait T<X> { const N: u8; async fn req(&mut self, x: X) -> Result<u8, X>; #[trace] async fn def(&mut self, x: X) -> Result<u8, X> { let n = self.req(x).await?; Ok(n + Self::N) } #[trace] fn send(&self) -> impl Future<Output = u8> + Send where Self: Sync { async move { Self::N } } }
struct S;
impl<'x> T<&'x str> for S { const N: u8 = 2; #[trace] async fn req(&mut self, x: &'x str) -> Result<u8, &'x str> { std::future::ready(()).await; if x.is_empty() { return Err("empty"); } Ok(1) } }
//>
assert_eq!(block_on(S.def("a")), Ok(3));
assert!(block_on(S.def("")).is_err());
block_on(S.send());
//= T::def
//=   <S as T>::req
//= T::def error
//=   <S as T>::req error "empty"
//= T::send

//# f31_cancelled_in_the_middle
use ::tests::drive::turn;
struct D;
impl Drop for D { #[trace] fn drop(&mut self) {} }
#[trace]
async fn inner() { let _d = D; turn().await; turn().await; }
#[trace]
async fn outer() -> Result<(), String> { inner().await; Ok(()) }
//>
assert!(poll_once(outer()).is_pending());
//= f31_cancelled_in_the_middle::outer cancelled
//=   f31_cancelled_in_the_middle::inner cancelled
//=     <D as Drop>::drop

//# f33_dropped_by_its_caller
use ::tests::drive::turn;
#[trace]
async fn slow() -> u8 { turn().await; 1 }
#[trace]
async fn gives_up() -> u8 { let first = { let mut slow = std::pin::pin!(slow()); std::future::poll_fn(|cx| { let _ = slow.as_mut().poll(cx); std::task::Poll::Ready(2) }).await }; turn().await; first }
//>
assert_eq!(block_on(gives_up()), 2);
//= f33_dropped_by_its_caller::gives_up
//=   f33_dropped_by_its_caller::slow cancelled

//# f35_panics_between_awaits
use ::tests::drive::turn;
#[trace]
async fn panics(v: Vec<u8>) -> Result<u8, String> { turn().await; Ok(v[3]) }
#[trace]
async fn calls() -> u8 { panics(vec![]).await.unwrap_or(1) }
#[trace]
async fn without_await(v: Vec<u8>) -> u8 { v[3] }
//>
caught(|| block_on(calls()));
caught(|| block_on(without_await(vec![])));
//= f35_panics_between_awaits::calls panic
//=   f35_panics_between_awaits::panics panic
//= f35_panics_between_awaits::without_await panic

//# f37_future_of_something
#[trace]
async fn iterator(n: u8) -> impl Iterator<Item = u8> + Send { std::future::ready(()).await; 0..n }
#[trace]
async fn closure() -> Box<dyn Fn() -> u8 + Send> { std::future::ready(()).await; Box::new(|| 1) }
#[trace]
async fn result() -> Result<impl std::fmt::Display, String> { std::future::ready(()).await; if false { return Err("e".to_string()); } Ok(1) }
#[trace]
async fn slice() -> &'static [u8] { std::future::ready(()).await; &[1, 2] }
//>
assert_eq!(block_on(iterator(2)).count(), 2);
assert_eq!(block_on(closure())(), 1);
assert!(block_on(result()).is_ok());
block_on(slice());
//= f37_future_of_something::iterator
//= f37_future_of_something::closure
//= f37_future_of_something::result
//= f37_future_of_something::slice

//# f39_async_const_generics_and_patterns
struct P { a: String, b: u8 }
#[trace]
async fn many<const N: usize, T: Copy>([first, ..]: [T; 2], P { a, mut b }: P, _: (), mut all: [u8; N]) -> usize { std::future::ready(()).await; let _ = first; b += 1; if N > 0 { all[0] = b; } a.len() + all.iter().map(|n| usize::from(*n)).sum::<usize>() }
//>
assert_eq!(block_on(many([1, 2], P { a: "a".into(), b: 1 }, (), [0, 3])), 6);
//= f39_async_const_generics_and_patterns::many

//# f41_local_future
#[trace]
async fn local(r: std::rc::Rc<std::cell::RefCell<u8>>) -> u8 { *r.borrow_mut() += 1; std::future::ready(()).await; *r.borrow() }
#[trace]
fn boxed_local(r: std::rc::Rc<u8>) -> std::pin::Pin<Box<dyn Future<Output = u8>>> { Box::pin(async move { *r }) }
//>
block_on(local(Default::default()));
block_on(boxed_local(1.into()));
//= f41_local_future::local
//= f41_local_future::boxed_local

//# f43_loops_and_labels
use ::tests::drive::turn;
#[trace]
async fn loops(n: u8) -> Result<u8, String> { let mut sum = 0u8; 'outer: loop { for i in 0.. { turn().await; sum = sum.checked_add(i).ok_or("too many")?; if i == n { break 'outer; } if sum > 100 { return Err(format!("{sum}")); } } } Ok(sum) }
//>
assert!(block_on(loops(2)).is_ok() && block_on(loops(200)).is_err());
//= f43_loops_and_labels::loops
//= f43_loops_and_labels::loops error "105"

//# f47_async_methods
struct S { n: u8, v: Vec<u8> }
impl S { #[trace] async fn first(&mut self) -> Result<&mut u8, String> { std::future::ready(()).await; if self.n == 0 { return Err("zero".into()); } self.v.first_mut().ok_or_else(|| "empty".into()) } #[trace] async fn take(mut self) -> Vec<u8> { std::future::ready(()).await; self.v.push(self.n); self.v } #[trace] async fn boxed(self: Box<Self>) -> u8 { std::future::ready(()).await; self.n } #[trace] async fn lends<'a>(&'a self, other: &'a [u8]) -> &'a [u8] { std::future::ready(()).await; if self.n == 0 { &self.v } else { other } } }
//>
let mut s = S { n: 1, v: vec![] };
assert!(block_on(s.first()).is_err());
block_on(s.lends(&[]));
assert_eq!(block_on(s.take()), [1]);
block_on(Box::new(S { n: 1, v: vec![] }).boxed());
//= S::first error "empty"
//= S::lends
//= S::take
//= S::boxed

//# f49_async_with_qualifiers
#[trace]
async unsafe fn of_pointer(p: *const u8) -> Result<u8, ()> { std::future::ready(()).await; if p.is_null() { return Err(()); } Ok(unsafe { *p }) }
#[trace]
pub(crate) async fn visible() {}
#[trace]
#[must_use]
#[inline]
async fn useful() -> u8 { std::future::ready(1).await }
#[trace]
async fn attributes() -> Result<u8, u8> {
    #![allow(unused)]
    let x = 1;
    std::future::ready(()).await;
    Err(2)
}
//>
assert!(block_on(unsafe { of_pointer(std::ptr::null()) }).is_err());
block_on(visible());
block_on(useful());
let _ = block_on(attributes());
//= f49_async_with_qualifiers::of_pointer error
//= f49_async_with_qualifiers::visible
//= f49_async_with_qualifiers::useful
//= f49_async_with_qualifiers::attributes error "2"

//# f51_async_in_macro
macro_rules! mk { ($($n:ident => $b:block),*) => { $(#[trace] async fn $n(s: &str) -> Result<u8, String> $b)* } }
mk!(one => { std::future::ready(()).await; let n: u8 = 1; Ok(n) }, two => { Err("two".to_string()) });
macro_rules! wait { ($e:expr) => { $e.await }; }
#[trace]
async fn waits() -> u8 { wait!(std::future::ready(1)) }
//>
let _ = (block_on(one("")), block_on(two("")));
block_on(waits());
//= f51_async_in_macro::one
//= f51_async_in_macro::two error "two"
//= f51_async_in_macro::waits

//# f53_polled_on_another_thread
use ::tests::drive::turn;
#[trace]
fn leaf() {}
#[trace]
async fn moves() -> u8 { leaf(); turn().await; leaf(); 1 }
//>
let mut future = Box::pin(moves());
let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
assert!(future.as_mut().poll(&mut cx).is_pending());
assert_eq!(std::thread::spawn(|| block_on(future)).join().unwrap(), 1);
//= f53_polled_on_another_thread::moves
//=   f53_polled_on_another_thread::leaf
//=   f53_polled_on_another_thread::leaf
