//# r02_io_result
use std::io;
#[trace]
fn f(p: &str) -> io::Result<u64> { if p.is_empty() { return Err(io::Error::new(io::ErrorKind::InvalidInput, "no path")); } let n = std::fs::metadata(p)?.len(); Ok(n) }
//>
assert!(f("").is_err() && f(".").is_ok());
//= r02_io_result::f error "no path"
//= r02_io_result::f

//# r04_fmt_result
use std::fmt::{self, Write};
#[trace]
fn f(w: &mut dyn Write, n: u8) -> fmt::Result { if n == 0 { return Err(fmt::Error); } write!(w, "{n}") }
//>
assert!(f(&mut String::new(), 1).is_ok() && f(&mut String::new(), 0).is_err());
//= r04_fmt_result::f
//= r04_fmt_result::f error "an error occurred when formatting an argument"

//# r06_box_dyn_error
type Boxed = Box<dyn std::error::Error + Send + Sync + 'static>;
#[trace]
fn f(s: &str) -> Result<u8, Box<dyn std::error::Error>> { let n: u8 = s.parse()?; if n == 0 { return Err("zero".into()); } if n == 1 { Err(Box::new(std::fmt::Error))?; } Ok(n) }
#[trace]
fn g(s: &str) -> Result<(), Boxed> { f(s).map(drop).map_err(|e| format!("g: {e}").into()) }
//>
assert!(f("1").is_err() && f("2").is_ok() && g("0").is_err());
//= r06_box_dyn_error::f error "an error occurred when formatting an argument"
//= r06_box_dyn_error::f
//= r06_box_dyn_error::g error "g: zero"
//=   r06_box_dyn_error::f error "zero"

//# r08_unit_error
#[trace]
fn f(b: bool) -> Result<(), ()> { if b { Err(()) } else { Ok(()) } }
#[trace]
fn g(b: bool) -> Result<u8, ()> { f(b)?; Ok(1) }
//>
assert!(f(false).is_ok() && g(true).is_err());
//= r08_unit_error::f
//= r08_unit_error::g error
//=   r08_unit_error::f error

//# r10_str_error
#[trace]
fn f(n: u8) -> Result<u8, &'static str> { match n { 0 => Err("zero"), 1 => Err(""), n => Ok(n) } }
#[trace]
fn borrowed<'a>(s: &'a str) -> Result<(), &'a str> { Err(&s[1..]) }
//>
let _ = (f(0), f(1), f(2), borrowed("abc"));
//= r10_str_error::f error "zero"
//= r10_str_error::f error
//= r10_str_error::f
//= r10_str_error::borrowed error "bc"

//# r12_debug_only
#[derive(Debug)]
struct E { code: u8 }
struct Nothing;
#[trace]
fn debug() -> Result<u8, E> { Err(E { code: 1 }) }
#[trace]
fn nothing() -> Result<u8, Nothing> { Err(Nothing)? }
#[trace]
fn bounded<E: std::fmt::Debug>(e: E) -> Result<u8, E> { Err(e) }
//>
let _ = (debug(), nothing(), bounded("not its Display"));
//= r12_debug_only::debug error
//= r12_debug_only::nothing error
//= r12_debug_only::bounded error

//# r14_alias_of_option_result
type Item = Option<Result<u8, String>>;
type Polled<T> = std::task::Poll<Result<T, String>>;
#[trace]
fn item(n: u8) -> Item { match n { 0 => None, 1 => Some(Err("one".into())), n => Some(Ok(n)) } }
#[trace]
fn polled(n: u8) -> Polled<u8> { if n == 0 { return std::task::Poll::Pending; } std::task::Poll::Ready(Err("ready".into())) }
//>
let _ = (item(0), item(1), item(2), polled(0), polled(1));
//= r14_alias_of_option_result::item
//= r14_alias_of_option_result::item error "one"
//= r14_alias_of_option_result::item
//= r14_alias_of_option_result::polled
//= r14_alias_of_option_result::polled error "ready"

//# r16_poll_result
use std::task::Poll;
#[trace]
fn f(n: u8) -> Poll<Result<u8, String>> { if n == 0 { return Poll::Pending; } let m: u8 = n.checked_sub(2).ok_or("one".to_string())?; Poll::Ready(Ok(m)) }
//>
let _ = (f(0), f(1), f(2));
//= r16_poll_result::f
//= r16_poll_result::f error "one"
//= r16_poll_result::f

//# r18_poll_option_result
use std::task::Poll;
#[trace]
fn f(n: u8) -> Poll<Option<Result<u8, std::fmt::Error>>> { match n { 0 => Poll::Pending, 1 => Poll::Ready(None), 2 => Poll::Ready(Some(Err(std::fmt::Error))), n => Poll::Ready(Some(Ok(n))) } }
//>
let _ = (f(0), f(1), f(2), f(3));
//= r18_poll_option_result::f
//= r18_poll_option_result::f
//= r18_poll_option_result::f error "an error occurred when formatting an argument"
//= r18_poll_option_result::f

//# r20_ok_may_hold_anything
#[trace]
fn option(n: u8) -> Result<Option<u8>, String> { let n = n.checked_sub(1).ok_or("zero")?; Ok((n > 0).then_some(n)) }
#[trace]
fn inner_err() -> Result<Result<u8, String>, String> { Ok(Err("inner".into())) }
#[trace]
fn tuple() -> (u8, Result<u8, String>) { (1, Err("in a tuple".into())) }
#[trace]
fn vec() -> Vec<Result<u8, String>> { vec![Err("in a vec".into())] }
//>
let _ = (option(0), option(1), inner_err(), tuple(), vec());
//= r20_ok_may_hold_anything::option error "zero"
//= r20_ok_may_hold_anything::option
//= r20_ok_may_hold_anything::inner_err
//= r20_ok_may_hold_anything::tuple
//= r20_ok_may_hold_anything::vec

//# r22_async_kinds
use std::ops::ControlFlow;
#[trace]
async fn boxed(s: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> { std::future::ready(()).await; Ok(s.parse()?) }
#[trace]
async fn option(n: u8) -> Option<Result<u8, &'static str>> { std::future::ready(()).await; if n == 0 { return Some(Err("zero")); } let n = n.checked_sub(1)?; Some(Ok(n)) }
#[trace]
async fn flow(n: u8) -> ControlFlow<String, u8> { std::future::ready(()).await; if n == 0 { ControlFlow::Break("stopped".to_string())? } ControlFlow::Continue(n) }
#[trace]
async fn generic<E>(e: E) -> Result<(), E> { std::future::ready(()).await; Err(e) }
//>
assert!(block_on(boxed("x")).is_err());
let _ = (block_on(option(0)), block_on(option(1)), block_on(flow(0)));
let _ = block_on(generic("e"));
//= r22_async_kinds::boxed error "invalid digit found in string"
//= r22_async_kinds::option error "zero"
//= r22_async_kinds::option
//= r22_async_kinds::flow
//= r22_async_kinds::generic error

//# r24_conversions_by_question
#[derive(Debug)]
enum E { Parse(std::num::ParseIntError), Io(std::io::Error) }
impl std::fmt::Display for E { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { match self { E::Parse(e) => write!(f, "parse: {e}"), E::Io(e) => write!(f, "io: {e}") } } }
impl std::error::Error for E {}
impl From<std::num::ParseIntError> for E { fn from(e: std::num::ParseIntError) -> Self { E::Parse(e) } }
impl From<std::io::Error> for E { fn from(e: std::io::Error) -> Self { E::Io(e) } }
#[trace]
fn f(s: &str) -> Result<usize, E> { if s == "io" { Err(std::io::Error::other("disk"))?; } Ok(s.parse::<usize>()?) }
//>
assert!(f("io").is_err() && f("x").is_err() && f("1").is_ok());
//= r24_conversions_by_question::f error "io: disk"
//= r24_conversions_by_question::f error "parse: invalid digit found in string"
//= r24_conversions_by_question::f

//# r26_impl_trait_error
#[trace]
fn f(n: u8) -> Result<u8, impl std::fmt::Display> { if n == 0 { return Err("zero"); } Ok(n) }
#[trace]
fn both(n: u8) -> Result<impl Fn() -> u8, impl std::error::Error> { if n == 0 { Err(std::fmt::Error) } else { Ok(move || n) } }
//>
assert!(f(0).is_err() && both(0).is_err() && both(1).is_ok());
//= r26_impl_trait_error::f error "zero"
//= r26_impl_trait_error::both error "an error occurred when formatting an argument"
//= r26_impl_trait_error::both

//# r28_smart_pointer_errors
use std::{borrow::Cow, rc::Rc, sync::Arc};
#[trace]
fn arc() -> Result<u8, Arc<dyn std::error::Error + Send + Sync>> { Err(Arc::new(std::fmt::Error)) }
#[trace]
fn rc() -> Result<u8, Rc<str>> { Err("rc".into()) }
#[trace]
fn cow(b: bool) -> Result<u8, Cow<'static, str>> { if b { Err("borrowed".into()) } else { Err(format!("own{}", "ed").into()) } }
#[trace]
fn boxed_str() -> Result<u8, Box<str>> { Err("boxed")? }
//>
let _ = (arc(), rc(), cow(true), cow(false), boxed_str());
//= r28_smart_pointer_errors::arc error "an error occurred when formatting an argument"
//= r28_smart_pointer_errors::rc error "rc"
//= r28_smart_pointer_errors::cow error "borrowed"
//= r28_smart_pointer_errors::cow error "owned"
//= r28_smart_pointer_errors::boxed_str error "boxed"

//# r30_mut_borrows
struct S { a: Vec<u8>, b: String }
#[trace]
fn split<'a>(s: &'a mut S, n: usize) -> Result<(&'a mut [u8], &'a mut String), &'a mut S> { if n > s.a.len() { return Err(s); } Ok((&mut s.a[..n], &mut s.b)) }
#[trace]
fn chain<'a>(v: &'a mut Vec<u8>, w: &'a mut Vec<u8>) -> Result<&'a mut u8, std::num::TryFromIntError> { let n = usize::try_from(-1 + i64::from(v[0]))?; Ok(if n < v.len() { &mut v[n] } else { &mut w[0] }) }
#[trace]
fn option<'a>(v: &'a mut [u8], w: &[u8]) -> Option<Result<&'a mut u8, String>> { let first = v.first_mut()?; if w.is_empty() { return Some(Err("empty".into())); } Some(Ok(first)) }
//>
let mut s = S { a: vec![1], b: String::new() };
assert!(split(&mut s, 1).is_ok() && split(&mut s, 2).is_err());
assert!(chain(&mut vec![1], &mut vec![]).is_ok() && chain(&mut vec![0], &mut vec![]).is_err());
let _ = (option(&mut [1], &[]), option(&mut [], &[]));
//= r30_mut_borrows::split
//= r30_mut_borrows::split error
//= r30_mut_borrows::chain
//= r30_mut_borrows::chain error "out of range integral type conversion attempted"
//= r30_mut_borrows::option error "empty"
//= r30_mut_borrows::option

//# r32_aliases
type Short = Result<(), &'static str>;
type Two<T, E = String> = Result<T, E>;
mod api { pub type Result<T = ()> = std::result::Result<T, Error>; #[derive(Debug)] pub struct Error(pub &'static str); impl std::fmt::Display for Error { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.0) } } }
type Fut<T> = std::pin::Pin<Box<dyn Future<Output = T>>>;
#[trace]
fn short() -> Short { Err("short") }
#[trace]
fn two(n: u8) -> Two<u8> { if n == 0 { return Err("two".into()); } Ok(n) }
#[trace]
fn module() -> api::Result { Err(api::Error("api")) }
#[trace]
async fn in_async(n: u8) -> Two<u8, api::Error> { std::future::ready(()).await; module()?; Ok(n) }
#[trace]
fn future() -> Fut<u8> { Box::pin(async move { 1 }) }
//>
let _ = (short(), two(0), two(1), block_on(in_async(1)), block_on(future()));
//= r32_aliases::short error "short"
//= r32_aliases::two error "two"
//= r32_aliases::two
//= r32_aliases::in_async error "api"
//=   r32_aliases::module error "api"
//= r32_aliases::future

//# r34_own_types_named_result_and_option
mod own { pub enum Result<T, E> { Ok(T), Err(E) } pub enum Option<T> { Some(T), None } pub struct Poll<T>(pub T); }
#[trace]
fn result(n: u8) -> own::Result<u8, String> { if n == 0 { return own::Result::Err("own".into()); } own::Result::Ok(n) }
#[trace]
fn option(n: u8) -> own::Option<u8> { if n == 0 { own::Option::None } else { own::Option::Some(n) } }
#[trace]
fn poll() -> own::Poll<Result<u8, String>> { own::Poll(Err("not ours".into())) }
//>
let _ = (result(0), result(1), option(0), poll());
//= r34_own_types_named_result_and_option::result
//= r34_own_types_named_result_and_option::result
//= r34_own_types_named_result_and_option::option
//= r34_own_types_named_result_and_option::poll

//# r36_option_and_flow
use std::ops::ControlFlow;
#[trace]
fn option(v: &[u8]) -> Option<&u8> { let n = v.first()?; v.get(usize::from(*n)) }
#[trace]
fn flow(v: &[i8]) -> ControlFlow<i8> { v.iter().try_for_each(|n| if *n < 0 { ControlFlow::Break(*n) } else { ControlFlow::Continue(()) }) }
#[trace]
fn flow_of_results(n: u8) -> ControlFlow<Result<u8, String>> { if n == 0 { return ControlFlow::Break(Err("not an error".into())); } ControlFlow::Continue(()) }
//>
let _ = (option(&[]), option(&[0]), flow(&[1, -1]), flow_of_results(0));
//= r36_option_and_flow::option
//= r36_option_and_flow::option
//= r36_option_and_flow::flow
//= r36_option_and_flow::flow_of_results

//# r38_coercions_in_ok
#[trace]
fn slice(v: &Vec<u8>) -> Result<&[u8], String> { Ok(v) }
#[trace]
fn dynamic(n: u8) -> Result<Box<dyn std::fmt::Display>, String> { if n == 0 { return Ok(Box::new("zero")); } if n == 1 { return Err("one".into()); } Ok(Box::new(n)) }
#[trace]
fn pointer(b: bool) -> Result<fn(u8) -> u8, u8> { if b { Ok(|n| n) } else { Err(1) } }
#[trace]
fn some_dyn() -> Option<Result<Box<dyn Fn() -> u8>, String>> { Some(Ok(Box::new(|| 1))) }
//>
assert!(slice(&vec![1]).is_ok());
let _ = (dynamic(0), dynamic(1), dynamic(2), pointer(true), pointer(false), some_dyn());
//= r38_coercions_in_ok::slice
//= r38_coercions_in_ok::dynamic
//= r38_coercions_in_ok::dynamic error "one"
//= r38_coercions_in_ok::dynamic
//= r38_coercions_in_ok::pointer
//= r38_coercions_in_ok::pointer error "1"
//= r38_coercions_in_ok::some_dyn

//# r40_collect_and_sum
#[trace]
fn all(v: &[&str]) -> Result<Vec<u8>, std::num::ParseIntError> { v.iter().map(|s| s.parse()).collect() }
#[trace]
fn sum(v: &[&str]) -> Result<u8, Box<dyn std::error::Error>> { Ok(v.iter().map(|s| s.parse::<u8>()).sum::<Result<u8, _>>()?) }
#[trace]
fn options(v: &[Option<u8>]) -> Option<Vec<u8>> { v.iter().copied().collect() }
//>
let _ = (all(&["1"]), all(&["x"]), sum(&["x"]), options(&[None]));
//= r40_collect_and_sum::all
//= r40_collect_and_sum::all error "invalid digit found in string"
//= r40_collect_and_sum::sum error "invalid digit found in string"
//= r40_collect_and_sum::options

//# r42_never_and_infallible
#[trace]
fn infallible(n: u8) -> Result<u8, std::convert::Infallible> { let n = u16::try_from(n)?; Ok(n as u8) }
#[trace]
fn empty() -> Result<std::convert::Infallible, String> { Err("always".into()) }
//>
let _ = (infallible(1), empty());
//= r42_never_and_infallible::infallible
//= r42_never_and_infallible::empty error "always"

//# r44_error_text
struct Long;
impl std::fmt::Display for Long { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "two\nlines, \"quoted\" and ünïcode") } }
struct Broken;
impl std::fmt::Display for Broken { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { Err(std::fmt::Error) } }
struct Panics;
impl std::fmt::Display for Panics { fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { panic!("in Display") } }
#[trace]
fn long() -> Result<(), Long> { Err(Long) }
#[trace]
fn broken() -> Result<(), Broken> { Err(Broken) }
#[trace]
fn panics() -> Result<(), Panics> { Err(Panics) }
//>
assert!(long().is_err() && broken().is_err() && panics().is_err());
//= r44_error_text::long error "two\nlines, \"quoted\" and ünïcode"
//= r44_error_text::broken error
//= r44_error_text::panics error

//# r46_result_in_generic_wrapper
#[trace]
fn nested<T, E: std::fmt::Display>(f: impl FnOnce() -> Result<Option<T>, E>) -> Result<T, Result<u8, E>> { match f() { Ok(Some(t)) => Ok(t), Ok(None) => Err(Ok(1)), Err(e) => Err(Err(e)) } }
#[trace]
fn by_ref<'a>(r: &'a Result<u8, String>) -> Result<&'a u8, &'a String> { r.as_ref() }
#[trace]
fn reference(r: &Result<u8, String>) -> &Result<u8, String> { r }
//>
let _ = nested(|| Ok::<Option<u8>, String>(None));
let e = Err("seen".to_string());
let _ = (by_ref(&e), reference(&e));
//= r46_result_in_generic_wrapper::nested error
//= r46_result_in_generic_wrapper::by_ref error "seen"
//= r46_result_in_generic_wrapper::reference
