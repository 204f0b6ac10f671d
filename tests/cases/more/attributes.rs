//# d02_unsafe_fn
#[trace]
unsafe fn read(p: *const u8) -> Result<u8, String> { if p.is_null() { return Err("null".into()); } Ok(unsafe { *p }) }
//>
assert!(unsafe { read(&1) }.is_ok() && unsafe { read(std::ptr::null()) }.is_err());
//= d02_unsafe_fn::read
//= d02_unsafe_fn::read error "null"

//# d04_abis
#[trace]
extern "system" fn system(n: i32) -> i32 { n }
#[trace]
unsafe extern "C" fn callback(p: *mut u8) { unsafe { *p += 1 } }
#[trace]
extern "C" fn plain() {}
#[trace]
extern "C-unwind" fn unwinds() { panic!("over") }
//>
let mut n = 1;
system(1);
unsafe { callback(&raw mut n) };
plain();
caught(|| unwinds());
//= d04_abis::system
//= d04_abis::callback
//= d04_abis::plain
//= d04_abis::unwinds panic

//# d06_kept_attributes
#[trace]
#[inline(always)]
#[must_use = "it is useful"]
fn useful() -> u8 { 1 }
#[cold]
#[trace]
#[inline(never)]
#[deprecated(note = "old")]
#[doc(hidden)]
pub fn old() {}
/// Documented.
#[trace]
/// Further.
#[allow(clippy::all)]
fn documented() -> Result<(), ()> { Err(()) }
//>
useful();
#[allow(deprecated)]
old();
let _ = documented();
//= d06_kept_attributes::useful
//= d06_kept_attributes::old
//= d06_kept_attributes::documented error

//# d08_track_caller_result
#[trace]
#[track_caller]
fn tail(fail: bool) -> Result<u32, u32> { let line = std::panic::Location::caller().line(); if fail { Err(line) } else { Ok(line) } }
#[track_caller]
#[trace]
fn early(s: &str) -> Result<u32, std::num::ParseIntError> { s.parse::<u8>()?; Ok(std::panic::Location::caller().line()) }
//>
assert_eq!(tail(false), Ok(line!()));
assert!(early("x").is_err());
assert_eq!(early("1"), Ok(line!()));
//= d08_track_caller_result::tail
//= d08_track_caller_result::early
//= d08_track_caller_result::early

//# d10_conditional_trace
#[cfg_attr(all(), trace)]
fn on() {}
#[cfg_attr(any(), trace)]
fn off() { on() }
#[cfg_attr(all(), inline, trace)]
async fn on_async() -> Result<u8, String> { std::future::ready(()).await; off(); Err("e".into()) }
//>
off();
let _ = block_on(on_async());
//= d10_conditional_trace::on
//= d10_conditional_trace::on_async error "e"
//=   d10_conditional_trace::on

//# d12_configured_twins
#[cfg(all())]
#[trace]
fn twin() -> u8 { 1 }
#[cfg(any())]
#[trace]
fn twin() -> u8 { 2 }
#[trace]
#[cfg(not(any()))]
fn after() -> u8 { #[cfg(any())] return 1; #[cfg(all())] 2 }
//>
assert_eq!((twin(), after()), (1, 2));
//= d12_configured_twins::twin
//= d12_configured_twins::after

//# d14_modules_named_core_and_std
mod core { pub mod option { pub struct Option; } }
mod std {}
mod alloc {}
mod trace_runtime {}
#[trace]
fn around(n: u8) -> Result<u8, String> { if n == 0 { return Err("zero".into()); } Ok(n) }
#[trace]
async fn around_async(n: u8) -> Result<u8, String> { ::std::future::ready(()).await; around(n) }
//>
assert!(block_on(around_async(0)).is_err());
//= d14_modules_named_core_and_std::around_async error "zero"
//=   d14_modules_named_core_and_std::around error "zero"

//# d16_shadowed_variants
#[allow(dead_code, non_snake_case, non_upper_case_globals)]
mod m {
    pub fn Some(_: u8) {} pub fn Ok() {} pub struct Err; pub const None: u8 = 1; pub trait Drop {} pub trait Future {} pub trait FnOnce {} pub fn drop() {}
    macro_rules! panic { () => {}; } macro_rules! vec { () => { 1 }; } macro_rules! format { () => { 2 }; }
    #[trace]
    pub fn f(n: u8) -> Result<u8, u8> { panic!(); if n == 0 { return Result::Err(vec!()); } Result::Ok(format!()) }
    #[trace]
    pub async fn g(n: u8) -> Option<u8> { std::future::ready(()).await; Option::Some(n) }
}
//>
assert!(m::f(0).is_err() && m::f(1).is_ok());
block_on(m::g(1));
//= m::f error "1"
//= m::f
//= m::g

//# d18_no_implicit_prelude_async
mod nip {
    #![no_implicit_prelude]
    #[trace]
    pub async fn a(x: u8) -> ::core::result::Result<u8, u8> { ::core::future::ready(()).await; if x == 0 { return ::core::result::Result::Err(1); } ::core::result::Result::Ok(x) }
    #[trace]
    pub fn b(x: u8) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = u8>>> { ::std::boxed::Box::pin(async move { x }) }
    pub struct S;
    #[trace_type]
    impl S { pub fn m(&self) -> ::core::option::Option<u8> { ::core::option::Option::None } }
}
//>
let _ = block_on(nip::a(0));
block_on(nip::b(0));
nip::S.m();
//= nip::a error "1"
//= nip::b
//= S::m

//# d20_names_of_ours_in_scope
#[allow(non_camel_case_types, dead_code)]
mod m {
    pub enum Marker { A } pub struct Callsite; pub static CALLSITE: u8 = 1; pub struct Guard; pub fn enter() -> u8 { 3 } pub struct Probe; pub fn call() -> u8 { 4 }
    #[trace]
    pub fn f() -> Result<u8, Marker> { let _ = (Callsite, Guard, Probe, Marker::A); if CALLSITE == 0 { return Err(Marker::A); } Ok(CALLSITE + enter() + call()) }
}
//>
assert!(matches!(m::f(), Ok(8)));
//= m::f

//# d22_visibilities
mod a { pub mod b {
    #[trace] pub(in super::super::a) fn within() -> u8 { 1 }
    #[trace] pub(super) fn above() -> u8 { within() }
    #[trace] pub(crate) fn krate() -> u8 { above() }
    #[trace] pub(self) fn own() -> u8 { krate() }
    pub fn all() -> u8 { own() }
} }
//>
a::b::all();
//= b::own
//=   b::krate
//=     b::above
//=       b::within

//# d24_strict_lints
#[trace]
#[deny(warnings, unused, clippy::all, clippy::pedantic, clippy::nursery, missing_docs, unsafe_code, unused_qualifications)]
/// Strict.
///
/// # Errors
/// At zero.
pub fn strict(n: u8) -> Result<u8, String> { if n == 0 { return Err("zero".into()); } Ok(n) }
#[forbid(unused, unsafe_code)]
#[trace]
/// Strict.
///
/// # Errors
/// At zero.
pub async fn strict_async(n: u8) -> Result<u8, String> { std::future::ready(()).await; if n == 0 { return Err("zero".into()); } Ok(n) }
//>
let _ = (strict(0), block_on(strict_async(0)));
//= d24_strict_lints::strict error "zero"
//= d24_strict_lints::strict_async error "zero"

//# d26_tests_in_either_order
#[trace]
#[test]
fn after() -> Result<(), std::num::ParseIntError> { "1".parse::<u8>()?; Ok(()) }
#[test]
#[should_panic(expected = "on purpose")]
#[trace]
fn panics() { panic!("on purpose") }
#[trace]
#[ignore]
#[test]
fn ignored() {}
//>
let _ = after();
caught(|| panics());
ignored();
//= d26_tests_in_either_order::after
//= d26_tests_in_either_order::panics panic
//= d26_tests_in_either_order::ignored

//# d28_target_feature_unsafe
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse4.2")]
#[trace]
unsafe fn wide(v: &[u8]) -> Result<u8, String> { let n = v.first().ok_or("empty")?; Ok(*n) }
//>
#[cfg(target_arch = "x86_64")]
{
    assert!(std::is_x86_feature_detected!("sse4.2"));
    assert!(unsafe { wide(&[1]) }.is_ok() && unsafe { wide(&[]) }.is_err());
}
#[cfg(not(target_arch = "x86_64"))]
return;
//= d28_target_feature_unsafe::wide
//= d28_target_feature_unsafe::wide error "empty"

//# d30_linkage
#[unsafe(export_name = "cases_d30_exported")]
#[trace]
pub extern "C" fn exported() -> u8 { 1 }
#[trace]
#[unsafe(link_section = ".text.cases_d30")]
fn placed() -> u8 { 2 }
//>
unsafe extern "C" { safe fn cases_d30_exported() -> u8; }
assert_eq!(cases_d30_exported() + placed(), 3);
//= d30_linkage::exported
//= d30_linkage::placed

//# d32_doc_forms
/** Block
    comment */
#[trace]
#[doc = concat!("made ", "up")]
#[doc(alias = "other")]
/// ```
/// let x = 1;
/// ```
pub fn f(/* a */ n: u8 /* b */) -> u8 /* c */ { /* d */ n // e
    /* f */ }
//>
f(1);
//= d32_doc_forms::f

//# d34_renamed_import
use std::result::Result as Outcome;
use std::string::String as Text;
#[trace]
fn renamed(n: u8) -> Outcome<u8, Text> { if n == 0 { return Err(Text::from("zero")); } Ok(n) }
//>
let _ = renamed(0);
//= d34_renamed_import::renamed error "zero"

//# d36_statement_position
#[trace]
fn outer() -> u8 {
    #[trace]
    #[inline]
    fn first() -> u8 { 1 }
    struct L;
    #[trace_type]
    impl L { fn m() -> u8 { first() } }
    const { #[trace] fn unused_here() {} };
    let f = || { #[trace] fn in_closure() -> u8 { 2 } in_closure() };
    L::m() + f()
}
//>
assert_eq!(outer(), 3);
//= d36_statement_position::outer
//=   L::m
//=     outer::first
//=   outer::in_closure

//# d38_function_named_like_its_module
mod same { #[trace] pub fn same() -> u8 { 1 } pub mod mod_ { #[trace] pub fn fn_() -> u8 { super::same() } } }
//>
same::mod_::fn_();
//= mod_::fn_
//=   same::same

//# d40_statics_and_lazies
static TABLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(table);
#[trace]
fn table() -> Vec<u8> { vec![1] }
#[trace]
fn looks() -> u8 { TABLE[0] + TABLE[0] }
//>
looks();
//= d40_statics_and_lazies::looks
//=   d40_statics_and_lazies::table
