//# h16b_impl_for_dyn_with_several_bounds
use std::any::Any;
trait T { fn t(&self) -> u8; }
#[trace_type]
impl T for dyn Any + Send { fn t(&self) -> u8 { 1 } }
//>
let any: &(dyn Any + Send) = &1;
T::t(any);
//= <dyn Any + Send as T>::t

//# x01b_reassigned_mut_borrow
#[trace]
fn skip<'a>(mut v: &'a mut [u8], n: usize) -> Result<&'a mut u8, String> { if n > v.len() { return Err("short".into()); } v = &mut v[n..]; v.first_mut().ok_or_else(|| "empty".into()) }
//>
assert!(skip(&mut [1, 2], 1).is_ok() && skip(&mut [], 1).is_err());
//= x01b_reassigned_mut_borrow::skip
//= x01b_reassigned_mut_borrow::skip error "short"

//# y01_items_as_fragments
macro_rules! mk { ($($i:item)*) => { #[trace] mod m { $($i)* } } }
mk! { pub fn a() -> u8 { b() } fn b() -> u8 { 1 } pub struct S; impl S { pub fn c(&self) -> Result<u8, String> { Err("c".into()) } } }
//>
m::a();
assert!(m::S.c().is_err());
//= m::a
//=   m::b
//= S::c error "c"

//# z14_types_without_a_path
trait T { fn t(&self) -> u8; }
struct S<X>(X);
#[trace_type] impl T for [S<u8>] { fn t(&self) -> u8 { 1 } }
#[trace_type] impl T for (S<u8>, Vec<u8>) { fn t(&self) -> u8 { 2 } }
#[trace_type] impl T for fn(&S<u8>) -> Option<u8> { fn t(&self) -> u8 { 3 } }
#[trace_type] impl T for *const S<u8> { fn t(&self) -> u8 { 4 } }
#[trace_type] impl T for &dyn Fn(&S<u8>) -> Vec<u8> { fn t(&self) -> u8 { 5 } }
//>
[S(1)][..].t();
(S(1), vec![]).t();
((|_| None) as fn(&S<u8>) -> Option<u8>).t();
std::ptr::null::<S<u8>>().t();
let f: &dyn Fn(&S<u8>) -> Vec<u8> = &|_| vec![];
T::t(&f);
//= <[S] as T>::t
//= <(S, Vec) as T>::t
//= <fn(&S) -> Option as T>::t
//= <*const S as T>::t
//= <dyn Fn as T>::t

//# x01c_cursor_by_value
struct Cursor<'a> { v: &'a mut [u8], n: usize }
impl<'a> Cursor<'a> { fn advance(&mut self) -> Result<(), String> { self.n += 1; Ok(()) } #[trace] fn item(mut self) -> Result<&'a mut u8, String> { self.advance()?; Ok(&mut self.v[self.n]) } }
//>
assert!(Cursor { v: &mut [1, 2], n: 0 }.item().is_ok());
//= Cursor::item

//# x01d_reassigned_mut_borrow_async_without_await
#[trace]
async fn skip<'a>(mut v: &'a mut [u8]) -> Result<&'a mut u8, String> { if v.is_empty() { return Err("empty".into()); } v = &mut v[1..]; Ok(&mut v[0]) }
//>
assert!(block_on(skip(&mut [1, 2])).is_ok());
//= x01d_reassigned_mut_borrow_async_without_await::skip

//# x27b_in_an_inline_constant
fn outer() -> fn() -> u8 { const { #[trace] fn inner() -> u8 { 1 } inner } }
//>
outer()();
//= outer::inner

//# z15_char_generics
struct S<const C: char>;
trait T { fn t(&self); }
#[trace_type]
impl T for S<'>'> { fn t(&self) {} }
#[trace_type]
impl S<'<'> { fn m(&self) {} }
//>
S::<'>'>.t();
S::<'<'>.m();
//= <S as T>::t
//= S::m
