//# e01_self_value
#[derive(Clone, Copy)]
struct S(u8);
impl S { #[trace] fn value(self) -> u8 { self.0 } #[trace] fn explicit(self: Self) -> u8 { self.value() } #[trace] fn typed(self: S) -> S { self } }
//>
S(1).typed().explicit();
//= S::typed
//= S::explicit
//=   S::value

//# e03_self_mut_ref
struct S(Vec<u8>);
impl S { #[trace] fn push(&mut self, n: u8) -> &mut Self { self.0.push(n); self } #[trace] fn explicit(self: &mut Self) -> usize { self.0.len() } #[trace] fn first<'a>(&'a mut self) -> Option<&'a mut u8> { self.0.first_mut() } }
//>
let mut s = S(vec![]);
s.push(1).push(2).explicit();
*s.first().unwrap() += 1;
//= S::push
//= S::push
//= S::explicit
//= S::first

//# e05_self_box
struct S(String);
impl S { #[trace] fn boxed(self: Box<Self>) -> String { self.0 } #[trace] fn mutated(mut self: Box<Self>, c: char) -> Box<Self> { self.0.push(c); self } }
//>
assert_eq!(Box::new(S("a".into())).mutated('b').boxed(), "ab");
//= S::mutated
//= S::boxed

//# e07_self_pin
use std::pin::Pin;
struct S(u8);
impl S { #[trace] fn pinned(self: Pin<&mut Self>) -> Result<u8, String> { let this = self.get_mut(); this.0 += 1; if this.0 > 2 { return Err("full".into()); } Ok(this.0) } #[trace] fn shared(self: Pin<&Self>) -> &u8 { &self.get_ref().0 } #[trace] fn owned(self: Pin<Box<Self>>) -> u8 { self.0 } }
//>
let mut s = std::pin::pin!(S(1));
assert!(s.as_mut().pinned().is_ok() && s.as_mut().pinned().is_err());
s.as_ref().shared();
Box::pin(S(1)).owned();
//= S::pinned
//= S::pinned error "full"
//= S::shared
//= S::owned

//# e09_self_arc
use std::{rc::Rc, sync::Arc};
struct S(String);
impl S { #[trace] fn arc(self: Arc<Self>) -> Result<String, Arc<Self>> { Arc::try_unwrap(self).map(|s| s.0) } #[trace] fn ref_rc(self: &Rc<Self>) -> usize { Rc::strong_count(self) } #[trace] fn mut_arc(self: &mut Arc<Self>) -> Option<&mut String> { Some(&mut Arc::get_mut(self)?.0) } }
//>
let mut s = Arc::new(S("a".into()));
s.mut_arc().unwrap().push('b');
let t = s.clone();
assert!(s.mut_arc().is_none());
assert!(s.arc().is_err() && t.arc().is_ok());
Rc::new(S(String::new())).ref_rc();
//= S::mut_arc
//= S::mut_arc
//= S::arc error
//= S::arc
//= S::ref_rc

//# e11_self_destructured
struct S { a: String, b: Vec<u8>, c: u8 }
impl S { #[trace] fn parts(self) -> Result<(String, Vec<u8>), u8> { let Self { a, b, c } = self; if c == 0 { return Err(c); } Ok((a, b)) } #[trace] fn take(&mut self) -> Vec<u8> { let Self { b, .. } = self; std::mem::take(b) } }
//>
let mut s = S { a: "a".into(), b: vec![1], c: 0 };
s.take();
assert!(s.parts().is_err());
//= S::take
//= S::parts error "0"

//# e13_self_in_closures
struct S { a: Vec<u8>, b: u8 }
impl S { #[trace] fn leaf(&self) -> u8 { self.b } #[trace] fn sum(&self) -> u8 { self.a.iter().map(|n| n + self.leaf()).sum() } #[trace] fn into_sum(self) -> impl Fn() -> u8 { move || self.b } #[trace] fn add(&mut self) -> Result<u8, String> { let b = &mut self.b; self.a.iter().try_for_each(|n| { *b = b.checked_add(*n).ok_or("too many")?; Ok::<(), &str>(()) })?; Ok(*b) } }
//>
let mut s = S { a: vec![1, 2], b: 1 };
s.sum();
assert!(s.add().is_ok());
s.a.push(255);
assert!(s.add().is_err());
assert_eq!(s.into_sum()(), 7);
//= S::sum
//=   S::leaf
//=   S::leaf
//= S::add
//= S::add error "too many"
//= S::into_sum

//# e15_result_from_mut_self
struct S { v: Vec<String> }
impl S { #[trace] fn get(&mut self, i: usize) -> Result<&mut String, String> { if i > 9 { return Err("far".into()); } self.v.get_mut(i).ok_or_else(|| format!("no {i}")) } #[trace] fn iter(&mut self) -> Result<std::slice::IterMut<'_, String>, &str> { if self.v.is_empty() { Err("empty") } else { Ok(self.v.iter_mut()) } } #[trace] fn either<'a>(&'a mut self, other: &'a mut String) -> Result<&'a mut String, &'a str> { if other.is_empty() { return Ok(&mut self.v[0]); } Err(other) } }
//>
let mut s = S { v: vec!["a".into()] };
s.get(0).unwrap().push('b');
assert!(s.get(1).is_err() && s.get(10).is_err());
assert!(s.iter().is_ok());
assert!(s.either(&mut "e".into()).is_err());
//= S::get
//= S::get error "no 1"
//= S::get error "far"
//= S::iter
//= S::either error "e"

//# e17_no_self
struct S;
impl S { #[trace] fn new() -> Self { Self } #[trace] fn parse(s: &str) -> Result<Self, String> { if s.is_empty() { return Err("empty".into()); } Ok(Self::new()) } #[trace] fn option() -> Option<Self> { None } }
//>
assert!(S::parse("").is_err() && S::parse("a").is_ok());
S::option();
//= S::parse error "empty"
//= S::parse
//=   S::new
//= S::option

//# e19_generic_self
struct G<'a, T: ?Sized, const N: usize>(&'a T, [u8; N]);
impl<'a, T: ?Sized + AsRef<str>, const N: usize> G<'a, T, N> { #[trace] fn text(&self) -> &'a str { self.0.as_ref() } #[trace] fn nth(&self, n: usize) -> Result<u8, T::Owned> where T: ToOwned { self.1.get(n).copied().ok_or_else(|| self.0.to_owned()) } const fn neighbour() -> usize { N } }
//>
let g = G("a", [1]);
g.text();
assert!(g.nth(0).is_ok() && g.nth(1).is_err());
//= G::text
//= G::nth
//= G::nth error

//# e21_enum_methods
enum E { A(u8), B { n: u8 } }
impl E { #[trace] fn n(&self) -> u8 { match self { Self::A(n) | Self::B { n } => *n } } #[trace] fn flip(self) -> Self { match self { E::A(n) => E::B { n }, E::B { n } => E::A(n) } } }
//>
E::A(1).flip().n();
//= E::flip
//= E::n

//# e23_methods_as_paths
struct S(u8);
impl S { #[trace] fn get(&self) -> u8 { self.0 } #[trace] fn make(n: u8) -> S { S(n) } }
//>
let get: for<'a> fn(&'a S) -> u8 = S::get;
let sum: u8 = [1, 2].map(S::make).iter().map(S::get).sum();
get(&S(1));
//= S::make
//= S::make
//= S::get
//= S::get
//= S::get

//# e25_nested_modules_and_impls_apart
mod a { pub struct S; pub mod b { impl super::S { #[trace] pub fn apart(&self) -> u8 { 1 } } impl super::super::T for super::S { #[trace] fn t(&self) -> u8 { self.apart() } } } }
trait T { fn t(&self) -> u8; }
//>
a::S.t();
//= <S as T>::t
//=   S::apart

//# e27_recursion_through_self
struct Tree { n: u8, left: Option<Box<Tree>>, right: Option<Box<Tree>> }
impl Tree { #[trace] fn sum(&self) -> Result<u8, &'static str> { let side = |t: &Option<Box<Tree>>| t.as_ref().map_or(Ok(0), |t| t.sum()); if self.n == 0 { return Err("zero"); } Ok(self.n + side(&self.left)? + side(&self.right)?) } }
//>
let leaf = |n| Some(Box::new(Tree { n, left: None, right: None }));
assert_eq!(Tree { n: 1, left: leaf(2), right: leaf(3) }.sum(), Ok(6));
assert!(Tree { n: 1, left: leaf(0), right: leaf(3) }.sum().is_err());
//= Tree::sum
//=   Tree::sum
//=   Tree::sum
//= Tree::sum error "zero"
//=   Tree::sum error "zero"

//# e29_self_type_in_signature
struct S<T>(T);
impl<T: Clone> S<T> { #[trace] fn twice(&self) -> [Self; 2] where Self: Sized { [S(self.0.clone()), S(self.0.clone())] } #[trace] fn merge<U>(self, other: S<U>) -> S<(T, U)> { S((self.0, other.0)) } #[trace] fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<S<U>, E> { f(self.0).map(S) } }
//>
S(1).twice();
S(1).merge(S("a"));
assert!(S(1).try_map(|_| Err::<u8, _>("e")).is_err());
//= S::twice
//= S::merge
//= S::try_map error
