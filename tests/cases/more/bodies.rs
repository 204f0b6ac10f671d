//# a02_return_in_loop
#[trace]
fn find(v: &[u32], n: u32) -> Option<usize> { for (i, x) in v.iter().enumerate() { if *x == n { return Some(i); } } None }
//>
assert_eq!((find(&[1, 2], 2), find(&[], 1)), (Some(1), None));
//= a02_return_in_loop::find
//= a02_return_in_loop::find

//# a04_question_in_closure
#[trace]
fn sum(v: &[&str]) -> Result<i32, std::num::ParseIntError> { let parse = |s: &str| -> Result<i32, std::num::ParseIntError> { Ok(s.parse::<i32>()? + 1) }; v.iter().map(|s| parse(s)).sum() }
//>
assert_eq!(sum(&["1", "2"]), Ok(5));
assert!(sum(&["1", "x"]).is_err());
//= a04_question_in_closure::sum
//= a04_question_in_closure::sum error "invalid digit found in string"

//# a06_let_else
#[trace]
fn let_else(s: Option<&str>) -> Result<usize, &'static str> { let Some(s) = s else { return Err("nothing") }; let [a, ..] = s.as_bytes() else { return Err("empty") }; Ok(usize::from(*a)) }
//>
let _ = (let_else(None), let_else(Some("")), let_else(Some("a")));
//= a06_let_else::let_else error "nothing"
//= a06_let_else::let_else error "empty"
//= a06_let_else::let_else

//# a08_labelled_block
#[trace]
fn labelled(n: u32) -> u32 { 'found: { if n > 3 { break 'found 1; } if n > 1 { break 'found 2; } 3 } }
//>
assert_eq!((labelled(9), labelled(2), labelled(0)), (1, 2, 3));
//= a08_labelled_block::labelled
//= a08_labelled_block::labelled
//= a08_labelled_block::labelled

//# a10_closure_returned
#[trace]
fn leaf() {}
#[trace]
fn adder(n: u32) -> impl Fn(u32) -> u32 { move |x| { leaf(); x + n } }
//>
let add = adder(2);
assert_eq!(add(1), 3);
//= a10_closure_returned::adder
//= a10_closure_returned::leaf

//# a12_coerce_fn_pointer
#[trace]
fn pick(b: bool) -> fn(u32) -> u32 { if b { |x| x } else { |x| x + 1 } }
//>
assert_eq!((pick(true)(1), pick(false)(1)), (1, 2));
//= a12_coerce_fn_pointer::pick
//= a12_coerce_fn_pointer::pick

//# a14_tail_match_on_lock
#[trace]
fn tail_match(m: &std::sync::Mutex<Option<u32>>) -> u32 { match *m.lock().unwrap() { Some(ref n) => *n, None => 0 } }
//>
assert_eq!(tail_match(&std::sync::Mutex::new(Some(4))), 4);
//= a14_tail_match_on_lock::tail_match

//# a16_todo_in_branch
#[trace]
fn later(b: bool) -> Result<impl Sized, String> { if b { todo!() } Ok(1) }
//>
assert!(later(false).is_ok());
caught(|| later(true));
//= a16_todo_in_branch::later
//= a16_todo_in_branch::later panic

//# a18_inner_attributes
#[trace]
fn inner() -> Result<u8, u8> {
    #![allow(unused_variables, unused_mut)]
    #![allow(clippy::needless_return)]
    let mut x = 1;
    return Ok(x);
}
//>
assert_eq!(inner(), Ok(1));
//= a18_inner_attributes::inner

//# a20_items_in_body
#[trace]
fn items() -> usize { use std::collections::BTreeMap as Map; static K: usize = 2; type M = Map<u8, u8>; enum E { A } macro_rules! two { () => { K } } let _ = (M::new(), E::A); two!() }
//>
assert_eq!(items(), 2);
//= a20_items_in_body::items

//# a22_unit_result
#[trace]
fn unit(s: &str) -> Result<(), std::num::ParseFloatError> { s.parse::<f64>()?; Ok(()) }
//>
assert!(unit("1.5").is_ok() && unit("x").is_err());
//= a22_unit_result::unit
//= a22_unit_result::unit error "invalid float literal"

//# a24_macro_tail
#[trace]
fn formatted(n: u8) -> String { format!("{n:>3}") }
#[trace]
fn list() -> Vec<u8> { vec![1; 3] }
#[trace]
fn matched(n: u8) -> bool { matches!(n, 1..=3) }
//>
assert_eq!((&*formatted(1), list().len(), matched(2)), ("  1", 3, true));
//= a24_macro_tail::formatted
//= a24_macro_tail::list
//= a24_macro_tail::matched

//# a26_break_value_and_question
#[trace]
fn first_number(v: &[&str]) -> Result<u32, String> { let mut i = 0; let n = loop { let s = v.get(i).ok_or_else(|| format!("no number in {}", v.len()))?; if let Ok(n) = s.parse() { break n; } i += 1; }; Ok(n) }
//>
assert_eq!(first_number(&["x", "2"]), Ok(2));
assert!(first_number(&["x"]).is_err());
//= a26_break_value_and_question::first_number
//= a26_break_value_and_question::first_number error "no number in 1"

//# a28_locals_named_like_ours
#[trace]
fn locals(n: u32) -> Result<u32, String> { let guard = n; let value = guard; let span = value; let fields = span; let result = fields; if n == 0 { return Err("zero".into()); } Ok(result) }
//>
assert!(locals(1).is_ok() && locals(0).is_err());
//= a28_locals_named_like_ours::locals
//= a28_locals_named_like_ours::locals error "zero"

//# a30_nested_traced_fn
#[trace]
fn outer() -> u32 { #[trace] fn inner() -> u32 { #[trace] fn innermost() -> u32 { 1 } innermost() } inner() + inner() }
//>
assert_eq!(outer(), 2);
//= a30_nested_traced_fn::outer
//=   outer::inner
//=     inner::innermost
//=   outer::inner
//=     inner::innermost

//# a32_mutual_recursion
#[trace]
fn even(n: u32) -> bool { n == 0 || odd(n - 1) }
#[trace]
fn odd(n: u32) -> bool { n != 0 && even(n - 1) }
//>
assert!(even(2));
//= a32_mutual_recursion::even
//=   a32_mutual_recursion::odd
//=     a32_mutual_recursion::even

//# a34_only_return
#[trace]
fn only() -> u32 { return 1; }
#[trace]
fn nothing(b: bool) { if b { return; } }
#[trace]
fn result() -> Result<u32, u32> { return Err(1) }
//>
only();
nothing(true);
nothing(false);
let _ = result();
//= a34_only_return::only
//= a34_only_return::nothing
//= a34_only_return::nothing
//= a34_only_return::result error "1"

//# a36_diverging_tail
#[trace]
fn always() -> Result<u8, String> { Err("always")? }
#[trace]
fn looping(n: &mut u8) -> Result<u8, String> { loop { *n += 1; if *n > 2 { return Err("full".to_string()); } } }
//>
assert!(always().is_err() && looping(&mut 0).is_err());
//= a36_diverging_tail::always error "always"
//= a36_diverging_tail::looping error "full"

//# a38_return_in_closure
#[trace]
fn own_return(v: Vec<u32>) -> Vec<u32> { v.into_iter().map(|n| { if n == 0 { return 7; } n }).collect() }
#[trace]
fn result(v: &[u32]) -> Result<u32, String> { let f = |n: &u32| -> Option<u32> { if *n == 0 { return None; } Some(*n) }; v.iter().find_map(f).ok_or("none".into()) }
//>
assert_eq!(own_return(vec![0, 1]), [7, 1]);
assert!(result(&[0, 1]).is_ok() && result(&[0]).is_err());
//= a38_return_in_closure::own_return
//= a38_return_in_closure::result
//= a38_return_in_closure::result error "none"

//# a40_main_and_friends
#[trace]
fn main() -> Result<(), Box<dyn std::error::Error>> { "x".parse::<u8>()?; Ok(()) }
#[trace]
fn drop() {}
#[trace]
fn clone() {}
//>
assert!(main().is_err());
drop();
clone();
//= a40_main_and_friends::main error "invalid digit found in string"
//= a40_main_and_friends::drop
//= a40_main_and_friends::clone

//# a42_panic_after_child
#[trace]
fn child(n: u32) -> u32 { n }
#[trace]
fn index(v: &[u32]) -> Result<u32, String> { child(1); let n = v[7]; Ok(child(n)) }
//>
caught(|| index(&[]));
child(2);
//= a42_panic_after_child::index panic
//=   a42_panic_after_child::child
//= a42_panic_after_child::child

//# a44_catches_its_own_panic
#[trace]
fn boom() { panic!("boom") }
#[trace]
fn contained() -> Result<u8, &'static str> { match std::panic::catch_unwind(boom) { Ok(()) => Ok(1), Err(_) => Err("caught") } }
//>
assert!(contained().is_err());
//= a44_catches_its_own_panic::contained error "caught"
//=   a44_catches_its_own_panic::boom panic

//# a46_traced_drop_of_local
struct D;
impl Drop for D { #[trace] fn drop(&mut self) {} }
#[trace]
fn holds() -> u32 { let _d = D; 1 }
#[trace]
fn takes(_d: D) -> Result<u32, String> { Ok(1) }
#[trace]
async fn awaits(_d: D) -> u32 { std::future::ready(1).await }
//>
holds();
let _ = takes(D);
block_on(awaits(D));
//= a46_traced_drop_of_local::holds
//=   <D as Drop>::drop
//= a46_traced_drop_of_local::takes
//= <D as Drop>::drop
//= a46_traced_drop_of_local::awaits
//=   <D as Drop>::drop

//# a48_unsafe_and_const_blocks
#[trace]
fn blocks(p: &u32) -> u32 { let n = const { 1 + 1 }; unsafe { *std::ptr::from_ref(p) + n } }
//>
assert_eq!(blocks(&1), 3);
//= a48_unsafe_and_const_blocks::blocks

//# a50_inferred_from_return
#[trace]
fn parse(s: &str) -> Result<u16, std::num::ParseIntError> { s.trim().parse() }
#[trace]
fn default<T: Default>() -> T { Default::default() }
#[trace]
fn into() -> Result<String, Box<str>> { if false { Err("x".into()) } else { Ok("a".into()) } }
//>
assert!(parse("1").is_ok() && parse("-1").is_err());
let _: u8 = default();
assert!(into().is_ok());
//= a50_inferred_from_return::parse
//= a50_inferred_from_return::parse error "invalid digit found in string"
//= a50_inferred_from_return::default
//= a50_inferred_from_return::into

//# a52_temporaries_of_the_tail
struct Log<'a>(&'a std::cell::RefCell<Vec<u8>>, u8);
impl Drop for Log<'_> { fn drop(&mut self) { self.0.borrow_mut().push(self.1); } }
impl Log<'_> { fn n(&self) -> u8 { self.1 } }
#[trace]
fn tail(log: &std::cell::RefCell<Vec<u8>>) -> u8 { let _local = Log(log, 2); Log(log, 1).n() }
//>
let log = Default::default();
tail(&log);
assert_eq!(log.take(), [1, 2]);
//= a52_temporaries_of_the_tail::tail

//# a54_boxed_dyn_in_branches
#[trace]
fn shapes(n: u8) -> Box<dyn std::fmt::Display> { match n { 0 => Box::new('a'), 1 => Box::new("b"), _ => Box::new(3) } }
#[trace]
fn option(b: bool) -> Option<Box<dyn Fn() -> u8>> { if b { return None; } Some(Box::new(|| 1)) }
//>
assert_eq!(format!("{}{}{}", shapes(0), shapes(1), shapes(2)), "ab3");
assert_eq!(option(false).unwrap()(), 1);
//= a54_boxed_dyn_in_branches::shapes
//= a54_boxed_dyn_in_branches::shapes
//= a54_boxed_dyn_in_branches::shapes
//= a54_boxed_dyn_in_branches::option

//# a56_macro_that_returns
macro_rules! bail { ($($t:tt)*) => { return Err(format!($($t)*)) } }
macro_rules! ensure { ($c:expr) => { if !$c { bail!("not {}", stringify!($c)); } } }
#[trace]
fn checked(n: u8) -> Result<u8, String> { ensure!(n > 1); Ok(n) }
#[trace]
async fn checked_async(n: u8) -> Result<u8, String> { std::future::ready(()).await; ensure!(n > 1); Ok(n) }
//>
assert!(checked(2).is_ok() && checked(1).is_err());
assert!(block_on(checked_async(2)).is_ok() && block_on(checked_async(1)).is_err());
//= a56_macro_that_returns::checked
//= a56_macro_that_returns::checked error "not n > 1"
//= a56_macro_that_returns::checked_async
//= a56_macro_that_returns::checked_async error "not n > 1"

//# a58_thread_starts_its_own_trace
#[trace]
fn on_thread() -> u32 { 1 }
#[trace]
fn spawns() -> u32 { std::thread::scope(|s| s.spawn(on_thread).join().unwrap()) }
//>
spawns();
//= a58_thread_starts_its_own_trace::spawns
