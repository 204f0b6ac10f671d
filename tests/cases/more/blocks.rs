//# h02_impl_trait
use std::fmt;
struct S(u8);
#[trace_type]
impl fmt::Display for S { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { if self.0 == 0 { return Err(fmt::Error); } f.write_str("S") } }
//>
use std::fmt::Write as _;
assert!(write!(String::new(), "{}", S(0)).is_err());
S(1).to_string();
//= <S as Display>::fmt error "an error occurred when formatting an argument"
//= <S as Display>::fmt

//# h04_associated_items
trait T { type A; type B<'b> where Self: 'b; const N: usize; fn a(&self) -> Self::A; fn b(&self) -> Self::B<'_>; }
struct S(String);
#[trace_type]
impl T for S { type A = [u8; 2]; type B<'b> = &'b str; const N: usize = { const fn two() -> usize { 2 } two() }; fn a(&self) -> Self::A { [1; Self::N] } fn b(&self) -> Self::B<'_> { &self.0 } }
//>
S("a".into()).a();
S("a".into()).b();
//= <S as T>::a
//= <S as T>::b

//# h06_const_generics
struct M<T, const R: usize, const C: usize>([[T; C]; R]);
#[trace_type]
impl<T: Copy + Default, const R: usize, const C: usize> M<T, R, C> { fn row(&self, r: usize) -> Result<&[T; C], String> { self.0.get(r).ok_or_else(|| format!("no row {r}")) } fn flip(self) -> M<T, C, R> { let mut m = M([[T::default(); R]; C]); for r in 0..R { for c in 0..C { m.0[c][r] = self.0[r][c]; } } m } }
#[trace]
impl M<u8, 1, { 1 + 1 }> { fn special(&self) -> u8 { self.0[0][1] } }
//>
let m = M([[1u8, 2]]);
m.special();
assert!(m.row(1).is_err() && m.flip().row(1).is_ok());
//= M::special
//= M::row error "no row 1"
//= M::flip
//= M::row

//# h08_defaults_in_generics
struct G<T = u8, A = Vec<T>>(A, std::marker::PhantomData<T>);
#[trace_type]
impl<T> G<T> { fn new() -> Self { G(Vec::new(), std::marker::PhantomData) } }
#[trace_type]
impl<T, A> G<T, A> where A: AsRef<[T]> { fn len(&self) -> usize { self.0.as_ref().len() } }
//>
G::<u8>::new().len();
//= G::new
//= G::len

//# h10_trait_block
#[trace]
trait T<X: Copy = u8>: Sized { const N: usize = 2; type A; fn req(&self) -> X; fn def(&self) -> [X; 2] { [self.req(), self.req()] } fn make() -> Option<Self> { None } fn by_value(self) -> Result<Self, X> { Err(self.req()) } fn gen_method<Y>(&self, y: Y) -> (X, Y) { (self.req(), y) } }
struct S;
#[trace]
impl T for S { type A = (); fn req(&self) -> u8 { 1 } }
//>
S.def();
S::make();
assert!(S.by_value().is_err());
S.gen_method('a');
//= T::def
//=   <S as T>::req
//=   <S as T>::req
//= T::make
//= T::by_value error
//=   <S as T>::req
//= T::gen_method
//=   <S as T>::req

//# h12_unsafe_and_super_trait_block
/// Documented.
#[trace]
#[allow(dead_code)]
pub unsafe trait T: Send + std::fmt::Debug where Self: 'static { /// Inside.
    #[must_use] fn a(&self) -> String { format!("{self:?}") }
    /// # Safety
    /// none
    unsafe fn b(&self) -> u8 { 1 }
    fn c(self: Box<Self>) -> u8; }
#[derive(Debug)]
pub struct S;
#[trace]
unsafe impl T for S { fn c(self: Box<Self>) -> u8 { 2 } }
//>
let s: Box<dyn T> = Box::new(S);
s.a();
unsafe { s.b() };
s.c();
//= T::a
//= T::b
//= <S as T>::c

//# h14_macro_items_inside
macro_rules! getter { ($n:ident) => { fn $n(&self) -> u8 { self.0 } } }
struct S(u8);
#[trace_type]
impl S { getter!(made); getter! { also_made } fn own(&self) -> u8 { self.made() + self.also_made() } }
//>
S(1).own();
//= S::own

//# h16_impl_for_dyn
use std::any::Any;
trait T { fn t(&self) -> u8; }
#[trace_type]
impl dyn T { fn twice(&self) -> u8 { self.t() * 2 } }
#[trace_type]
impl T for dyn Any { fn t(&self) -> u8 { 1 } }
#[trace_type]
impl<'a> T for Box<dyn FnMut() -> u8 + 'a> { fn t(&self) -> u8 { 2 } }
struct S;
impl T for S { fn t(&self) -> u8 { 3 } }
//>
(&S as &dyn T).twice();
let any: &dyn Any = &1;
T::t(any);
let boxed: Box<dyn FnMut() -> u8> = Box::new(|| 1);
boxed.t();
//= dyn T::twice
//= <dyn Any as T>::t
//= <Box as T>::t

//# h18_stream_block
use std::pin::Pin;
use std::task::{Context, Poll};
struct S(u8);
#[trace_type]
impl futures_core::Stream for S { type Item = Result<u8, String>; fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> { match self.0.checked_sub(1) { None => Poll::Ready(None), Some(0) => { self.0 = 0; Poll::Ready(Some(Err("zero".into()))) } Some(n) => { self.0 = n; Poll::Ready(Some(Ok(n))) } } } fn size_hint(&self) -> (usize, Option<usize>) { (0, None) } }
//>
assert_eq!(collect(S(2)).len(), 2);
//= <S as Stream>::poll_next
//= <S as Stream>::poll_next error "zero"
//= <S as Stream>::poll_next

//# h20_foreign_types
trait T { fn t(&self) -> u8; }
#[trace_type] impl<X: Copy> T for Vec<X> { fn t(&self) -> u8 { 1 } }
#[trace_type] impl<X, const N: usize> T for [X; N] { fn t(&self) -> u8 { 2 } }
#[trace_type] impl<X: T, Y: T> T for (X, Y) { fn t(&self) -> u8 { self.0.t() + self.1.t() } }
#[trace_type] impl T for fn() -> u8 { fn t(&self) -> u8 { self() } }
#[trace_type] impl<'a, X: T + ?Sized> T for &'a X { fn t(&self) -> u8 { (**self).t() } }
#[trace_type] impl<X: T + ?Sized> T for &mut X { fn t(&self) -> u8 { (**self).t() } }
#[trace_type] impl T for str { fn t(&self) -> u8 { 3 } }
#[trace_type] impl T for u8 { fn t(&self) -> u8 { *self } }
#[trace_type] impl T for std::collections::HashMap<u8, String> { fn t(&self) -> u8 { 4 } }
//>
(vec![1], [0; 2]).t();
(u8::default as fn() -> u8).t();
<&u8 as T>::t(&&1);
<&mut u8 as T>::t(&&mut 1);
"a".t();
std::collections::HashMap::new().t();
//= <(_, _) as T>::t
//=   <Vec as T>::t
//=   <[_; N] as T>::t
//= <fn() -> u8 as T>::t
//= <_ as T>::t
//=   <u8 as T>::t
//= <_ as T>::t
//=   <u8 as T>::t
//= <str as T>::t
//= <HashMap as T>::t

//# h22_nested_modules
#[trace]
mod outer {
    //! Inner documentation.
    #![allow(dead_code)]
    use std::fmt;
    pub type R<T> = Result<T, String>;
    pub fn a(n: u8) -> R<u8> { if n == 0 { return Err("zero".into()); } inner::b(n) }
    pub mod inner { use super::R; pub fn b(n: u8) -> R<u8> { deepest::c(); Ok(n) } pub(super) mod deepest { pub fn c() {} #[trace] pub fn d() {} } }
    pub enum E { A } impl E { pub const fn konst(&self) -> u8 { 1 } pub fn e(&self) -> u8 { self.konst() } }
    impl fmt::Debug for E { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("E") } }
    #[cfg(any())] pub fn a(n: u8) {}
    pub(crate) static S: fn(u8) -> R<u8> = a;
    pub union U { pub a: u8, pub b: i8 } impl U { pub fn u(&self) -> u8 { unsafe { self.a } } }
}
//>
assert!((outer::S)(0).is_err() && outer::a(1).is_ok());
outer::E::A.e();
format!("{:?}", outer::E::A);
outer::U { b: 1 }.u();
//= outer::a error "zero"
//= outer::a
//=   inner::b
//=     deepest::c
//= E::e
//= <E as Debug>::fmt
//= U::u

//# h24_what_a_module_leaves_alone
#[trace]
mod m {
    unsafe extern "C" { safe fn labs(n: std::ffi::c_long) -> std::ffi::c_long; }
    unsafe extern "C" { fn strlen(s: *const std::ffi::c_char) -> usize; }
    macro_rules! made { () => { pub fn by_macro() -> u8 { 1 } } }
    made!();
    thread_local! { static L: u8 = const { 1 }; }
    const C: fn() -> u8 = || 1;
    pub const fn konst() -> u8 { 2 }
    #[test] fn test() {}
    #[cfg(test)] mod tests { use super::*; #[test] fn test() { assert_eq!(calls(), 7); } }
    pub fn calls() -> u8 { L.with(|n| *n) + C() + konst() + by_macro() + labs(-1) as u8 + unsafe { strlen(c"a".as_ptr()) } as u8 }
}
//>
m::calls();
//= m::calls

//# h26_impl_in_fn_body
#[trace]
fn outer() -> Result<u8, String> {
    struct L(u8);
    #[trace_type]
    impl L { fn new() -> Self { L(1) } fn check(&self) -> Result<u8, String> { if self.0 == 1 { return Err("one".into()); } Ok(self.0) } }
    trait T { fn t(&self); }
    #[trace_type]
    impl T for L { fn t(&self) {} }
    #[trace]
    mod m { pub fn in_module() {} }
    m::in_module();
    L::new().t();
    L::new().check()
}
//>
assert!(outer().is_err());
//= h26_impl_in_fn_body::outer error "one"
//=   m::in_module
//=   L::new
//=   <L as T>::t
//=   L::new
//=   L::check error "one"

//# h28_unions_and_enums
#[derive(Clone, Copy)]
union U { a: u8, b: i8 }
#[trace_type]
impl U { fn a(self) -> u8 { unsafe { self.a } } fn set(&mut self, n: i8) { self.b = n; } }
enum E<T> { A(T), B { t: T } }
#[trace_type]
impl<T: Clone> E<T> { fn t(&self) -> T { match self { Self::A(t) | Self::B { t } => t.clone() } } fn into_b(self) -> Self { let (Self::A(t) | Self::B { t }) = self; Self::B { t } } }
//>
let mut u = U { a: 1 };
u.set(2);
u.a();
E::A(1).into_b().t();
//= U::set
//= U::a
//= E::into_b
//= E::t

//# h30_attributes_everywhere
/// Documented.
#[derive(Default)]
pub struct S;
/// An impl.
#[trace_type]
#[doc(hidden)]
#[allow(clippy::unused_self)]
#[cfg(all())]
impl S {
    #![allow(clippy::needless_pass_by_value)]
    /// A constant.
    #[doc(hidden)]
    pub const N: u8 = 1;
    /// A method.
    #[must_use]
    #[inline]
    pub fn a(&self) -> u8 { 1 }
    #[cfg(any())]
    pub fn b(&self) -> u8 { 2 }
    #[cfg(all())]
    #[track_caller]
    #[cold]
    pub fn b(&self) -> Result<u8, u8> { Err(3) }
    #[deprecated]
    #[expect(unused_variables)]
    pub fn c(&self, unused: u8) {}
    #[cfg_attr(all(), inline(never))]
    pub async fn d(&self) -> u8 { std::future::ready(1).await }
}
//>
let _ = (S.a(), S.b());
#[allow(deprecated)]
S.c(1);
block_on(S.d());
//= S::a
//= S::b error "3"
//= S::c
//= S::d

//# h32_own_attributes_win
struct S;
#[trace_type]
impl S { #[cfg_attr(all(), trace)] fn conditional(&self) {} #[trace_fn] fn by_name(&self) {} #[trace] async fn own(&self) -> u8 { std::future::ready(1).await } fn block(&self) {} }
//>
S.conditional();
S.by_name();
block_on(S.own());
S.block();
//= S::conditional
//= S::by_name
//= S::own
//= S::block

//# h34_where_clauses_and_hrtb
struct S<F>(F);
#[trace_type]
impl<F, R> S<F> where F: for<'a> Fn(&'a str) -> R, R: Into<u64>, for<'b> &'b str: AsRef<str> { fn run(&self, s: &str) -> u64 { (self.0)(s).into() } fn other<G>(&self, g: G) -> S<G> where G: Fn(&F) -> u8 { S(g) } }
//>
fn len(s: &str) -> u8 { s.len() as u8 }
let s = S(len as for<'a> fn(&'a str) -> u8);
s.run("a");
s.other(|_| 1);
//= S::run
//= S::other

//# h36_async_block
struct S(Vec<u8>);
#[trace_type]
impl S {
    async fn get(&self, i: usize) -> Result<u8, String> { std::future::ready(()).await; self.0.get(i).copied().ok_or_else(|| format!("no {i}")) }
    async fn sum(&mut self) -> Result<u8, String> { let n = self.get(0).await? + self.get(1).await?; self.0.clear(); Ok(n) }
    fn returned(&self) -> impl Future<Output = usize> + '_ { async move { self.0.len() } }
    fn boxed<'a>(&'a self) -> std::pin::Pin<Box<dyn Future<Output = Option<u8>> + Send + 'a>> { Box::pin(async move { self.get(0).await.ok() }) }
    const fn konst(&self) -> u8 { 1 }
}
//>
let mut s = S(vec![1]);
assert!(block_on(s.sum()).is_err());
drop((s.returned(), s.boxed()));
block_on(s.boxed());
//= S::sum error "no 1"
//=   S::get
//=   S::get error "no 1"
//= S::boxed
//=   S::get

//# h38_impl_with_impl_returns
struct S(Vec<u8>);
#[trace_type]
impl S { fn each<'a>(&'a mut self, f: impl Fn(&mut u8) + 'a) -> impl FnMut() + 'a { move || self.0.iter_mut().for_each(&f) } fn pick(&self) -> Result<impl Fn(usize) -> Option<u8> + '_, String> { if self.0.is_empty() { return Err("empty".into()); } Ok(|i| self.0.get(i).copied()) } }
//>
S(vec![1]).each(|n| *n += 1)();
assert!(S(vec![]).pick().is_err());
//= S::each
//= S::pick error "empty"

//# h40_several_blocks_and_specialised
struct G<T>(T);
#[trace_type] impl G<u8> { fn get(&self) -> u8 { self.0 } }
#[trace_type] impl G<&str> { fn get(&self) -> &str { self.0 } }
#[trace_type] impl<T> From<T> for G<T> { fn from(t: T) -> Self { G(t) } }
#[trace_type] impl<T: PartialEq<U>, U> PartialEq<G<U>> for G<T> { fn eq(&self, o: &G<U>) -> bool { self.0 == o.0 } }
//>
G(1).get();
G("a").get();
assert!(G::from(1) == G(1));
//= G::get
//= G::get
//= <G as From>::from
//= <G as PartialEq>::eq

//# h42_prelude_names_as_types
mod m {
    pub struct Option(pub u8); pub struct Result; pub struct Box; pub trait Fn { fn call(&self) -> u8; } pub struct Vec;
    #[trace_type] impl Option { pub fn some(&self) -> u8 { self.0 } pub async fn poll(&self) -> Result { ::std::future::ready(()).await; Result } }
    #[trace_type] impl Fn for Vec { fn call(&self) -> u8 { 1 } }
    #[trace_type] impl Drop for Box { fn drop(&mut self) {} }
}
//>
m::Option(1).some();
block_on(m::Option(1).poll());
m::Fn::call(&m::Vec);
drop(m::Box);
//= Option::some
//= Option::poll
//= <Vec as Fn>::call
//= <Box as Drop>::drop

//# h44_macro_made_blocks
macro_rules! newtype { ($(#[$m:meta])* $v:vis struct $n:ident($t:ty) { $($body:tt)* }) => { $(#[$m])* $v struct $n($t); #[trace_type] impl $n { $($body)* } #[trace] impl From<$t> for $n { fn from(t: $t) -> Self { Self(t) } } } }
newtype! { #[derive(Debug)] pub struct Id(u64) { fn next(&self) -> Result<Self, String> { Ok(Id(self.0.checked_add(1).ok_or("last")?)) } } }
//>
assert!(Id::from(u64::MAX).next().is_err());
//= <Id as From>::from
//= Id::next error "last"

//# h46_items_and_paths_of_every_form
#[trace]
pub mod m {
    pub mod types { #[derive(Clone)] pub struct S<'a>(pub &'a str); }
    impl<'a> types::S<'a> { pub fn text(&self) -> &'a str { self.0 } }
    impl self::tr::T for types::S<'_> { fn t(&self) -> ::core::result::Result<u8, std::convert::Infallible> { Ok(1) } }
    pub mod tr { pub trait T { fn t(&self) -> Result<u8, std::convert::Infallible>; fn d(&self) -> Result<u8, std::convert::Infallible> { self.t() } } }
    pub use tr::T as Renamed;
}
//>
use m::Renamed as _;
m::types::S("a").text();
let _ = m::types::S("a").d();
//= S::text
//= T::d
//=   <S as T>::t
