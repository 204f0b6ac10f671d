//# f07_impl_future_async_move
#[trace]
fn leaf() {}
#[trace]
fn whole(s: &str) -> impl Future<Output = Result<usize, std::num::ParseIntError>> + Send + '_ { async move { leaf(); let n: usize = s.parse()?; Ok(n) } }
//>
drop(whole("never polled"));
assert!(block_on(whole("1")).is_ok() && block_on(whole("x")).is_err());
//= f07_impl_future_async_move::whole
//=   f07_impl_future_async_move::leaf
//= f07_impl_future_async_move::whole error "invalid digit found in string"
//=   f07_impl_future_async_move::leaf

//# f09_boxed_future
use std::pin::Pin;
#[trace]
fn boxed<'a>(v: &'a mut Vec<u8>) -> Pin<Box<dyn Future<Output = Result<&'a mut u8, String>> + Send + 'a>> { Box::pin(async move { std::future::ready(()).await; v.first_mut().ok_or("empty".to_string()) }) }
//>
drop(boxed(&mut vec![]));
assert!(block_on(boxed(&mut vec![1])).is_ok() && block_on(boxed(&mut vec![])).is_err());
//= f09_boxed_future::boxed
//= f09_boxed_future::boxed error "empty"

//# f11_boxed_future_prework
use std::pin::Pin;
#[trace]
fn leaf(n: usize) -> usize { n }
#[trace]
fn prework<'a>(s: &'a str) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send + 'a>> { let n = leaf(s.len()); Box::pin(async move { turn().await; if n == 0 { return Err("empty".into()); } Ok(leaf(n)) }) }
use ::tests::drive::turn;
//>
assert!(block_on(prework("a")).is_ok() && block_on(prework("")).is_err());
drop(prework("never polled"));
assert!(poll_once(prework("polled once")).is_pending());
//= f11_boxed_future_prework::prework
//=   f11_boxed_future_prework::leaf
//=   f11_boxed_future_prework::leaf
//= f11_boxed_future_prework::prework error "empty"
//=   f11_boxed_future_prework::leaf
//= f11_boxed_future_prework::prework cancelled
//=   f11_boxed_future_prework::leaf
//= f11_boxed_future_prework::prework cancelled
//=   f11_boxed_future_prework::leaf

//# f13_box_future_alias
use std::pin::Pin;
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
#[trace]
fn leaf() {}
#[trace]
fn whole(s: &str) -> BoxFuture<'_, usize> { Box::pin(async move { leaf(); s.len() }) }
#[trace]
fn prework(s: &str) -> BoxFuture<'_, usize> { leaf(); Box::pin(async move { leaf(); s.len() }) }
//>
block_on(whole("a"));
block_on(prework("a"));
//= f13_box_future_alias::whole
//=   f13_box_future_alias::leaf
//= f13_box_future_alias::prework
//=   f13_box_future_alias::leaf
//=   f13_box_future_alias::leaf

//# f15_impl_future_prework
#[trace]
fn leaf() {}
#[trace]
fn prework(s: String) -> impl Future<Output = Result<String, String>> + Send + use<> { leaf(); let t = s.clone(); async move { std::future::ready(()).await; leaf(); if s.is_empty() { Err("empty")?; } Ok(s + &t) } }
#[trace]
fn work_panics(v: &[u8]) -> impl Future<Output = u8> + use<> { let n = v[0]; async move { n } }
//>
assert!(block_on(prework("a".into())).is_ok() && block_on(prework(String::new())).is_err());
drop(prework("never polled".into()));
caught(|| block_on(work_panics(&[])));
//= f15_impl_future_prework::prework
//=   f15_impl_future_prework::leaf
//=   f15_impl_future_prework::leaf
//= f15_impl_future_prework::prework error "empty"
//=   f15_impl_future_prework::leaf
//=   f15_impl_future_prework::leaf
//= f15_impl_future_prework::prework cancelled
//=   f15_impl_future_prework::leaf
//= f15_impl_future_prework::work_panics panic

//# f17_future_made_elsewhere
use std::pin::Pin;
#[trace]
async fn inner(n: u8) -> Result<u8, String> { std::future::ready(()).await; if n == 0 { return Err("zero".into()); } Ok(n) }
#[trace]
fn passes(n: u8) -> impl Future<Output = Result<u8, String>> { inner(n) }
#[trace]
fn boxes(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>>>> { Box::pin(inner(n)) }
#[trace]
fn ready(n: u8) -> std::future::Ready<u8> { std::future::ready(n) }
//>
assert!(block_on(passes(0)).is_err() && block_on(boxes(1)).is_ok());
block_on(ready(1));
//= f17_future_made_elsewhere::passes error "zero"
//=   f17_future_made_elsewhere::inner error "zero"
//= f17_future_made_elsewhere::boxes
//=   f17_future_made_elsewhere::inner
//= f17_future_made_elsewhere::ready

//# f45_recursion_that_returns_a_box
use std::pin::Pin;
#[trace]
fn down<'a>(v: &'a [u8]) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send + 'a>> { Box::pin(async move { let (first, rest) = v.split_first().ok_or("empty")?; if rest.is_empty() { return Ok(*first); } Ok(first + down(rest).await?) }) }
//>
assert!(block_on(down(&[1, 2])).is_ok() && block_on(down(&[])).is_err());
//= f45_recursion_that_returns_a_box::down
//=   f45_recursion_that_returns_a_box::down
//= f45_recursion_that_returns_a_box::down error "empty"

//# f55_rpitit_with_prework
trait T { fn f(&self, s: &str) -> impl Future<Output = Result<usize, String>> + Send; }
struct S;
impl T for S { #[trace] fn f(&self, s: &str) -> impl Future<Output = Result<usize, String>> + Send { let n = s.len(); async move { if n == 0 { return Err("empty".into()); } Ok(n) } } }
struct R;
impl T for R { #[trace] async fn f(&self, s: &str) -> Result<usize, String> { std::future::ready(()).await; if s.is_empty() { return Err("none".into()); } Ok(1) } }
//>
assert!(block_on(S.f("a")).is_ok() && block_on(S.f("")).is_err());
assert!(block_on(R.f("")).is_err());
//= <S as T>::f
//= <S as T>::f error "empty"
//= <R as T>::f error "none"

//# f57_into_future_and_own_type
struct Ask(u8);
impl IntoFuture for Ask { type Output = Result<u8, String>; type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output>>>; #[trace] fn into_future(self) -> Self::IntoFuture { Box::pin(async move { if self.0 == 0 { return Err("zero".into()); } Ok(self.0) }) } }
#[trace]
async fn asks(n: u8) -> Result<u8, String> { Ok(Ask(n).await? + 1) }
//>
assert!(block_on(asks(1)).is_ok());
//= f57_into_future_and_own_type::asks
//=   <Ask as IntoFuture>::into_future

//# f59_boxed_prework_in_branches
use std::pin::Pin;
#[trace]
fn leaf() {}
#[trace]
fn branches(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> { if n == 0 { return Box::pin(std::future::ready(Err("zero".to_string()))); } if n == 1 { Box::pin(async { leaf(); Ok(1) }) } else { leaf(); Box::pin(async move { Ok(n) }) } }
#[trace]
fn question(s: &str) -> Result<Pin<Box<dyn Future<Output = u8>>>, std::num::ParseIntError> { let n: u8 = s.parse()?; Ok(Box::pin(async move { n })) }
//>
let _ = (block_on(branches(0)), block_on(branches(1)), block_on(branches(2)));
block_on(question("1").unwrap());
assert!(question("x").is_err());
//= f59_boxed_prework_in_branches::branches error "zero"
//= f59_boxed_prework_in_branches::branches
//=   f59_boxed_prework_in_branches::leaf
//= f59_boxed_prework_in_branches::branches
//=   f59_boxed_prework_in_branches::leaf
//= f59_boxed_prework_in_branches::question
//= f59_boxed_prework_in_branches::question error "invalid digit found in string"
