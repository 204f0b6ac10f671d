//# x01_reassigned_borrow
#[trace]
fn walk<'a>(mut s: &'a str) -> Result<&'a str, std::num::ParseIntError> { while let Some((head, tail)) = s.split_once(',') { head.parse::<u8>()?; s = tail; } Ok(s) }
//>
assert!(walk("1,2,a").is_ok() && walk("x,").is_err());
//= x01_reassigned_borrow::walk
//= x01_reassigned_borrow::walk error "invalid digit found in string"

//# x02_closure_signature_from_impl
#[trace]
fn measured() -> impl Fn(&str) -> usize { |s| s.len() }
//>
assert_eq!(measured()("abc"), 3);
//= x02_closure_signature_from_impl::measured

//# x04_impl_iterator_of_mut_in_result
struct S(Vec<u8>);
impl S { #[trace] fn each(&mut self) -> Result<impl Iterator<Item = &mut u8> + '_, String> { if self.0.is_empty() { return Err("empty".into()); } Ok(self.0.iter_mut()) } }
//>
S(vec![1]).each().unwrap().for_each(|n| *n += 1);
assert!(S(vec![]).each().is_err());
//= S::each
//= S::each error "empty"

//# x05_nested_impls
#[trace]
fn nested<'a>(v: &'a [u8]) -> impl Iterator<Item = impl std::fmt::Display + 'a> + 'a { v.iter() }
#[trace]
fn option() -> Option<impl Iterator<Item = impl Fn() -> u8>> { Some((0..2u8).map(|n| move || n)) }
#[trace]
fn vec() -> Vec<impl std::fmt::Debug> { vec![1] }
#[trace]
fn result() -> Result<Vec<Box<dyn Fn(u8) -> u8>>, String> { if false { return Err(String::new()); } Ok(vec![Box::new(|n| n), Box::new(|n| n + 1)]) }
//>
nested(&[1]).next().map(|d| d.to_string());
option().unwrap().map(|f| f()).count();
vec();
assert_eq!(result().unwrap()[1](1), 2);
//= x05_nested_impls::nested
//= x05_nested_impls::option
//= x05_nested_impls::vec
//= x05_nested_impls::result

//# x06_moves_out_of_arguments
struct S { a: String, b: Vec<u8> }
impl S { #[trace] fn boxed(self: Box<Self>) -> Result<String, Vec<u8>> { if self.b.is_empty() { return Err(self.b); } Ok(self.a) } #[trace] fn value(mut self, n: usize) -> Result<Self, (String, usize)> { if n == 0 { return Err((self.a, n)); } self.b.truncate(n); Ok(self) } }
#[trace]
fn tuple((a, b): (String, Vec<u8>), c: Option<String>) -> Result<String, Vec<u8>> { let Some(c) = c else { return Err(b); }; std::mem::drop(b); Ok(a + &c) }
//>
let s = |b| S { a: String::new(), b };
assert!(Box::new(s(vec![1])).boxed().is_ok() && Box::new(s(vec![])).boxed().is_err());
assert!(s(vec![]).value(1).is_ok() && s(vec![]).value(0).is_err());
assert!(tuple(("a".into(), vec![]), None).is_err());
//= S::boxed
//= S::boxed error
//= S::value
//= S::value error
//= x06_moves_out_of_arguments::tuple error

//# x07_conditional_borrows
use std::collections::HashMap;
#[trace]
fn entry<'m>(m: &'m mut HashMap<u8, String>, k: u8) -> Result<&'m mut String, String> { if k == 0 { return Err("zero".into()); } if m.contains_key(&k) { return Ok(m.get_mut(&k).unwrap()); } m.insert(k, String::new()); m.get_mut(&k).ok_or("lost".into()) }
#[trace]
async fn entry_async<'m>(m: &'m mut HashMap<u8, String>, k: u8) -> Result<&'m mut String, String> { std::future::ready(()).await; entry(m, k) }
//>
let mut m = HashMap::new();
entry(&mut m, 1).unwrap().push('a');
assert!(block_on(entry_async(&mut m, 0)).is_err());
//= x07_conditional_borrows::entry
//= x07_conditional_borrows::entry_async error "zero"
//=   x07_conditional_borrows::entry error "zero"

//# x08_return_types_of_every_form
#[trace]
fn pointer(n: u8) -> Result<fn(&str) -> Result<u8, u8>, [u8; 2]> { if n == 0 { return Err([1; 2]); } Ok(|s| s.parse().map_err(|_| 1)) }
#[trace]
fn dynamic<'a>(f: &'a dyn Fn(&str) -> Result<u8, u8>) -> Result<&'a (dyn Fn(&str) -> Result<u8, u8> + 'a), (u8, &'a str)> { f("1").map_err(|n| (n, "e"))?; Ok(f) }
#[trace]
fn qualified<T: std::str::FromStr>(s: &str) -> core::result::Result<T, <T as std::str::FromStr>::Err> { let t: T = s.parse()?; ::core::result::Result::Ok(t) }
#[trace]
fn parenthesised() -> (Result<u8, (String)>) { return (Err(("p".into()))); }
//>
assert!(pointer(0).is_err() && pointer(1).unwrap()("7") == Ok(7));
assert!(dynamic(&|_| Err(1)).is_err());
assert!(qualified::<u8>("x").is_err());
let _ = parenthesised();
//= x08_return_types_of_every_form::pointer error
//= x08_return_types_of_every_form::pointer
//= x08_return_types_of_every_form::dynamic error
//= x08_return_types_of_every_form::qualified error
//= x08_return_types_of_every_form::parenthesised error "p"

//# x09_uninhabited_and_empty
use std::convert::Infallible;
#[trace]
fn absurd(x: Infallible) -> Result<u8, String> { match x {} }
#[trace]
fn empty_match(b: bool) -> Result<(), String> { if b {} else {} Ok(()) }
#[trace]
fn empty() {}
#[trace]
async fn empty_async() {}
#[trace]
fn unit_result() -> Result<(), ()> { { Ok(()) } }
//>
let _ = absurd as fn(Infallible) -> _;
let _ = empty_match(true);
empty();
block_on(empty_async());
let _ = unit_result();
//= x09_uninhabited_and_empty::empty_match
//= x09_uninhabited_and_empty::empty
//= x09_uninhabited_and_empty::empty_async
//= x09_uninhabited_and_empty::unit_result

//# x10_async_arguments
#[trace]
async fn dynamic(f: &mut dyn FnMut(u8) -> u8, g: &(dyn Fn(&str) -> usize + Sync), s: &str) -> usize { std::future::ready(()).await; usize::from(f(1)) + g(s) }
#[trace]
async fn impls(f: impl for<'a> Fn(&'a str) -> &'a str, i: impl Iterator<Item = impl Into<u64>>) -> u64 { std::future::ready(()).await; i.map(Into::into).sum::<u64>() + f("a").len() as u64 }
#[trace]
async fn owned(mut v: Vec<u8>, s: String, b: Box<dyn Fn() -> u8 + Send>) -> Result<(Vec<u8>, String), u8> { v.push(b()); std::future::ready(()).await; if v.len() > 1 { return Err(b()); } Ok((v, s)) }
#[trace]
async fn other_future(f: impl Future<Output = u8>, g: std::pin::Pin<&mut dyn Future<Output = u8>>) -> u8 { f.await + g.await }
//>
block_on(dynamic(&mut |n| n, &|s| s.len(), "a"));
block_on(impls(|s| s, [1u8].into_iter()));
assert!(block_on(owned(vec![1], String::new(), Box::new(|| 2))).is_err());
block_on(other_future(std::future::ready(1), std::pin::pin!(async { 2 })));
//= x10_async_arguments::dynamic
//= x10_async_arguments::impls
//= x10_async_arguments::owned error "2"
//= x10_async_arguments::other_future

//# x11_async_abi
#[trace]
#[allow(improper_ctypes_definitions)]
async extern "C" fn c() -> u8 { std::future::ready(1).await }
#[trace]
#[allow(improper_ctypes_definitions)]
async unsafe extern "C" fn d(p: *const u8) -> u8 { unsafe { *p } }
//>
block_on(c());
block_on(unsafe { d(&1) });
//= x11_async_abi::c
//= x11_async_abi::d

//# x12_braces_in_odd_places
#[trace]
mod m {
    pub type A = [u8; { 1 + 1 }];
    pub const _: () = { fn untraced() {} };
    pub static S: P = P { x: 1 };
    pub struct P { pub x: u8 }
    pub struct Q<const N: usize>;
    #[repr(u8)] pub enum E { A = { 1 }, B { b: u8 } = 2 }
    use std::{cell::{Cell, RefCell}, fmt};
    extern crate std as standard;
    pub fn f(_: [u8; { 2 }]) -> A where [u8; { 3 }]: Sized, Q<{ 1 }>: Sized { [S.x; 2] }
    impl Q<{ 2 }> { pub fn q(&self) -> Q<{ 2 }> { Q } }
    impl<T> fmt::Debug for super::W<T, { 3 }> where [T; { 3 }]: Sized { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("W") } }
    impl From<P> for Q<{ if true { 1 } else { 2 } }> { fn from(_: P) -> Self { Q } }
    pub trait F: Fn(u8) -> Q<{ 4 }> {}
    standard::thread_local! { pub static L: Cell<u8> = const { Cell::new(1) }; }
}
#[repr(u8)]
enum R { A }
struct W<T, const N: usize>([T; N]);
//>
m::f([0; 2]);
m::Q::<2>.q();
format!("{:?}", W([1; 3]));
let _: m::Q<1> = m::P { x: 1 }.into();
//= m::f
//= Q::q
//= <W as Debug>::fmt
//= <Q as From>::from

//# x13_question_mark_types
#[trace]
fn option_then_result(v: &[&str]) -> Option<Result<u8, std::num::ParseIntError>> { let s = v.first()?; Some(s.parse()) }
#[trace]
fn transposed(v: &[&str]) -> Result<Option<u8>, std::num::ParseIntError> { v.first().map(|s| s.parse()).transpose() }
#[trace]
fn poll_question(p: std::task::Poll<Result<u8, String>>) -> std::task::Poll<Result<u8, Box<dyn std::error::Error>>> { use std::task::ready; let n = ready!(p?); std::task::Poll::Ready(Ok(n)) }
//>
let _ = (option_then_result(&["x"]), option_then_result(&[]), transposed(&["x"]), transposed(&[]));
let _ = (poll_question(std::task::Poll::Pending), ());
//= x13_question_mark_types::option_then_result error "invalid digit found in string"
//= x13_question_mark_types::option_then_result
//= x13_question_mark_types::transposed error "invalid digit found in string"
//= x13_question_mark_types::transposed
//= x13_question_mark_types::poll_question

//# x14_trait_with_bounds_on_self
trait T { type E: std::error::Error + From<std::fmt::Error>; fn n(&self) -> Result<u8, Self::E>; #[trace] fn checked(&self) -> Result<u8, Self::E> where Self: Sized { if self.n()? == 0 { return Err(std::fmt::Error.into()); } self.n() } #[trace] fn text(&self) -> Result<String, <Self as T>::E> { let n = self.n()?; Ok(n.to_string()) } }
struct S(u8);
#[trace_type]
impl T for S { type E = std::fmt::Error; fn n(&self) -> Result<u8, Self::E> { if self.0 == 9 { Err(std::fmt::Error)? } Ok(self.0) } }
//>
assert!(S(0).checked().is_err() && S(9).text().is_err());
//= T::checked error "an error occurred when formatting an argument"
//=   <S as T>::n
//= T::text error "an error occurred when formatting an argument"
//=   <S as T>::n error "an error occurred when formatting an argument"

//# x15_statics_threads_and_locks
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
static STATE: OnceLock<Mutex<Vec<u8>>> = OnceLock::new();
#[trace]
fn state() -> Result<MutexGuard<'static, Vec<u8>>, PoisonError<MutexGuard<'static, Vec<u8>>>> { STATE.get_or_init(init).lock() }
#[trace]
fn init() -> Mutex<Vec<u8>> { Mutex::default() }
#[trace]
fn push(n: u8) -> Result<usize, Box<dyn std::error::Error>> { let mut s = state()?; s.push(n); Ok(s.len()) }
//>
assert!(push(1).is_ok() && push(2).is_ok());
//= x15_statics_threads_and_locks::push
//=   x15_statics_threads_and_locks::state
//=     x15_statics_threads_and_locks::init
//= x15_statics_threads_and_locks::push
//=   x15_statics_threads_and_locks::state

//# x16_deep_inference
#[trace]
fn grouped(v: &[(&str, u8)]) -> Result<std::collections::BTreeMap<String, Vec<u8>>, String> { let mut m = std::collections::BTreeMap::<_, Vec<_>>::new(); for (k, n) in v { if k.is_empty() { return Err(Default::default()); } m.entry((*k).into()).or_default().push(*n); } Ok(m) }
#[trace]
fn default_err() -> Result<Vec<Option<Box<[u8]>>>, Box<dyn std::error::Error + Send + Sync>> { let v = ["a"].iter().map(|s| s.bytes().collect()).map(Some).collect(); if false { Err("x")? } Ok(v) }
#[trace]
async fn in_async() -> Result<Vec<u64>, Box<dyn std::error::Error + Send + Sync>> { let mut v = Vec::new(); v.push(std::future::ready("1".parse()?).await); Ok(v) }
//>
assert!(grouped(&[("", 1)]).is_err() && default_err().is_ok() && block_on(in_async()).is_ok());
//= x16_deep_inference::grouped error
//= x16_deep_inference::default_err
//= x16_deep_inference::in_async

//# x17_self_in_macro_and_nested_items
struct S(u8);
macro_rules! get { ($s:expr) => { $s.0 } }
impl S { #[trace] fn a(&self) -> Result<u8, String> { macro_rules! own { () => { self.0 } } if own!() == 0 { return Err(format!("{}", get!(self))); } Ok(own!()) } #[trace] async fn b(&mut self) -> Result<u8, String> { std::future::ready(()).await; get!(self) += 1; if self.0 > 1 { return Err("b".into()); } fn after() -> u8 { 1 } Ok(after()) } }
//>
assert!(S(0).a().is_err() && block_on(S(1).b()).is_err());
//= S::a error "0"
//= S::b error "b"

//# x18_const_and_type_parameters_shadowing
#[trace]
#[allow(non_upper_case_globals, non_camel_case_types)]
fn shadow<value: Copy, guard: Into<u64>, const span: usize>(v: value, g: guard) -> Result<(value, [u64; span]), guard> { if span == 0 { return Err(g); } Ok((v, [g.into(); span])) }
//>
assert!(shadow::<_, u8, 0>('a', 1).is_err() && shadow::<_, u8, 2>('a', 1).is_ok());
//= x18_const_and_type_parameters_shadowing::shadow error
//= x18_const_and_type_parameters_shadowing::shadow

//# x19_boxed_future_of_closures
type Handler = Box<dyn Fn(u8) -> std::pin::Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> + Send + Sync>;
#[trace]
async fn handle(n: u8) -> Result<u8, String> { std::future::ready(()).await; if n == 0 { return Err("zero".into()); } Ok(n) }
#[trace]
fn handler() -> Handler { Box::new(|n| Box::pin(handle(n))) }
//>
assert!(block_on(handler()(0)).is_err());
//= x19_boxed_future_of_closures::handler
//= x19_boxed_future_of_closures::handle error "zero"

//# x20_where_the_panic_unwinds_through_results
#[trace]
fn inner(n: u8) -> Result<u8, String> { if n == 0 { return Err("zero".into()); } assert!(n < 5, "five"); Ok(n) }
#[trace]
fn outer(n: u8) -> Option<Result<u8, String>> { Some(Ok(inner(n).unwrap() + 1)) }
//>
outer(1);
caught(|| outer(0));
caught(|| outer(5));
//= x20_where_the_panic_unwinds_through_results::outer
//=   x20_where_the_panic_unwinds_through_results::inner
//= x20_where_the_panic_unwinds_through_results::outer panic
//=   x20_where_the_panic_unwinds_through_results::inner error "zero"
//= x20_where_the_panic_unwinds_through_results::outer panic
//=   x20_where_the_panic_unwinds_through_results::inner panic

//# x21_future_in_a_result
#[trace]
fn f(n: u8) -> Result<impl Future<Output = u8>, String> { if n == 0 { return Err("z".into()); } Ok(async move { n }) }
//>
block_on(f(1).unwrap());
//= x21_future_in_a_result::f

//# x22_packed
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct P { a: u8, b: u32 }
impl P { #[trace] fn get(&mut self, n: u32) -> Result<u32, u8> { if n == 0 { return Err(self.a); } self.b = n; Ok({ self.b }) } #[trace] fn val(self) -> Result<u32, u8> { if self.b == 0 { return Err(self.a); } Ok(self.b) } }
//>
let mut p = P { a: 1, b: 2 };
let _ = (p.get(1), p.val());
//= P::get
//= P::val

//# x23_borrowed_errors
mod m { #[trace] pub fn mod_a() -> Result<(), Box<dyn std::error::Error>> { fn inner() -> Result<u8, std::fmt::Error> { Err(std::fmt::Error) } inner()?; Ok(()) } }
#[trace]
fn deep<'a, 'b>(v: &'a [&'b str]) -> Result<Vec<(&'b str, &'a &'b str)>, &'a &'b str> { let mut out = vec![]; for s in v { if s.is_empty() { return Err(s); } out.push((*s, s)); } Ok(out) }
//>
assert!(m::mod_a().is_err());
assert!(deep(&["a", ""]).is_err());
//= m::mod_a error "an error occurred when formatting an argument"
//= x23_borrowed_errors::deep error

//# x24_captures_in_a_result
#[trace]
fn f<'a>(v: &'a mut Vec<u8>) -> Result<impl FnMut() -> usize + 'a, String> { if v.len() > 3 { return Err("full".into()); } Ok(move || { v.push(1); v.len() }) }
#[trace]
fn g<'a>(v: &'a mut Vec<u8>) -> Result<Box<dyn FnMut() -> usize + 'a>, String> { if v.len() > 3 { return Err("full".into()); } Ok(Box::new(|| { v.push(1); v.len() })) }
#[trace]
fn h(mut v: Vec<u8>) -> Result<impl Iterator<Item = u8>, String> { v.push(1); if v.len() > 3 { return Err("full".into()); } Ok(v.into_iter().map(|n| n + 1)) }
#[trace]
fn i(n: u8, s: String) -> Result<impl Fn() -> String, String> { let t = s.clone(); if n == 0 { return Err(s); } Ok(move || format!("{n}{t}{s}")) }
//>
f(&mut vec![]).unwrap()(); g(&mut vec![]).unwrap()(); h(vec![]).unwrap().count(); i(1, "a".into()).unwrap()();
//= x24_captures_in_a_result::f
//= x24_captures_in_a_result::g
//= x24_captures_in_a_result::h
//= x24_captures_in_a_result::i

//# x25_borrowing_iterators
#[trace]
fn takes<'a>(it: &mut std::slice::IterMut<'a, u8>, mut jt: std::slice::IterMut<'a, u8>) -> Result<&'a mut u8, String> { it.next().ok_or("first")?; if let Some(n) = jt.next() { return Ok(n); } it.next().ok_or("second".into()) }
#[trace]
fn opt<'a>(v: Option<&'a mut u8>, w: &'a mut u8) -> Result<&'a mut u8, String> { if *w == 0 { return Err("zero".into()); } match v { Some(x) => Ok(x), None => Ok(w) } }
#[trace]
fn own<'a>(mut v: Vec<&'a mut u8>) -> Result<&'a mut u8, String> { v.reverse(); v.pop().ok_or_else(|| "none".to_string())?; Ok(v.remove(0)) }
#[trace]
fn str<'a>(mut s: &'a mut str) -> Option<Result<&'a mut str, String>> { s.make_ascii_uppercase(); if s.is_empty() { return None; } Some(Ok(s)) }
//>
let _ = takes(&mut [1].iter_mut(), [2].iter_mut());
let _ = opt(None, &mut 1);
let _ = own(vec![&mut 1, &mut 2]);
str(&mut String::from("a"));
//= x25_borrowing_iterators::takes
//= x25_borrowing_iterators::opt
//= x25_borrowing_iterators::own
//= x25_borrowing_iterators::str

//# x26_async_without_await
#[trace]
async fn lines(mut parts: std::str::Split<'_, char>) -> Result<(), String> { while let Some(p) = parts.next() { if p == "x" { return Err(p.into()); } } Ok(()) }
//>
block_on(lines("a,x".split(',')));
//= x26_async_without_await::lines error "x"

//# x27_in_constants
const F: fn() -> u8 = { #[trace] fn g() -> u8 { 1 } g };
static L: std::sync::LazyLock<u8> = std::sync::LazyLock::new(|| { #[trace] fn h() -> u8 { 1 } h() });
struct S;
const _: () = { impl S { #[trace] fn m(&self) {} } #[trace_type] impl Clone for S { fn clone(&self) -> S { S } } };
//>
F(); let _ = *L; S.m(); S.clone();
//= F::g
//= L::h
//= S::m
//= <S as Clone>::clone
