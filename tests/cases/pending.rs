// Not built yet: cases that the attributes do not handle so far, in the form of those in `more`.

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

//# x03_closure_signature_from_impl_async
#[trace]
async fn measured() -> impl Fn(&str) -> usize { std::future::ready(()).await; |s| s.len() }
//>
assert_eq!(block_on(measured())("abc"), 3);
//= x03_closure_signature_from_impl_async::measured

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
