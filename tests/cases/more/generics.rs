//# c01_plain
#[trace]
fn plain<T>(t: T) -> T { t }
//>
plain(1u8);
plain("a");
plain::<Vec<u8>>(vec![]);
//= c01_plain::plain
//= c01_plain::plain
//= c01_plain::plain

//# c03_where_clause
#[trace]
fn clause<T, U>(t: &T) -> Result<U, <U as TryFrom<u32>>::Error> where T: ?Sized + AsRef<[u32]>, U: TryFrom<u32>, { U::try_from(t.as_ref()[0]) }
//>
assert_eq!(clause::<_, u8>(&[1]), Ok(1));
assert!(clause::<_, u8>(&vec![256]).is_err());
//= c03_where_clause::clause
//= c03_where_clause::clause error

//# c05_const_generics
#[trace]
fn grow<T: Copy + Default, const N: usize, const B: bool>(v: [T; N]) -> Result<[T; N], [T; N]> { if B { Err(v) } else { Ok(v) } }
//>
assert!(grow::<_, 2, true>([1, 2]).is_err());
assert!(grow::<_, 0, false>([0u8; 0]).is_ok());
//= c05_const_generics::grow error
//= c05_const_generics::grow

//# c07_lifetimes
#[trace]
fn lifetimes<'a: 'b, 'b>(a: &'a str, b: &'b str) -> &'b str { if a.is_empty() { b } else { a } }
#[trace]
fn of_static(s: &'static str) -> Result<&'static str, &'static str> { Err(s) }
//>
lifetimes("", "b");
let _ = of_static("e");
//= c07_lifetimes::lifetimes
//= c07_lifetimes::of_static error "e"

//# c09_unsized
#[trace]
fn shown<T: ?Sized + std::fmt::Debug>(t: &T) -> String { format!("{t:?}") }
//>
assert_eq!(shown("a") + &shown(&[1u8][..]), "\"a\"[1]");
//= c09_unsized::shown
//= c09_unsized::shown

//# c11_dyn_in_and_out
#[trace]
fn dynamic<'a>(d: &'a dyn std::fmt::Display, e: &'a mut (dyn Iterator<Item = u8> + 'a)) -> Box<dyn Iterator<Item = u8> + 'a> { let _ = d; Box::new(e.map(|n| n + 1)) }
//>
assert_eq!(dynamic(&1, &mut [1, 2].into_iter()).sum::<u8>(), 5);
//= c11_dyn_in_and_out::dynamic

//# c13_nested_apit
#[trace]
fn joined(items: impl IntoIterator<Item = impl std::fmt::Display>, f: impl Fn(&str) -> Result<String, String> + Copy) -> Result<String, String> { let mut all = String::new(); for item in items { all += &f(&item.to_string())?; } Ok(all) }
//>
assert!(joined([1, 2], |s| Ok(s.into())).is_ok());
assert!(joined(["a"], |s| Err(s.into())).is_err());
//= c13_nested_apit::joined
//= c13_nested_apit::joined error "a"

//# c15_impl_out
#[trace]
fn shown<'a>(s: &'a str) -> impl std::fmt::Display + 'a { s }
#[trace]
fn captures_nothing(_: &str) -> impl Clone + use<> { 1 }
#[trace]
fn pair() -> (impl Fn() -> u8, impl std::fmt::Debug) { (|| 1, 2) }
//>
shown("a").to_string();
let kept = { let text = String::new(); captures_nothing(&text) };
pair().0();
//= c15_impl_out::shown
//= c15_impl_out::captures_nothing
//= c15_impl_out::pair

//# c17_closures_out
#[trace]
fn composed<A, B, C>(f: impl Fn(A) -> B, g: impl Fn(B) -> C) -> impl Fn(A) -> C { move |a| g(f(a)) }
#[trace]
fn counter() -> impl FnMut() -> u8 + Send { let mut n = 0; move || { n += 1; n } }
#[trace]
fn once(s: String) -> impl FnOnce() -> String { || s }
//>
assert_eq!(composed(|a: u8| a + 1, |b| b * 2)(1), 4);
let mut count = counter();
count();
assert_eq!((count(), once("a".into())().len()), (2, 1));
//= c17_closures_out::composed
//= c17_closures_out::counter
//= c17_closures_out::once

//# c19_associated_types
trait Shape { type Out: Default; const N: usize; fn out(&self) -> Self::Out; }
struct S;
impl Shape for S { type Out = u8; const N: usize = 3; fn out(&self) -> u8 { 2 } }
#[trace]
fn associated<T: Shape<Out: Copy>>(t: &T) -> (T::Out, usize) { (t.out(), T::N) }
#[trace]
fn equal<I>(i: I) -> Option<<I as IntoIterator>::Item> where I: IntoIterator, I::Item: PartialEq<u8> { i.into_iter().find(|n| *n == 2) }
//>
assert_eq!(associated(&S), (2, 3));
assert_eq!(equal([1, 2]), Some(2));
//= c19_associated_types::associated
//= c19_associated_types::equal

//# c21_higher_ranked
#[trace]
fn ranked(f: &dyn for<'a> Fn(&'a str) -> &'a str, g: impl for<'a, 'b> Fn(&'a u8, &'b u8) -> bool) -> bool { f("a") == "a" && g(&1, &1) }
#[trace]
fn clause<F>(f: F) -> Result<usize, String> where for<'a> F: Fn(&'a mut Vec<u8>) -> Result<&'a mut u8, String> { let mut v = vec![1]; *f(&mut v)? = 2; Ok(v.len()) }
//>
ranked(&|s| s, |a, b| a == b);
assert!(clause(|v| v.first_mut().ok_or_else(|| "empty".into())).is_ok());
assert!(clause(|_| Err("refused".into())).is_err());
//= c21_higher_ranked::ranked
//= c21_higher_ranked::clause
//= c21_higher_ranked::clause error "refused"

//# c23_elided_in_paths
use std::borrow::Cow;
#[trace]
fn cow(s: &str) -> Cow<'_, str> { if s.is_empty() { return Cow::Owned("none".into()); } s.into() }
#[trace]
fn or_error(s: &str) -> Result<Cow<'_, str>, Cow<'_, str>> { if s.is_empty() { Err(Cow::Borrowed("none")) } else { Ok(s.into()) } }
//>
cow("");
let _ = (or_error("a"), or_error(""));
//= c23_elided_in_paths::cow
//= c23_elided_in_paths::or_error
//= c23_elided_in_paths::or_error error "none"

//# c25_turbofish_only
#[trace]
fn made<T: Default, const N: usize>() -> Vec<T> { (0..N).map(|_| T::default()).collect() }
#[trace]
fn size<T>() -> usize { std::mem::size_of::<T>() }
//>
assert_eq!(made::<String, 3>().len(), 3);
assert_eq!(size::<[u8; 4]>(), 4);
//= c25_turbofish_only::made
//= c25_turbofish_only::size

//# c27_generic_not_debug_not_clone
struct Opaque<T>(T);
#[trace]
fn opaque<T, E>(o: Opaque<T>, f: impl FnOnce(T) -> Result<T, E>) -> Result<Opaque<T>, E> { Ok(Opaque(f(o.0)?)) }
//>
assert!(opaque(Opaque(1), |_| Err::<u8, _>("e")).is_err());
assert!(opaque(Opaque(1), Ok::<_, ()>).is_ok());
//= c27_generic_not_debug_not_clone::opaque error
//= c27_generic_not_debug_not_clone::opaque

//# c29_result_of_generic
#[trace]
fn displayed<E: std::fmt::Display>(e: E) -> Result<(), E> { Err(e) }
#[trace]
fn is_error<E: std::error::Error>(e: E) -> Result<(), E> { Err(e) }
//>
let _ = displayed("shown");
let _ = is_error(std::fmt::Error);
//= c29_result_of_generic::displayed error "shown"
//= c29_result_of_generic::is_error error "an error occurred when formatting an argument"

//# c31_pointers_to_generic_functions
#[trace]
fn id<T>(t: T) -> T { t }
//>
let f: fn(u8) -> u8 = id;
[1, 2].map(f);
let _ = Some("a").map(id);
//= c31_pointers_to_generic_functions::id
//= c31_pointers_to_generic_functions::id
//= c31_pointers_to_generic_functions::id

//# c33_recursive_generic
#[trace]
fn depth<T: Copy>(t: T, n: u8) -> Result<u8, T> { if n == 0 { return Err(t); } depth(t, n - 1) }
//>
assert!(depth("e", 1).is_err());
//= c33_recursive_generic::depth error
//=   c33_recursive_generic::depth error

//# c35_nested_in_generic
#[trace]
fn outer<T: Into<u32>>(t: T) -> u32 { #[trace] fn inner<U: Copy>(u: U) -> U { u } inner(t.into()) }
//>
outer(1u8);
//= c35_nested_in_generic::outer
//=   outer::inner
