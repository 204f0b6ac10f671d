//# z01_async_patterns
#[trace]
async fn refs(ref a: String, ref mut b: Vec<u8>, &c: &u8) -> usize { std::future::ready(()).await; b.push(c); a.len() + b.len() }
#[trace]
async fn deep((ref a, _): (String, u8), [x, y]: [u8; 2], all @ (p, _): (u8, u8)) -> usize { std::future::ready(()).await; a.len() + usize::from(x + y + p + all.1) }
#[trace]
async fn attributes(#[cfg(any())] a: u8, #[allow(unused)] b: u8, _: u8, _c: Vec<u8>) -> Result<u8, u8> { std::future::ready(()).await; Err(b) }
#[trace]
fn returned((a, b): (u8, u8), mut v: Vec<u8>) -> impl Future<Output = u8> { async move { v.push(a); v[0] + b } }
//>
block_on(refs("a".into(), vec![], &1));
block_on(deep(("a".into(), 1), [1, 2], (1, 2)));
let _ = block_on(attributes(1, 2, vec![]));
block_on(returned((1, 2), vec![]));
//= z01_async_patterns::refs
//= z01_async_patterns::deep
//= z01_async_patterns::attributes error "1"
//= z01_async_patterns::returned

//# z02_irrefutable_patterns
struct A(u8);
macro_rules! pat { ($x:ident) => { ($x, _) } }
#[trace]
fn or((A(x) | A(x)): A, ((0 | _), y): (u8, u8)) -> u8 { x + y }
#[trace]
fn by_macro(pat!(x): (u8, u8), &mut y: &mut u8) -> Result<u8, String> { if x == y { return Err("same".into()); } Ok(y) }
#[trace]
async fn async_macro(pat!(x): (u8, u8), A(y): A) -> u8 { std::future::ready(()).await; x + y }
//>
or(A(1), (1, 2));
assert!(by_macro((1, 2), &mut 1).is_err());
block_on(async_macro((1, 2), A(3)));
//= z02_irrefutable_patterns::or
//= z02_irrefutable_patterns::by_macro error "same"
//= z02_irrefutable_patterns::async_macro

//# z03_unicode_names
#[trace]
fn größe(ñ: u8) -> Result<u8, &'static str> { if ñ == 0 { return Err("нуль"); } Ok(ñ) }
struct Ключ;
#[trace_type]
impl Ключ { fn значение(&self) -> u8 { 1 } }
//>
let _ = größe(0);
Ключ.значение();
//= z03_unicode_names::größe error "нуль"
//= Ключ::значение

//# z04_many_arguments
#[trace]
#[allow(clippy::too_many_arguments)]
fn many(a: String, b: String, c: String, d: String, e: String, f: String, g: String, h: String, i: String, j: String, k: String, l: String, m: String, n: String) -> Result<String, String> { if a.is_empty() { return Err(n); } Ok(a + &b + &c + &d + &e + &f + &g + &h + &i + &j + &k + &l + &m) }
#[trace]
#[allow(clippy::too_many_arguments)]
async fn many_async(a: String, b: String, c: String, d: String, e: String, f: String, g: String, h: String, i: String, j: String, k: String, l: String, m: String, n: String) -> Result<String, String> { std::future::ready(()).await; if a.is_empty() { return Err(n); } Ok(a + &b + &c + &d + &e + &f + &g + &h + &i + &j + &k + &l + &m) }
//>
macro_rules! with { ($f:ident) => { $f(String::new(), "b".into(), "c".into(), "d".into(), "e".into(), "f".into(), "g".into(), "h".into(), "i".into(), "j".into(), "k".into(), "l".into(), "m".into(), "n".into()) } }
let _ = (with!(many), block_on(with!(many_async)));
//= z04_many_arguments::many error "n"
//= z04_many_arguments::many_async error "n"

//# z05_bodies_that_begin_oddly
#[trace]
fn doc() -> u8 { //! Inner documentation.
    1 }
#[trace]
fn attribute() -> Result<u8, String> { #[allow(unused_variables)] let x = 1; #[cfg(any())] return Err("no".into()); Ok(x) }
#[trace]
fn block() -> u8 { { 1 }; { 2 } }
#[trace]
fn semicolons() { ;;; }
#[trace]
fn item() -> Result<u8, String> { static S: u8 = 1; if S == 0 { return Err("zero".into()); } Ok(S) }
#[trace]
fn literal() -> P { P { x: { 1 } } }
struct P { x: u8 }
#[trace]
fn label() -> u8 { 'a: loop { break 'a 1 } }
#[trace]
fn unary() -> i8 { -{ 1 } }
#[trace]
fn closure() -> u8 { (|| 1)() }
#[trace]
fn range() -> std::ops::RangeFull { .. }
#[trace]
fn only_macro() -> Result<u8, String> { inner! {} }
macro_rules! inner { () => { Err("by macro".into()) } }
use inner;
#[trace]
async fn odd_async() -> Result<u8, String> { #![allow(unused)] #[allow(unused)] let x = std::future::ready(1).await; { { Ok(x) } } }
//>
doc();
let _ = attribute();
block();
semicolons();
let _ = item();
literal();
label();
unary();
closure();
range();
let _ = only_macro();
let _ = block_on(odd_async());
//= z05_bodies_that_begin_oddly::doc
//= z05_bodies_that_begin_oddly::attribute
//= z05_bodies_that_begin_oddly::block
//= z05_bodies_that_begin_oddly::semicolons
//= z05_bodies_that_begin_oddly::item
//= z05_bodies_that_begin_oddly::literal
//= z05_bodies_that_begin_oddly::label
//= z05_bodies_that_begin_oddly::unary
//= z05_bodies_that_begin_oddly::closure
//= z05_bodies_that_begin_oddly::range
//= z05_bodies_that_begin_oddly::only_macro error "by macro"
//= z05_bodies_that_begin_oddly::odd_async

//# z06_names_through_aliases
struct G<T>(T);
type A = G<u8>;
#[trace_type]
impl A { fn a(&self) -> u8 { 1 } }
trait T<X: ?Sized> { fn t(&self) -> u8; }
#[trace_type]
impl T<A> for A { fn t(&self) -> u8 { 1 } }
#[trace_type]
impl T<dyn Fn(&str) -> Vec<u8>> for A { fn t(&self) -> u8 { 2 } }
fn generic<X: Default>() -> u8 { struct L; impl L { #[trace] fn m(&self) -> u8 { 1 } } #[trace] fn inner() -> u8 { L.m() } inner() }
//>
A::a(&G(1));
<A as T<A>>::t(&G(1));
<A as T<dyn Fn(&str) -> Vec<u8>>>::t(&G(1));
generic::<String>();
//= G::a
//= <G as T>::t
//= <G as T>::t
//= generic::inner
//=   L::m

//# z07_futures_spelled_differently
use std::{boxed, future, pin};
#[trace]
fn leaf() {}
#[trace]
fn std_path() -> impl std::future::Future<Output = Result<u8, String>> + 'static { async move { leaf(); Err("std".into()) } }
#[trace]
fn core_path<'a>(s: &'a str) -> impl ::core::future::Future<Output = Result<&'a str, &'a str>> + Send + use<'a> { async move { leaf(); Err(s) } }
#[trace]
fn of_impl() -> impl Future<Output = impl std::fmt::Display> { async move { leaf(); 1 } }
#[trace]
fn module_box(n: u8) -> pin::Pin<boxed::Box<dyn future::Future<Output = Result<u8, String>> + Send + Sync>> { boxed::Box::pin(async move { leaf(); if n == 0 { return Err("zero".into()); } Ok(n) }) }
#[trace]
fn of_unit() -> impl Future + Send { async move { leaf(); 1 } }
#[trace]
fn never() -> impl Future<Output = ()> { async move { leaf(); } }
//>
let _ = (block_on(std_path()), block_on(core_path("e")), block_on(module_box(0)));
block_on(of_impl());
block_on(never());
//= z07_futures_spelled_differently::std_path error "std"
//=   z07_futures_spelled_differently::leaf
//= z07_futures_spelled_differently::core_path error "e"
//=   z07_futures_spelled_differently::leaf
//= z07_futures_spelled_differently::module_box error "zero"
//=   z07_futures_spelled_differently::leaf
//= z07_futures_spelled_differently::of_impl
//=   z07_futures_spelled_differently::leaf
//= z07_futures_spelled_differently::never
//=   z07_futures_spelled_differently::leaf

//# z08_async_recursion_in_methods
struct Dir { n: u8, sub: Vec<Dir> }
#[trace_type]
impl Dir { async fn sum(&self) -> Result<u8, String> { let mut sum = self.n; if sum == 0 { return Err("empty".into()); } for d in &self.sub { sum += Box::pin(d.sum()).await?; } Ok(sum) } }
//>
assert!(block_on(Dir { n: 1, sub: vec![Dir { n: 2, sub: vec![] }, Dir { n: 0, sub: vec![] }] }.sum()).is_err());
//= Dir::sum error "empty"
//=   Dir::sum
//=   Dir::sum error "empty"

//# z09_async_trait_corners
#[async_trait::async_trait]
pub trait T: Send + Sync { type E: Send; async fn generic<X: Send + Sync + 'static>(&self, x: X) -> Result<X, Self::E> where Self: Sized; async fn mutable(&mut self, v: &mut Vec<u8>) -> Option<u8>; async fn owned(self: Box<Self>) -> Self::E; async fn lifetimes<'a>(&'a self, s: &'a str) -> &'a str { s } }
pub struct S;
#[trace]
#[async_trait::async_trait]
impl T for S {
    type E = String;
    async fn generic<X: Send + Sync + 'static>(&self, x: X) -> Result<X, Self::E> { std::future::ready(()).await; if false { return Ok(x); } Err("generic".into()) }
    async fn mutable(&mut self, v: &mut Vec<u8>) -> Option<u8> { v.push(1); let n = v.first()?; Some(*n) }
    async fn owned(self: Box<Self>) -> String { String::new() }
}
//>
assert!(block_on(S.generic(1)).is_err());
block_on(S.mutable(&mut vec![]));
block_on(Box::new(S).owned());
block_on(S.lifetimes("a"));
//= <S as T>::generic error "generic"
//= <S as T>::mutable
//= <S as T>::owned

//# z10_attribute_on_both_levels
#[trace]
mod m {
    pub struct S;
    #[trace_type]
    impl S { #[trace] pub fn a(&self) {} pub fn b(&self) { self.a() } }
    #[trace]
    pub mod inner { #[trace] pub fn c() {} pub fn d() { c() } }
    #[trace]
    pub trait T { fn e(&self) {} }
    impl T for S {}
}
//>
use m::T as _;
m::S.b();
m::inner::d();
m::S.e();
//= S::b
//=   S::a
//= inner::d
//=   inner::c
//= T::e

//# z11_values_that_are_dropped_inside
struct Loud(&'static str);
impl Drop for Loud { #[trace] fn drop(&mut self) {} }
#[trace]
fn ignores(_: Loud) -> Result<u8, Loud> { let _x = Loud("x"); if true { return Err(Loud("e")); } Ok(1) }
//>
std::mem::forget(ignores(Loud("a")));
//= z11_values_that_are_dropped_inside::ignores error
//=   <Loud as Drop>::drop
//= <Loud as Drop>::drop

//# z12_reentrant
thread_local! { static DEPTH: std::cell::Cell<u8> = const { std::cell::Cell::new(0) }; }
struct S;
impl std::fmt::Display for S { #[trace] fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { if DEPTH.replace(DEPTH.get() + 1) == 0 { write!(f, "{self}")?; } f.write_str("S") } }
impl std::fmt::Debug for S { #[trace] fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.debug_tuple("S").field(&format_args!("{self}")).finish() } }
//>
let _ = format!("{S:?}");
//= <S as Debug>::fmt
//=   <S as Display>::fmt
//=     <S as Display>::fmt

//# z13_generic_closures_in_fields
struct Lazy<T, F = fn() -> T> { value: Option<T>, make: Option<F> }
#[trace_type]
impl<T, F: FnOnce() -> Result<T, E>, E> Lazy<T, F> { fn get(&mut self) -> Result<&mut T, E> { if self.value.is_none() { let make = self.make.take().unwrap(); self.value = Some(make()?); } Ok(self.value.as_mut().unwrap()) } }
//>
assert!(Lazy { value: None::<u8>, make: Some(|| Err("e")) }.get().is_err());
assert!(Lazy { value: None, make: Some(|| Ok::<_, ()>(1)) }.get().is_ok());
//= Lazy::get error
//= Lazy::get
