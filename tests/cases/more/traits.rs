//# g02_supertrait_default
trait Base { #[trace] fn base(&self) -> u8 { 1 } }
trait Sub: Base + std::fmt::Debug { #[trace] fn sub(&self) -> Result<u8, String> { let n = self.base(); Err(format!("{self:?}{n}")) } }
#[derive(Debug)]
struct S;
impl Base for S {}
impl Sub for S {}
//>
let s: Box<dyn Sub> = Box::new(S);
assert!(s.sub().is_err());
//= Sub::sub error "S1"
//=   Base::base

//# g04_generic_trait
trait Conv<A, B = u8> { fn conv(&self, a: A) -> B; #[trace] fn twice(&self, a: A) -> (B, B) where A: Clone { (self.conv(a.clone()), self.conv(a)) } }
struct S;
impl Conv<u8> for S { #[trace] fn conv(&self, a: u8) -> u8 { a } }
impl Conv<&str, String> for S { #[trace] fn conv(&self, a: &str) -> String { a.into() } }
//>
S.twice("a");
let _: u8 = S.conv(1);
//= Conv::twice
//=   <S as Conv>::conv
//=   <S as Conv>::conv
//= <S as Conv>::conv

//# g06_static_and_sized_defaults
trait T: Sized { const N: u8; #[trace] fn make() -> Option<Self> { None } #[trace] fn n() -> u8 { Self::N } #[trace] fn into_boxed(self) -> Box<Self> { Box::new(self) } }
struct S;
impl T for S { const N: u8 = 3; }
//>
S::make();
assert_eq!(S::n(), 3);
S.into_boxed();
//= T::make
//= T::n
//= T::into_boxed

//# g08_associated_types
trait Store { type Key: Copy; type Error: std::fmt::Display; fn get(&self, k: Self::Key) -> Result<u8, Self::Error>; #[trace] fn first(&self, k: Self::Key) -> Result<u8, Self::Error> { self.get(k)?; self.get(k) } }
struct S;
impl Store for S { type Key = u8; type Error = String; #[trace] fn get(&self, k: Self::Key) -> Result<u8, Self::Error> { if k == 0 { return Err("no key".into()); } Ok(k) } }
//>
assert!(S.first(0).is_err() && S.get(1).is_ok());
//= Store::first error "no key"
//=   <S as Store>::get error "no key"
//= <S as Store>::get

//# g10_deref_index_borrow
use std::ops::{Deref, DerefMut, Index, IndexMut};
struct S(Vec<u8>);
impl Deref for S { type Target = [u8]; #[trace] fn deref(&self) -> &Self::Target { &self.0 } }
impl DerefMut for S { #[trace] fn deref_mut(&mut self) -> &mut [u8] { &mut self.0 } }
impl Index<&str> for S { type Output = u8; #[trace] fn index(&self, s: &str) -> &u8 { &self.0[s.len()] } }
impl IndexMut<&str> for S { #[trace] fn index_mut(&mut self, s: &str) -> &mut u8 { &mut self.0[s.len()] } }
impl AsRef<[u8]> for S { #[trace] fn as_ref(&self) -> &[u8] { self } }
//>
let mut s = S(vec![1, 2]);
s.first();
s.reverse();
s["a"] += s[""];
s.as_ref();
//= <S as Deref>::deref
//= <S as DerefMut>::deref_mut
//= <S as Index>::index
//= <S as IndexMut>::index_mut
//= <S as AsRef>::as_ref
//=   <S as Deref>::deref

//# g12_operators
use std::ops::*;
#[derive(Clone, Copy, Debug)]
struct V(i8);
impl Sub for V { type Output = V; #[trace] fn sub(self, o: V) -> V { V(self.0 - o.0) } }
impl<'a> Mul<&'a V> for &V { type Output = Result<V, String>; #[trace] fn mul(self, o: &'a V) -> Self::Output { self.0.checked_mul(o.0).map(V).ok_or("overflow".into()) } }
impl Neg for V { type Output = Self; #[trace] fn neg(self) -> Self { Self(-self.0) } }
impl AddAssign<i8> for V { #[trace] fn add_assign(&mut self, n: i8) { self.0 += n; } }
impl PartialEq for V { #[trace] fn eq(&self, o: &Self) -> bool { self.0 == o.0 } }
impl PartialOrd for V { #[trace] fn partial_cmp(&self, o: &Self) -> Option<std::cmp::Ordering> { self.0.partial_cmp(&o.0) } }
impl Not for V { type Output = bool; #[trace] fn not(self) -> bool { self.0 == 0 } }
//>
let mut v = -(V(3) - V(1));
v += 100;
assert!((&v * &v).is_err() && !!v && v > V(0) && v == V(98));
//= <V as Sub>::sub
//= <V as Neg>::neg
//= <V as AddAssign>::add_assign
//= <V as Mul>::mul error "overflow"
//= <V as Not>::not
//= <V as PartialOrd>::partial_cmp
//= <V as PartialEq>::eq

//# g14_conversions
struct S(u8);
impl std::str::FromStr for S { type Err = std::num::ParseIntError; #[trace] fn from_str(s: &str) -> Result<Self, Self::Err> { Ok(Self(s.parse()?)) } }
impl TryFrom<i32> for S { type Error = &'static str; #[trace] fn try_from(n: i32) -> Result<Self, Self::Error> { u8::try_from(n).map(S).map_err(|_| "out of range") } }
impl From<S> for String { #[trace] fn from(s: S) -> Self { s.0.to_string() } }
impl Default for S { #[trace] fn default() -> Self { S(1) } }
impl Clone for S { #[trace] fn clone(&self) -> Self { S(self.0) } }
impl FromIterator<u8> for S { #[trace] fn from_iter<I: IntoIterator<Item = u8>>(i: I) -> Self { S(i.into_iter().sum()) } }
//>
assert!("x".parse::<S>().is_err() && S::try_from(300).is_err());
let _: String = S::default().clone().into();
let _: S = [1, 2].into_iter().collect();
//= <S as FromStr>::from_str error "invalid digit found in string"
//= <S as TryFrom>::try_from error "out of range"
//= <S as Default>::default
//= <S as Clone>::clone
//= <String as From>::from
//= <S as FromIterator>::from_iter

//# g16_generic_methods
trait Visit { fn visit<V: FnMut(u8) -> R, R>(&self, v: V) -> Vec<R>; #[trace] fn try_visit<E>(&self, mut v: impl FnMut(u8) -> Result<u8, E>) -> Result<u8, E> { let mut sum = 0; for n in self.visit(|n| n) { sum += v(n)?; } Ok(sum) } }
impl Visit for [u8] { #[trace] fn visit<V: FnMut(u8) -> R, R>(&self, v: V) -> Vec<R> { self.iter().copied().map(v).collect() } }
//>
assert!([1, 2][..].try_visit(|n| if n == 2 { Err("two") } else { Ok(n) }).is_err());
//= Visit::try_visit error
//=   <[u8] as Visit>::visit

//# g18_gat
trait Lend { type Item<'a> where Self: 'a; fn lend<'a>(&'a mut self) -> Option<Self::Item<'a>>; #[trace] fn all(&mut self) -> usize { let mut n = 0; while self.lend().is_some() { n += 1; } n } }
struct S(Vec<u8>, usize);
impl Lend for S { type Item<'a> = &'a mut [u8]; #[trace] fn lend<'a>(&'a mut self) -> Option<Self::Item<'a>> { self.1 += 1; self.0.get_mut(self.1 - 1..self.1 + 1) } }
//>
assert_eq!(S(vec![1, 2], 0).all(), 1);
//= Lend::all
//=   <S as Lend>::lend
//=   <S as Lend>::lend

//# g20_extension_traits
trait Ext { #[trace] fn ext(&self) -> u8 { 1 } }
impl<T> Ext for Vec<T> {}
impl Ext for str { #[trace] fn ext(&self) -> u8 { 2 } }
impl<T, const N: usize> Ext for [T; N] { #[trace] fn ext(&self) -> u8 { 3 } }
impl<A, B> Ext for (A, B) { #[trace] fn ext(&self) -> u8 { 4 } }
impl<R> Ext for fn(u8) -> R { #[trace] fn ext(&self) -> u8 { 5 } }
impl Ext for dyn std::any::Any { #[trace] fn ext(&self) -> u8 { 6 } }
impl Ext for *const u8 { #[trace] fn ext(&self) -> u8 { 7 } }
impl<T> Ext for Option<Box<T>> { #[trace] fn ext(&self) -> u8 { 8 } }
impl Ext for () { #[trace] fn ext(&self) -> u8 { 9 } }
//>
vec![1].ext();
"a".ext();
[1; 3].ext();
('a', 2).ext();
(u8::from as fn(u8) -> u8).ext();
let any: &dyn std::any::Any = &1;
Ext::ext(any);
std::ptr::null::<u8>().ext();
None::<Box<u8>>.ext();
().ext();
//= Ext::ext
//= <str as Ext>::ext
//= <[_; N] as Ext>::ext
//= <(_, _) as Ext>::ext
//= <fn(u8) -> _ as Ext>::ext
//= <dyn Any as Ext>::ext
//= <*const u8 as Ext>::ext
//= <Option as Ext>::ext
//= <() as Ext>::ext

//# g22_formatting_traits
use std::fmt;
struct S(Vec<u8>);
impl fmt::Display for S { #[trace] fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { for n in &self.0 { write!(f, "{n:x}")?; } Ok(()) } }
impl fmt::LowerHex for S { #[trace] fn fmt(&self, f: &mut fmt::Formatter) -> Result<(), fmt::Error> { fmt::Display::fmt(self, f) } }
impl fmt::Write for S { #[trace] fn write_str(&mut self, s: &str) -> fmt::Result { if s.is_empty() { return Err(fmt::Error); } self.0.extend(s.bytes()); Ok(()) } }
//>
use std::fmt::Write as _;
assert_eq!(format!("{:x}", S(vec![1, 15])), "1f");
let mut s = S(vec![]);
assert!(s.write_str("").is_err() && s.write_str("a").is_ok());
//= <S as LowerHex>::fmt
//=   <S as Display>::fmt
//= <S as Write>::write_str error "an error occurred when formatting an argument"
//= <S as Write>::write_str

//# g24_error_type_that_is_traced
#[derive(Debug)]
struct E(u8);
impl std::fmt::Display for E { #[trace] fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "E{}", self.0) } }
impl std::error::Error for E { #[trace] fn source(&self) -> Option<&(dyn std::error::Error + 'static)> { None } }
impl From<std::num::ParseIntError> for E { #[trace] fn from(_: std::num::ParseIntError) -> Self { E(1) } }
#[trace]
fn fails(s: &str) -> Result<u8, E> { Ok(s.parse::<u8>()?) }
//>
assert!(fails("x").is_err());
//= g24_error_type_that_is_traced::fails error "E1"
//=   <E as From>::from

//# g26_io_traits
use std::io::{self, BufRead as _, Read, Write};
struct S(u8);
impl Read for S { #[trace] fn read(&mut self, b: &mut [u8]) -> io::Result<usize> { if self.0 == 0 { return Err(io::Error::other("dry")); } self.0 -= 1; b[0] = b'a'; Ok(1) } }
impl Write for S { #[trace] fn write(&mut self, b: &[u8]) -> io::Result<usize> { Ok(b.len()) } #[trace] fn flush(&mut self) -> io::Result<()> { Err(io::ErrorKind::BrokenPipe.into()) } }
//>
let mut s = S(1);
assert!(s.read(&mut [0]).is_ok() && s.read(&mut [0]).is_err());
assert!(s.write_all(b"x").is_ok() && s.flush().is_err());
//= <S as Read>::read
//= <S as Read>::read error "dry"
//= <S as Write>::write
//= <S as Write>::flush error "broken pipe"

//# g28_iterators_by_hand
struct Down(u8);
impl Iterator for Down { type Item = Result<u8, String>; #[trace] fn next(&mut self) -> Option<Self::Item> { self.0 = self.0.checked_sub(1)?; if self.0 == 0 { return Some(Err("zero".into())); } Some(Ok(self.0)) } #[trace] fn size_hint(&self) -> (usize, Option<usize>) { (0, None) } }
impl DoubleEndedIterator for Down { #[trace] fn next_back(&mut self) -> Option<Result<u8, String>> { None } }
//>
let mut d = Down(2);
assert!(d.next().unwrap().is_ok() && d.next().unwrap().is_err() && d.next().is_none());
d.next_back();
//= <Down as Iterator>::next
//= <Down as Iterator>::next error "zero"
//= <Down as Iterator>::next
//= <Down as DoubleEndedIterator>::next_back

//# g30_futures_by_hand
use std::pin::Pin;
use std::task::{Context, Poll, ready};
struct F<X>(X, u8);
impl<X: Future<Output = u8> + Unpin> Future for F<X> { type Output = Result<u8, String>; #[trace] fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<u8, String>> { let n = ready!(Pin::new(&mut self.0).poll(cx)); self.1 += 1; if n == 0 { return Poll::Ready(Err("zero".into())); } if self.1 == 1 { return Poll::Pending; } Poll::Ready(Ok(n)) } }
struct R;
impl Future for R { type Output = u8; #[trace] fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> { Poll::Ready(2) } }
//>
assert!(block_on(F(R, 0)).is_ok());
assert!(block_on(F(std::future::ready(0), 0)).is_err());
//= <F as Future>::poll
//=   <R as Future>::poll
//= <F as Future>::poll
//=   <R as Future>::poll
//= <F as Future>::poll error "zero"

//# g32_trait_objects_and_generics
trait Shape { fn area(&self) -> u8; #[trace] fn scaled(&self, by: u8) -> u8 { self.area() * by } }
struct A;
struct B(Box<dyn Shape>);
impl Shape for A { #[trace] fn area(&self) -> u8 { 1 } }
impl Shape for B { #[trace] fn area(&self) -> u8 { self.0.area() + 1 } #[trace] fn scaled(&self, _: u8) -> u8 { 9 } }
impl<S: Shape + ?Sized> Shape for Box<S> { #[trace] fn area(&self) -> u8 { (**self).area() } }
//>
let all: [Box<dyn Shape>; 2] = [Box::new(A), Box::new(B(Box::new(A)))];
all[0].as_ref().scaled(2);
all[1].as_ref().scaled(2);
all[1].area();
//= Shape::scaled
//=   <A as Shape>::area
//= <B as Shape>::scaled
//= <Box as Shape>::area
//=   <B as Shape>::area
//=     <Box as Shape>::area
//=       <A as Shape>::area

//# g34_same_method_in_two_traits
trait A { fn go(&self) -> u8; }
trait B { fn go(&self) -> u8; }
struct S;
impl A for S { #[trace] fn go(&self) -> u8 { 1 } }
impl B for S { #[trace] fn go(&self) -> u8 { A::go(self) } }
impl S { #[trace] fn go(&self) -> u8 { B::go(self) } }
//>
S.go();
//= S::go
//=   <S as B>::go
//=     <S as A>::go

//# g36_rpit_in_traits
trait T { fn items(&self) -> impl Iterator<Item = &u8> + '_; fn text(&self) -> impl std::fmt::Display; #[trace] fn shown(&self) -> impl std::fmt::Display + use<'_, Self> where Self: Sized { self.text().to_string() } }
struct S(Vec<u8>);
impl T for S { #[trace] fn items(&self) -> impl Iterator<Item = &u8> + '_ { self.0.iter() } #[trace] fn text(&self) -> impl std::fmt::Display { self.items().count() } }
//>
assert_eq!(S(vec![1]).shown().to_string(), "1");
//= T::shown
//=   <S as T>::text
//=     <S as T>::items

//# g38_drop_and_hash_and_borrow
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
#[derive(PartialEq, Eq)]
struct K(u8);
impl Hash for K { #[trace] fn hash<H: Hasher>(&self, h: &mut H) { self.0.hash(h); } }
impl Drop for K { #[trace] fn drop(&mut self) {} }
//>
let mut set = HashSet::new();
set.insert(K(1));
drop(set);
//= <K as Hash>::hash
//= <K as Drop>::drop
