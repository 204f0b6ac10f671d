//# s01_iterator_is_lazy
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn items(n: u8) -> impl Iterator<Item = u8> { leaf(100); (0..n).map(leaf) }
//>
assert_eq!(items(2).sum::<u8>(), 1);
leaf(9);
//= s01_iterator_is_lazy::items
//=   s01_iterator_is_lazy::leaf
//=   s01_iterator_is_lazy::leaf
//=   s01_iterator_is_lazy::leaf
//= s01_iterator_is_lazy::leaf

//# s02_iterator_ends_or_is_dropped
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn items<'a>(v: &'a [u8]) -> impl Iterator<Item = u8> + 'a { v.iter().map(|n| leaf(*n)) }
//>
let mut all = items(&[1]);
assert_eq!((all.next(), all.next()), (Some(1), None));
leaf(2);
let mut some = items(&[1, 2, 3]);
some.next();
drop(some);
drop(items(&[]));
//= s02_iterator_ends_or_is_dropped::items
//=   s02_iterator_ends_or_is_dropped::leaf
//= s02_iterator_ends_or_is_dropped::leaf
//= s02_iterator_ends_or_is_dropped::items
//=   s02_iterator_ends_or_is_dropped::leaf
//= s02_iterator_ends_or_is_dropped::items

//# s03_double_ended_exact_size
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn items(n: u8) -> impl DoubleEndedIterator<Item = u8> + ExactSizeIterator + Send { (0..n).map(leaf) }
//>
let mut items = items(3);
assert_eq!((items.len(), items.next(), items.next_back(), items.len()), (3, Some(0), Some(2), 1));
drop(items);
//= s03_double_ended_exact_size::items
//=   s03_double_ended_exact_size::leaf
//=   s03_double_ended_exact_size::leaf

//# s04_fused_and_marked
#[trace]
fn leaf(n: &u8) -> u8 { *n }
#[trace]
fn items<'v>(v: &'v Vec<u8>) -> impl std::iter::FusedIterator<Item = u8> + Send + Sync + Unpin + use<'v> { v.iter().map(leaf) }
//>
fn all<T: Send + Sync + Unpin>(t: T) -> T { t }
assert_eq!(all(items(&vec![1, 2])).count(), 2);
//= s04_fused_and_marked::items
//=   s04_fused_and_marked::leaf
//=   s04_fused_and_marked::leaf

//# s05_iterator_of_results
#[trace]
fn parse(s: &str) -> Result<u8, std::num::ParseIntError> { s.parse() }
#[trace]
fn items<'a>(v: &'a [&'a str]) -> impl Iterator<Item = Result<u8, std::num::ParseIntError>> + 'a { v.iter().map(|s| parse(s)) }
//>
assert!(items(&["1", "x"]).collect::<Result<Vec<_>, _>>().is_err());
//= s05_iterator_of_results::items
//=   s05_iterator_of_results::parse
//=   s05_iterator_of_results::parse error "invalid digit found in string"

//# s06_method_iterators
#[trace]
fn leaf(n: u8) -> u8 { n }
struct S(Vec<u8>);
#[trace_type]
impl S { fn iter(&self) -> impl DoubleEndedIterator<Item = &u8> + '_ { self.0.iter() } fn drain(&mut self) -> impl Iterator<Item = u8> + '_ { self.0.drain(..).map(leaf) } }
impl IntoIterator for S { type Item = u8; type IntoIter = std::vec::IntoIter<u8>; #[trace] fn into_iter(self) -> Self::IntoIter { self.0.into_iter() } }
//>
let mut s = S(vec![1, 2]);
assert_eq!(s.iter().rev().next(), Some(&2));
s.drain().for_each(drop);
for _ in s {}
//= S::iter
//= S::drain
//=   s06_method_iterators::leaf
//=   s06_method_iterators::leaf
//= <S as IntoIterator>::into_iter

//# s07_nested_iterators
#[trace]
fn inner(n: u8) -> impl Iterator<Item = u8> { 0..n }
#[trace]
fn outer(n: u8) -> impl Iterator<Item = u8> { (0..n).flat_map(inner) }
//>
assert_eq!(outer(3).count(), 3);
//= s07_nested_iterators::outer
//=   s07_nested_iterators::inner
//=   s07_nested_iterators::inner
//=   s07_nested_iterators::inner

//# s08_iterator_with_early_return
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn items(n: u8) -> impl Iterator<Item = u8> { let end = if n > 3 { 3 } else { n }; if n == 9 { return (0..end).map(leaf as fn(u8) -> u8); } (1..end).map(leaf as fn(u8) -> u8) }
//>
items(9).last();
items(2).last();
//= s08_iterator_with_early_return::items
//=   s08_iterator_with_early_return::leaf
//=   s08_iterator_with_early_return::leaf
//=   s08_iterator_with_early_return::leaf
//= s08_iterator_with_early_return::items
//=   s08_iterator_with_early_return::leaf

//# s09_iterator_panics
#[trace]
fn items(n: u8) -> impl Iterator<Item = u8> { assert!(n > 0); (0..n).map(|n| if n == 1 { panic!("one") } else { n }) }
//>
caught(|| items(0).count());
caught(|| items(2).count());
//= s09_iterator_panics::items panic
//= s09_iterator_panics::items panic

//# s10_unknown_bounds_end_at_return
trait Named { fn name(&self) -> u8; }
impl<I: Iterator> Named for I { fn name(&self) -> u8 { 1 } }
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn cloned(n: u8) -> impl Iterator<Item = u8> + Clone { (0..n).map(leaf) }
#[trace]
fn named(n: u8) -> impl Iterator<Item = u8> + Named { (0..n).map(leaf) }
#[trace]
fn boxed(n: u8) -> Box<dyn Iterator<Item = u8>> { Box::new((0..n).map(leaf)) }
//>
cloned(1).clone().count();
named(1).count();
boxed(1).count();
//= s10_unknown_bounds_end_at_return::cloned
//= s10_unknown_bounds_end_at_return::leaf
//= s10_unknown_bounds_end_at_return::named
//= s10_unknown_bounds_end_at_return::leaf
//= s10_unknown_bounds_end_at_return::boxed
//= s10_unknown_bounds_end_at_return::leaf

//# s11_stream_with_prework
use std::pin::Pin;
use std::task::{Context, Poll};
struct Down(u8);
impl futures_core::Stream for Down { type Item = u8; fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<u8>> { if self.0 % 2 == 1 { self.0 -= 1; cx.waker().wake_by_ref(); return Poll::Pending; } if self.0 == 0 { return Poll::Ready(None); } leaf(self.0); self.0 -= 1; Poll::Ready(Some(self.0)) } }
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn stream(n: u8) -> impl futures_core::Stream<Item = u8> + Send + Unpin { leaf(n); Down(n) }
//>
assert_eq!(collect(stream(4)), [3, 1]);
drop(stream(0));
leaf(0);
//= s11_stream_with_prework::stream
//=   s11_stream_with_prework::leaf
//=   s11_stream_with_prework::leaf
//=   s11_stream_with_prework::leaf
//= s11_stream_with_prework::stream
//=   s11_stream_with_prework::leaf
//= s11_stream_with_prework::leaf

//# s12_stream_short_path
use futures_core::Stream;
struct Once<T>(Option<T>);
impl<T: Unpin> Stream for Once<T> { type Item = T; fn poll_next(mut self: std::pin::Pin<&mut Self>, _: &mut std::task::Context<'_>) -> std::task::Poll<Option<T>> { leaf(); std::task::Poll::Ready(self.0.take()) } }
#[trace]
fn leaf() {}
#[trace]
fn once<'a, T: Unpin + 'a>(t: &'a T) -> impl Stream<Item = &'a T> + use<'a, T> { Once(Some(t)) }
//>
assert_eq!(collect(once(&1)), [&1]);
//= s12_stream_short_path::once
//=   s12_stream_short_path::leaf
//=   s12_stream_short_path::leaf

//# s13_iterator_in_apit_and_out
#[trace]
fn leaf(n: &u8) -> u8 { *n }
#[trace]
fn evens<'a, I>(items: I) -> impl Iterator<Item = u8> + use<'a, I> where I: IntoIterator<Item = &'a u8> { items.into_iter().map(leaf).filter(|n| n % 2 == 0) }
//>
assert_eq!(evens(&[1, 2]).collect::<Vec<_>>(), [2]);
//= s13_iterator_in_apit_and_out::evens
//=   s13_iterator_in_apit_and_out::leaf
//=   s13_iterator_in_apit_and_out::leaf

//# s14_from_fn_and_successors
#[trace]
fn leaf(n: u8) -> u8 { n + 1 }
#[trace]
fn count_to(n: u8) -> impl Iterator<Item = u8> { let mut at = 0; std::iter::from_fn(move || { if at == n { return None; } at = leaf(at); Some(at) }) }
//>
assert_eq!(count_to(2).collect::<Vec<_>>(), [1, 2]);
//= s14_from_fn_and_successors::count_to
//=   s14_from_fn_and_successors::leaf
//=   s14_from_fn_and_successors::leaf

//# s15_iterator_that_outlives_a_span
#[trace]
fn leaf(n: u8) -> u8 { n }
#[trace]
fn items() -> impl Iterator<Item = u8> + Send { (0..2).map(leaf) }
#[trace]
fn makes() -> impl Iterator<Item = u8> + Send { items() }
#[trace]
fn uses(mut i: impl Iterator<Item = u8>) -> u8 { leaf(7); i.next().unwrap_or(0) }
//>
let items = makes();
uses(items);
//= s15_iterator_that_outlives_a_span::makes
//=   s15_iterator_that_outlives_a_span::items
//=     s15_iterator_that_outlives_a_span::leaf
//= s15_iterator_that_outlives_a_span::uses
//=   s15_iterator_that_outlives_a_span::leaf

//# s16_the_consumer_is_outside
#[trace]
fn leaf() {}
#[trace]
fn items() -> impl DoubleEndedIterator<Item = u8> { 0..1 }
#[trace]
fn eats() -> usize { items().for_each(|_| leaf()); for _ in items() { leaf(); } items().rev().for_each(|_| leaf()); items().size_hint().0 }
//>
assert_eq!(eats(), 1);
//= s16_the_consumer_is_outside::eats
//=   s16_the_consumer_is_outside::items
//=   s16_the_consumer_is_outside::leaf
//=   s16_the_consumer_is_outside::items
//=   s16_the_consumer_is_outside::leaf
//=   s16_the_consumer_is_outside::items
//=   s16_the_consumer_is_outside::leaf
//=   s16_the_consumer_is_outside::items
