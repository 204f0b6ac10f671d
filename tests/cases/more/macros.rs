//# y02_empty_visibility_in_a_block
macro_rules! mk { ($($v:vis fn $n:ident(&$s:ident $(, $a:ident: $t:ty)*) -> $r:ty $b:block)*) => { struct S(u8); #[trace_type] impl S { $($v fn $n(&$s $(, $a: $t)*) -> $r $b)* } } }
mk! { fn a(&self) -> u8 { self.0 } pub fn b(&self, n: u8) -> Result<u8, String> { if n == 0 { return Err("b".into()); } Ok(self.a()) } }
//>
assert!(S(1).b(0).is_err() && S(1).b(1).is_ok());
//= S::b error "b"
//= S::b
//=   S::a

//# y03_type_and_path_fragments
macro_rules! mk { ($t:ty, $tr:path, $l:lifetime, $($m:meta),*) => { $(#[$m])* #[trace] impl<$l> $tr for $t { fn go(&self) -> Result<u8, String> { Err("go".into()) } } } }
mod tr { pub trait Go<'a> { fn go(&self) -> Result<u8, String>; } }
struct S<T>(T);
mk!(S<Vec<u8>>, tr::Go<'a>, 'a, allow(dead_code), cfg(all()));
//>
use tr::Go as _;
assert!(S(vec![]).go().is_err());
//= <S as Go>::go error "go"

//# y04_signature_in_parts
macro_rules! mk { ($(#[$m:meta])* $v:vis $(async $(@$a:tt)?)? fn $n:ident $args:tt $(-> $r:ty)? $b:block) => { #[trace] $(#[$m])* $v fn $n $args $(-> $r)? $b } }
mk! { #[inline] fn none() {} }
mk! { pub(crate) fn some(a: u8, (b, _): (u8, u8)) -> Option<Result<u8, &'static str>> { let c = a.checked_sub(b)?; if c == 0 { return Some(Err("zero")); } Some(Ok(c)) } }
//>
none();
let _ = (some(1, (1, 0)), some(0, (1, 0)));
//= y04_signature_in_parts::none
//= y04_signature_in_parts::some error "zero"
//= y04_signature_in_parts::some

//# y05_return_type_from_a_macro
macro_rules! R { ($t:ty) => { Result<$t, String> }; }
#[trace]
fn f(n: u8) -> R!(u8) { if n == 0 { return Err("zero".into()); } Ok(n) }
#[trace]
async fn g(n: u8) -> R!(Vec<u8>) { std::future::ready(()).await; Ok(vec![f(n)?]) }
//>
assert!(block_on(g(0)).is_err());
//= y05_return_type_from_a_macro::g error "zero"
//=   y05_return_type_from_a_macro::f error "zero"

//# y06_expression_and_statements_as_body
macro_rules! mk { ($n:ident: $t:ty = $e:expr) => { #[trace] fn $n() -> $t { $e } }; ($n:ident: $t:ty { $($s:stmt;)* } $e:expr) => { #[trace] async fn $n() -> $t { $($s;)* $e } } }
mk!(lazy: Result<u8, std::num::ParseIntError> = "x".parse());
mk!(steps: Result<u8, std::num::ParseIntError> { let a = "1".parse::<u8>()?; let b = std::future::ready(a).await; } Ok(a + b));
//>
assert!(lazy().is_err() && block_on(steps()).is_ok());
//= y06_expression_and_statements_as_body::lazy error "invalid digit found in string"
//= y06_expression_and_statements_as_body::steps

//# y07_macro_in_macro
macro_rules! outer { ($($n:ident)*) => { macro_rules! inner { ($t:ty) => { $(#[trace] fn $n(n: $t) -> $t { n })* } } inner!(u8); } }
outer!(a b);
//>
a(b(1));
//= y07_macro_in_macro::b
//= y07_macro_in_macro::a

//# y08_macro_passes_the_attribute
macro_rules! pass { ($(#[$m:meta])* fn $($rest:tt)*) => { $(#[$m])* fn $($rest)* } }
pass! { #[trace] #[inline] fn f(n: u8) -> Result<u8, u8> { if n == 0 { return Err(1); } Ok(n) } }


//>
let _ = f(0);
//= y08_macro_passes_the_attribute::f error "1"

//# y09_trait_made_by_macro
macro_rules! tr { ($n:ident { $($f:ident => $e:expr),* $(,)? }) => { #[trace] trait $n { fn req(&self) -> u8; $(fn $f(&self) -> u8 { self.req() + $e })* } }; }
tr!(T { one => 1, two => 2, });
struct S;
impl T for S { fn req(&self) -> u8 { 0 } }
//>
S.one();
S.two();
//= T::one
//= T::two

//# y10_repeated_impls
trait Len { const L: usize; fn len(&self) -> usize; }
macro_rules! arrays { ($($n:literal)+) => { $(#[trace] impl<T> Len for [T; $n] { const L: usize = $n; fn len(&self) -> usize { Self::L } })+ } }
arrays!(1 2);
macro_rules! tuples { ($($($t:ident)+),+) => { $(#[trace_type] impl<$($t: Clone),+> Len for ($($t,)+) { const L: usize = 0 $(+ { stringify!($t); 1 })+; fn len(&self) -> usize { Self::L } })+ } }
tuples!(A, A B);
//>
Len::len(&[1]);
Len::len(&['a', 'b']);
(1,).len();
(1, 'a').len();
//= <[_; 1] as Len>::len
//= <[_; 2] as Len>::len
//= <(_,) as Len>::len
//= <(_, _) as Len>::len

//# y11_attributes_beside
#[rustfmt::skip]
#[trace]
#[allow(dead_code, reason = "said")]
#[allow(clippy::needless_return)]
fn f() -> u8 { return 1 }
struct S;
#[automatically_derived]
#[trace_type]
#[diagnostic::do_not_recommend]
impl Default for S { fn default() -> Self { S } }
//>
f();
S::default();
//= y11_attributes_beside::f
//= <S as Default>::default

//# y12_reborrows
use std::cell::{Ref, RefCell};
#[trace]
fn shared(v: &mut Vec<u8>) -> Result<&[u8], String> { v.push(1); if v.len() > 1 { return Err("two".into()); } Ok(v) }
#[trace]
fn advance<'a>(v: &mut &'a mut [u8], n: usize) -> Result<&'a mut [u8], String> { if n > v.len() { return Err("short".into()); } let (a, b) = std::mem::take(v).split_at_mut(n); *v = b; Ok(a) }
#[trace]
fn last(list: &mut Node) -> Result<&mut Node, String> { let mut at = list; while at.next.is_some() { at = at.next.as_mut().ok_or("gone")?; } Ok(at) }
struct Node { next: Option<Box<Node>> }
#[trace]
fn guard(c: &RefCell<Vec<u8>>) -> Result<Ref<'_, u8>, String> { if c.borrow().is_empty() { return Err("empty".into()); } Ok(Ref::map(c.borrow(), |v| &v[0])) }
#[trace]
fn pair((a, b): (&mut Vec<u8>, u8)) -> Result<&mut u8, String> { a.push(b); if b == 0 { return Err("zero".into()); } a.last_mut().ok_or("none".into()) }
//>
assert!(shared(&mut vec![]).is_ok());
assert!(advance(&mut &mut [1, 2][..], 1).is_ok());
last(&mut Node { next: Some(Box::new(Node { next: None })) }).unwrap().next = None;
assert!(guard(&RefCell::default()).is_err());
assert!(pair((&mut vec![], 0)).is_err());
//= y12_reborrows::shared
//= y12_reborrows::advance
//= y12_reborrows::last
//= y12_reborrows::guard error "empty"
//= y12_reborrows::pair error "zero"

//# y13_async_reborrows
struct Node { n: u8, next: Option<Box<Node>> }
#[trace]
async fn last<'n>(mut at: &'n mut Node) -> Result<&'n mut Node, String> { std::future::ready(()).await; while at.next.is_some() { at = at.next.as_mut().ok_or("gone")?; } Ok(at) }
#[trace]
async fn both<'a>(a: &'a mut &'a str, b: &mut [&'a str]) -> Option<&'a str> { std::future::ready(()).await; std::mem::swap(a, b.first_mut()?); Some(*a) }
//>
block_on(last(&mut Node { n: 1, next: None })).unwrap().n = 2;
block_on(both(&mut "a", &mut ["b"]));
//= y13_async_reborrows::last
//= y13_async_reborrows::both

//# y14_nested_names
struct S;
impl S { #[trace] fn m(&self) -> u8 { #[trace] fn inner() -> u8 { 1 } mod deep { #[trace] pub fn f() -> u8 { 2 } } inner() + deep::f() } }
trait T { #[trace] fn d(&self) -> u8 { #[trace] fn inner<X: Default>() -> X { X::default() } inner() } }
impl T for S {}
#[trace]
async fn waits() -> u8 { #[trace] async fn inner() -> u8 { std::future::ready(1).await } inner().await }
//>
S.m();
S.d();
block_on(waits());
//= S::m
//=   m::inner
//=   deep::f
//= T::d
//=   d::inner
//= y14_nested_names::waits
//=   waits::inner

//# y15_never_in_every_form
#[trace]
async fn forever() -> ! { std::future::ready(()).await; panic!("ends") }
#[trace]
async fn pointer() -> fn() -> ! { std::future::ready(()).await; || panic!() }
#[trace]
fn looped(n: u8) -> ! { loop { if n == 0 { std::panic::resume_unwind(Box::new(())); } } }
struct S;
impl S { #[trace] fn never(&self) -> ! { looped(0) } #[trace] async fn never_async(&mut self) -> ! { looped(0) } }
#[trace]
fn boxed() -> std::pin::Pin<Box<dyn Future<Output = std::convert::Infallible>>> { Box::pin(async move { panic!("boxed") }) }
//>
caught(|| block_on(forever()));
block_on(pointer());
caught(|| S.never());
caught(|| block_on(S.never_async()));
caught(|| block_on(boxed()));
//= y15_never_in_every_form::forever panic
//= y15_never_in_every_form::pointer
//= S::never panic
//=   y15_never_in_every_form::looped panic
//= S::never_async panic
//=   y15_never_in_every_form::looped panic
//= y15_never_in_every_form::boxed panic

//# y16_unwinding_through_async
use ::tests::drive::turn;
struct D;
impl Drop for D { #[trace] fn drop(&mut self) {} }
#[trace]
async fn inner(_d: D) -> Result<u8, String> { turn().await; std::panic::resume_unwind(Box::new(1)) }
#[trace]
async fn outer() -> Result<u8, String> { let d = D; let n = inner(D).await?; std::mem::drop(d); Ok(n) }
//>
caught(|| block_on(outer()));
//= y16_unwinding_through_async::outer panic
//=   y16_unwinding_through_async::inner panic
//=     <D as Drop>::drop
//=   <D as Drop>::drop

//# y17_generic_async_in_traits
#[allow(async_fn_in_trait)]
trait Repo<K: Send + Sync, V> { type Error; async fn find<'a>(&'a self, k: &'a K) -> Result<Option<&'a V>, Self::Error> where V: 'a; #[trace] async fn need<'a>(&'a self, k: &'a K) -> Result<&'a V, Self::Error> where V: 'a, Self::Error: From<&'static str> { match self.find(k).await? { Some(v) => Ok(v), None => Err("missing".into()) } } }
struct Map<K, V>(Vec<(K, V)>);
impl<K: PartialEq + Send + Sync, V: Send + Sync> Repo<K, V> for Map<K, V> { type Error = String; #[trace] async fn find<'a>(&'a self, k: &'a K) -> Result<Option<&'a V>, String> where V: 'a { std::future::ready(()).await; Ok(self.0.iter().find(|(key, _)| key == k).map(|(_, v)| v)) } }
//>
let map = Map(vec![(1, 'a')]);
assert!(block_on(map.need(&1)).is_ok() && block_on(map.need(&2)).is_err());
//= Repo::need
//=   <Map as Repo>::find
//= Repo::need error
//=   <Map as Repo>::find
