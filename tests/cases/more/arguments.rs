//# b01_wildcard
#[trace]
fn wildcard(_: u32, _: Vec<u8>, _named: String) {}
//>
wildcard(1, vec![], String::new());
//= b01_wildcard::wildcard

//# b03_struct_pattern
struct P { x: u32, y: u32, s: String }
#[trace]
fn structs(P { x, y: why, .. }: P, P { s, .. }: P) -> String { format!("{x}{why}{s}") }
//>
assert_eq!(structs(P { x: 1, y: 2, s: String::new() }, P { x: 0, y: 0, s: "3".into() }), "123");
//= b03_struct_pattern::structs

//# b05_reference_pattern
#[trace]
fn refs(&x: &u32, &(a, ref b): &(u32, String)) -> usize { (x + a) as usize + b.len() }
//>
assert_eq!(refs(&1, &(2, "abc".into())), 6);
//= b05_reference_pattern::refs

//# b07_tuple_struct_pattern
struct W(Vec<u8>, u8);
#[trace]
fn newtype(W(mut v, n): W) -> Result<Vec<u8>, String> { v.push(n); if n == 0 { Err("zero")?; } Ok(v) }
//>
assert_eq!(newtype(W(vec![1], 2)).unwrap(), [1, 2]);
assert!(newtype(W(vec![], 0)).is_err());
//= b07_tuple_struct_pattern::newtype
//= b07_tuple_struct_pattern::newtype error "zero"

//# b09_raw_identifiers
#[trace]
fn r#match(r#type: u8, r#fn: u8) -> Result<u8, u8> { if r#type == 0 { return Err(r#fn); } Ok(r#type) }
#[trace]
async fn r#move(r#async: String) -> String { std::future::ready(()).await; r#async }
mod r#mod { #[trace] pub fn r#use() {} }
//>
let _ = (r#match(1, 2), r#match(0, 2));
block_on(r#move("a".into()));
r#mod::r#use();
//= b09_raw_identifiers::match
//= b09_raw_identifiers::match error "2"
//= b09_raw_identifiers::move
//= mod::use

//# b11_ref_bindings
#[trace]
fn bindings((ref a, ref mut b): (String, Vec<u8>), mut c: u8) -> usize { b.push(c); c += 1; a.len() + b.len() + usize::from(c) }
//>
assert_eq!(bindings(("a".into(), vec![]), 1), 4);
//= b11_ref_bindings::bindings

//# b13_nested_pattern
struct In { p: (u8, [u8; 3]) }
#[trace]
fn nested(In { p: (a, [b, rest @ ..]) }: In, [(c, _), (_, d)]: [(u8, u8); 2]) -> u8 { a + b + c + d + rest[1] }
//>
assert_eq!(nested(In { p: (1, [2, 0, 3]) }, [(4, 0), (0, 5)]), 15);
//= b13_nested_pattern::nested

//# b15_macro_block_fragment
macro_rules! mk { ($(#[$m:meta])* $n:ident, $b:block) => { $(#[$m])* #[trace] fn $n(n: u8) -> Result<u8, String> $b } }
mk! { #[inline] answer, { let x: u8 = "4".parse().map_err(|_| "no".to_string())?; Ok(x) } }
//>
assert_eq!(answer(1), Ok(4));
//= b15_macro_block_fragment::answer

//# b17_macro_fragments
macro_rules! mk { ($v:vis $n:ident<$l:lifetime>($($a:ident: $t:ty),* $(,)?) -> $r:ty = $e:expr) => { #[trace] $v fn $n<$l>($($a: $t),*) -> $r { $e } } }
mk!(pub(crate) length<'a>(a: &'a str, b: Option<&'a str>) -> Result<usize, &'a str> = match b { Some(b) => Err(b), None => Ok(a.len()) });
//>
assert!(length("a", None).is_ok() && length("a", Some("b")).is_err());
//= b17_macro_fragments::length
//= b17_macro_fragments::length error "b"

//# b19_macro_item_and_pat
macro_rules! mk { ($i:item) => { #[trace] $i } }
mk! { fn whole((a, b): (u8, u8)) -> u8 { a + b } }
macro_rules! with { ($p:pat, $t:ty, $l:literal) => { #[trace] fn patterned($p: $t) -> &'static str { $l } } }
with!((_, [..]), (u8, [u8; 2]), "text");
//>
assert_eq!(whole((1, 2)), 3);
patterned((1, [2, 3]));
//= b19_macro_item_and_pat::whole
//= b19_macro_item_and_pat::patterned

//# b21_macro_hygiene
macro_rules! mk { ($x:ident) => { #[trace] fn hygienic($x: u8) -> Result<u8, String> { let y = $x; let x = 1; let value = y + x; Ok(value) } } }
mk!(x);
//>
assert_eq!(hygienic(1), Ok(2));
//= b21_macro_hygiene::hygienic

//# b23_trailing_comma
#[trace]
fn trailing<'a, T,>(a: &'a T, b: u8,) -> u8 where T: Copy, u8: From<T>, { u8::from(*a) + b }
//>
assert_eq!(trailing(&true, 1), 2);
//= b23_trailing_comma::trailing

//# b25_slices_and_arrays
#[trace]
fn ends(&[a, .., z]: &[u8; 4], v: &mut [u8]) -> u8 { v[0] = a; z }
#[trace]
fn sum<const N: usize>(v: [u8; N]) -> u8 { v.iter().sum() }
//>
let mut v = [0];
assert_eq!((ends(&[1, 2, 3, 4], &mut v), sum([1, 2]), sum([])), (4, 3, 0));
//= b25_slices_and_arrays::ends
//= b25_slices_and_arrays::sum
//= b25_slices_and_arrays::sum

//# b27_arguments_named_like_paths
#[trace]
fn named(core: u8, std: u8, trace_runtime: u8, alloc: u8) -> Result<u8, u8> { if core == 0 { return Err(std); } Ok(trace_runtime + alloc) }
//>
assert!(named(0, 1, 2, 3).is_err());
//= b27_arguments_named_like_paths::named error "1"

//# b29_function_arguments
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn calls(f: fn(u8) -> u8, g: &dyn Fn(u8) -> u8, h: Box<dyn FnOnce(u8) -> u8 + '_>, i: &mut dyn FnMut(u8)) -> u8 { i(1); h(g(f(1))) }
//>
calls(leaf, &|n| leaf(n), Box::new(leaf), &mut |n| { leaf(n); });
//= b29_function_arguments::calls
//=   b29_function_arguments::leaf
//=   b29_function_arguments::leaf
//=   b29_function_arguments::leaf
//=   b29_function_arguments::leaf

//# b31_mutated_through
#[trace]
fn swap(a: &mut String, b: &mut String) -> Result<(), String> { if a == b { return Err("same".into()); } std::mem::swap(a, b); Ok(()) }
#[trace]
fn counter<'a>(mut v: &'a mut [u8]) -> Option<&'a mut u8> { v = v.get_mut(1..)?; v.first_mut() }
//>
assert!(swap(&mut "a".into(), &mut "b".into()).is_ok());
assert!(swap(&mut "a".into(), &mut "a".into()).is_err());
*counter(&mut [1, 2]).unwrap() += 1;
//= b31_mutated_through::swap
//= b31_mutated_through::swap error "same"
//= b31_mutated_through::counter

//# b33_attributes_on_arguments
#[trace]
fn attributes(#[cfg(all())] a: u8, #[cfg(any())] b: u8, #[allow(unused_mut)] mut c: u8, #[cfg_attr(all(), allow(unused))] d: u8) -> Result<u8, String> { if a == 0 { return Err("a".into()); } Ok(c) }
//>
assert!(attributes(0, 1, 2).is_err());
//= b33_attributes_on_arguments::attributes error "a"

//# b35_moved_and_borrowed
struct NoCopy(u8);
#[trace]
fn moves(a: NoCopy, b: &NoCopy, c: NoCopy) -> Result<NoCopy, (u8, NoCopy)> { if b.0 == 0 { return Err((a.0, c)); } let kept = a; std::mem::drop(c); Ok(kept) }
//>
assert!(moves(NoCopy(1), &NoCopy(0), NoCopy(2)).is_err());
assert!(moves(NoCopy(1), &NoCopy(1), NoCopy(2)).is_ok());
//= b35_moved_and_borrowed::moves error
//= b35_moved_and_borrowed::moves

//# b37_types_of_every_form
#[trace]
fn types(_: *const u8, _: [[u8; 2]; 2], _: (), _: &(dyn Send + Sync), _: <u8 as std::str::FromStr>::Err, _: (u8,)) -> ((), (u8,)) { ((), (1,)) }
//>
types(std::ptr::null(), [[0; 2]; 2], (), &1, "".parse::<u8>().unwrap_err(), (1,));
//= b37_types_of_every_form::types
