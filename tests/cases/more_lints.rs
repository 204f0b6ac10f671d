Each case has at least one lint of rustc or clippy without the attributes, and keeps it with them.

//# M01_unused_variable
#[trace]
pub fn f() {
    let x = 1;
}
//# M02_unused_variable_async
#[trace]
pub async fn f() {
    let x = 1;
    std::future::ready(()).await;
}
//# M03_unused_variable_result
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    let x = 1;
    let n = s.parse()?;
    Ok(n)
}
//# M04_unused_mut
#[trace]
pub fn f(mut v: Vec<u8>) -> usize {
    let mut n = v.len();
    n
}
//# M05_unused_mut_async_result
#[trace]
pub async fn f(mut v: Vec<u8>) -> Result<usize, String> {
    let mut n = v.len();
    std::future::ready(()).await;
    Ok(n)
}
//# M06_unused_assignments
#[trace]
pub fn f(b: bool) -> Result<u32, String> {
    let mut x = 1;
    x = if b { return Err(String::new()) } else { 2 };
    x = 3;
    Ok(x)
}
//# M07_unused_param_sync
#[trace]
pub fn f(unused: u32) {}
//# M08_unused_param_result
#[trace]
pub fn f(unused: u32, s: &str) -> Result<u32, std::num::ParseIntError> {
    Ok(s.parse::<u32>()? + 1)
}
//# M09_unused_param_async_result
#[trace]
pub async fn f(unused: String, s: &str) -> Result<u32, std::num::ParseIntError> {
    std::future::ready(()).await;
    Ok(s.parse::<u32>()? + 1)
}
//# M10_unused_param_pattern
#[trace]
pub fn f((a, b): (u32, u32)) -> u32 {
    a
}
//# M11_unused_param_assigned
#[trace]
pub fn f(mut n: u32) {
    n = 1;
}
//# M12_unused_param_assigned_async
#[trace]
pub async fn f(mut n: u32) {
    n = 1;
    std::future::ready(()).await;
}
//# M13_dead_method
pub struct S;
impl S {
    #[trace]
    fn never_used(&self) {}
    #[trace]
    async fn never_used_async(&self) {
        std::future::ready(()).await;
    }
}
//# M14_dead_in_block
pub struct S;
#[trace_type]
impl S {
    fn never_used() {}
    async fn never_used_result(s: &str) -> Result<u32, std::num::ParseIntError> {
        std::future::ready(()).await;
        s.parse()
    }
}
//# M15_needless_pass_by_value
#[trace]
pub fn f(s: String, v: Vec<u8>) -> usize {
    s.len() + v.len()
}
//# M16_needless_pass_by_value_result
#[trace]
pub fn f(s: String) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    Ok(n)
}
//# M17_unused_async
#[trace]
pub async fn f() -> u32 {
    1
}
//# M18_unused_async_result
#[trace]
pub async fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    Ok(n)
}
//# M19_unused_async_method
pub struct S(u32);
#[trace_type]
impl S {
    pub async fn get(&self) -> u32 {
        self.0
    }
}
//# M20_needless_return
#[trace]
pub fn f(x: u32) -> u32 {
    return x + 1;
}
//# M21_needless_return_result
#[trace]
pub fn f(x: u32) -> Result<u32, String> {
    return Ok(x + 1);
}
//# M22_needless_return_async
#[trace]
pub async fn f(x: u32) -> u32 {
    std::future::ready(()).await;
    return x + 1;
}
//# M23_unused_self
pub struct S;
#[trace_type]
impl S {
    pub fn a(&self) -> u32 {
        std::process::id()
    }
    pub fn b(&self, s: &str) -> Result<u32, std::num::ParseIntError> {
        let n: u32 = s.parse()?;
        Ok(n)
    }
    pub async fn c(&self) {
        std::future::ready(()).await;
    }
}
//# M24_must_use_candidate
pub struct S(u32);
#[trace_type]
impl S {
    pub fn get(&self) -> u32 {
        self.0
    }
}
//# M25_return_self_not_must_use
pub struct S(u32);
#[trace_type]
impl S {
    pub fn with(mut self, n: u32) -> Self {
        self.0 = n;
        self
    }
}
//# M26_missing_errors_doc
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    s.parse()
}
//# M27_missing_errors_doc_async
#[trace]
pub async fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    std::future::ready(()).await;
    s.parse()
}
//# M28_missing_panics_doc
#[trace]
pub fn f(s: &str) -> u32 {
    s.parse().unwrap()
}
//# M29_missing_panics_doc_result
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    assert!(n > 1);
    Ok(n)
}
//# M30_missing_panics_doc_async
#[trace]
pub async fn f(s: &str) -> u32 {
    std::future::ready(()).await;
    s.parse().unwrap()
}
//# M31_missing_safety_doc
#[trace]
pub unsafe fn f(p: *const u8) -> u8 {
    unsafe { *p }
}
//# M32_not_unsafe_ptr_arg_deref
#[trace]
pub fn f(p: *const u8) -> u8 {
    unsafe { *p }
}
//# M33_too_many_arguments
#[trace]
pub async fn f(a: u8, b: u8, c: u8, d: u8, e: u8, g: u8, h: u8, i: u8) -> u8 {
    std::future::ready(()).await;
    a ^ b ^ c ^ d ^ e ^ g ^ h ^ i
}
//# M34_cognitive_complexity
#[trace]
pub fn f(a: u32, b: u32) -> u32 {
    if a > 1 { if b > 1 { if a > 2 { return 1; } else if b > 2 { return 2; } } else if a > 3 { return 3; } }
    if a > 4 { if b > 4 { if a > 5 { return 4; } else if b > 5 { return 5; } } else if a > 6 { return 6; } }
    if a > 7 { if b > 7 { if a > 8 { return 7; } else if b > 8 { return 8; } } else if a > 9 { return 9; } }
    match (a, b) { (1, 1) => 1, (2, 2) => 2, (3, 3) => 3, (4, 4) => 4, (5, 5) => 5, (6, 6) => 6, (7, 7) => 7, (8, 8) => 8, (9, 9) => 9, _ => 0 }
}
//# M35_cognitive_complexity_result
#[trace]
pub fn f(a: u32, b: u32) -> Result<u32, u32> {
    if a > 1 { if b > 1 { if a > 2 { return Err(1); } else if b > 2 { return Ok(2); } } else if a > 3 { return Ok(3); } }
    if a > 4 { if b > 4 { if a > 5 { return Err(4); } else if b > 5 { return Ok(5); } } else if a > 6 { return Ok(6); } }
    if a > 7 { if b > 7 { if a > 8 { return Err(7); } else if b > 8 { return Ok(8); } } else if a > 9 { return Ok(9); } }
    Ok(match (a, b) { (1, 1) => 1, (2, 2) => 2, (3, 3) => 3, (4, 4) => 4, (5, 5) => 5, (6, 6) => 6, (7, 7) => 7, (8, 8) => 8, (9, 9) => 9, _ => 0 })
}
//# M36_let_and_return
#[trace]
pub fn f(x: u32) -> u32 {
    let y = x.pow(2);
    y
}
//# M37_let_and_return_result
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    let y = s.parse();
    y
}
//# M38_let_and_return_async
#[trace]
pub async fn f(x: u32) -> u32 {
    std::future::ready(()).await;
    let y = x.pow(2);
    y
}
//# M39_unnecessary_wraps
#[trace]
fn f(x: u32) -> Result<u32, String> {
    Ok(x + std::process::id())
}
#[trace]
fn g(x: u32) -> Option<u32> {
    if x > 3 { return Some(1); }
    Some(x + std::process::id())
}
pub fn uses() {
    let _ = (f(1), g(1));
}
//# M40_needless_lifetimes
#[trace]
pub fn f<'a>(s: &'a str) -> &'a str {
    s
}
//# M41_elidable_lifetime_names
pub struct S<'a>(pub &'a str);
#[trace_type]
impl<'a> S<'a> {
    pub fn get(&self) -> usize {
        self.0.len()
    }
}
//# M42_redundant_closure
#[trace]
pub fn f(s: Option<&str>) -> Option<String> {
    s.map(|x| str::to_owned(x))
}
//# M43_redundant_closure_call
#[trace]
pub fn f() -> u32 {
    (|| std::process::id())()
}
//# M44_manual_async_fn
#[trace]
pub fn f(x: u32) -> impl std::future::Future<Output = u32> {
    async move { x }
}
//# M45_future_not_send
#[trace]
pub async fn f(x: std::rc::Rc<u32>) -> u32 {
    std::future::ready(()).await;
    *x
}
//# M46_future_not_send_result
#[trace]
pub async fn f(x: &std::cell::Cell<u32>) -> Result<u32, String> {
    std::future::ready(()).await;
    if x.get() == 1 { return Err(String::new()); }
    Ok(x.get())
}
//# M47_significant_drop_tightening
#[trace]
pub fn f(m: &std::sync::Mutex<Vec<u32>>) -> usize {
    let guard = m.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let n = guard.len();
    let text = format!("{n}");
    text.len()
}
//# M48_unused_must_use_result
#[trace]
pub fn f(s: &str) -> Result<(), std::num::ParseIntError> {
    s.parse::<u8>();
    s.parse::<u32>()?;
    Ok(())
}
//# M49_unused_must_use_async
#[trace]
pub async fn f(s: &str) {
    s.parse::<u8>();
    std::future::ready(()).await;
}
//# M50_own_must_use
#[must_use]
#[trace]
pub fn f() -> u32 {
    std::process::id()
}
#[trace]
pub async fn g() -> Result<u32, String> {
    std::future::ready(()).await;
    Ok(1)
}
pub async fn uses() {
    f();
    g();
    g().await;
}
//# M51_deprecated
#[deprecated]
#[trace]
pub fn f() {}
pub fn uses() {
    f();
}
//# M52_unreachable_result
#[trace]
pub fn f() -> Result<u32, String> {
    return Ok(1);
    println!("x");
}
//# M53_unreachable_async
#[trace]
pub async fn f() -> u32 {
    std::future::ready(()).await;
    return 1;
    println!("x");
}
//# M54_unreachable_after_loop
#[trace]
pub fn f() {
    loop {}
    println!("x");
}
//# M55_unconditional_recursion
#[trace]
pub fn f(n: u32) -> u32 {
    f(n + 1)
}
//# M56_unconditional_recursion_result
#[trace]
pub fn f(n: u32) -> Result<u32, String> {
    f(n + 1)
}
//# M57_unconditional_recursion_question
#[trace]
pub fn f(n: u32) -> Result<u32, String> {
    let n = f(n + 1)?;
    Ok(n)
}
//# M58_only_used_in_recursion
pub struct S;
#[trace_type]
impl S {
    pub fn go(&self, n: u32, depth: u32) -> u32 {
        if n == 0 { 0 } else { self.go(n - 1, depth + 1) }
    }
}
//# M59_only_used_in_recursion_result
#[trace]
pub fn go(n: u32, depth: u32) -> Result<u32, String> {
    if n == 0 { return Ok(0); }
    let below = go(n - 1, depth + 1)?;
    Ok(below)
}
//# M60_let_underscore_future
#[trace]
pub async fn f() {
    let _ = std::future::ready(1);
    std::future::ready(()).await;
}
//# M61_await_holding_refcell_ref
#[trace]
pub async fn f(x: &std::cell::RefCell<u32>) -> u32 {
    let y = x.borrow_mut();
    std::future::ready(()).await;
    *y
}
//# M62_await_holding_lock_result
#[trace]
pub async fn f(m: &std::sync::Mutex<u32>) -> Result<u32, String> {
    let g = m.lock().map_err(|e| e.to_string())?;
    std::future::ready(()).await;
    Ok(*g)
}
//# M63_large_futures
#[trace]
pub async fn big() -> u8 {
    let x = [1u8; 20000];
    std::future::ready(()).await;
    x[0]
}
#[trace]
pub async fn f() -> u8 {
    big().await
}
//# M64_large_stack_arrays
#[trace]
pub fn f() -> usize {
    let x = [1u64; 100_000];
    x.len()
}
//# M65_ptr_arg
#[trace]
pub fn f(s: &String, v: &Vec<u8>) -> usize {
    s.len() + v.len()
}
//# M66_ptr_arg_result
#[trace]
pub fn f(s: &String) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    Ok(n)
}
//# M67_ptr_arg_async
#[trace]
pub async fn f(s: &String) -> usize {
    std::future::ready(()).await;
    s.len()
}
//# M68_trivially_copy_pass_by_ref
#[trace]
pub fn f(n: &u8) -> u8 {
    n.wrapping_add(std::process::id() as u8)
}
#[trace]
pub fn g(n: &u8, s: &str) -> Result<u8, std::num::ParseIntError> {
    Ok(s.parse::<u8>()?.wrapping_add(*n))
}
//# M69_large_types_passed_by_value
#[trace]
pub fn f(x: [u8; 1000]) -> usize {
    x.iter().map(|x| usize::from(*x)).sum()
}
//# M70_missing_const_for_fn
#[trace]
pub fn f(x: u32) -> u32 {
    x
}
//# M71_used_underscore_binding
#[trace]
pub fn f(_x: u32) -> u32 {
    _x.pow(2)
}
//# M72_used_underscore_binding_async
#[trace]
pub async fn f(_x: u32) -> u32 {
    std::future::ready(()).await;
    _x.pow(2)
}
//# M73_semicolon_if_nothing_returned
#[trace]
pub fn f(v: &mut Vec<u8>) {
    v.clear()
}
//# M74_semicolon_if_nothing_returned_async
#[trace]
pub async fn f() {
    std::future::ready(()).await;
    println!("x")
}
//# M75_items_after_statements
#[trace]
pub fn f() -> u32 {
    let x = std::process::id();
    const K: u32 = 3;
    x + K
}
//# M76_items_after_statements_late
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    use std::str::FromStr as _;
    let x = u32::from_str(s)?;
    fn k() -> u32 {
        std::process::id()
    }
    Ok(x + k())
}
//# M77_similar_names
#[trace]
pub fn f(checked_argument: u32, checked_argumemt: u32) -> u32 {
    let item_xxx = checked_argument + 1;
    let item_xyx = checked_argumemt + 1;
    item_xxx * item_xyx
}
//# M78_many_single_char_names
#[trace]
pub fn f(a: u8, b: u8, c: u8, d: u8, e: u8) -> u8 {
    a ^ b ^ c ^ d ^ e
}
//# M79_shadow_and_self
#[trace]
pub fn f(x: u32) -> u32 {
    let x = x;
    x + std::process::id()
}
//# M80_question_mark
#[trace]
pub fn f(x: Option<u32>) -> Option<u32> {
    if x.is_none() { return None; }
    x.map(|x| x + 1)
}
//# M81_needless_question_mark
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    Ok(s.parse::<u32>()?)
}
//# M82_try_err
#[trace]
pub fn f(b: bool) -> Result<u32, String> {
    if b { Err("x")?; }
    Ok(1)
}
//# M83_result_unit_err
#[trace]
pub fn f(b: bool) -> Result<u32, ()> {
    if b { return Err(()); }
    Ok(1)
}
//# M84_result_large_err
#[trace]
pub fn f(b: bool) -> Result<u32, [u8; 500]> {
    if b { return Err([0; 500]); }
    Ok(1)
}
//# M85_type_complexity
#[trace]
pub fn f() -> Vec<Option<Result<Box<dyn Fn(Vec<Option<u8>>, &[u8]) -> Option<Vec<u8>>>, Vec<Box<dyn Fn()>>>>> {
    Vec::new()
}
//# M86_type_complexity_result
#[trace]
pub fn f(b: bool) -> Result<Vec<Option<Box<dyn Fn(Vec<Option<u8>>, &[u8]) -> Option<Vec<Vec<u8>>>>>>, Vec<Box<dyn Fn(u8)>>> {
    if b { return Err(Vec::new()); }
    Ok(Vec::new())
}
//# M87_option_option
#[trace]
pub fn f(x: u32) -> Option<Option<u32>> {
    x.checked_add(1).map(Some)
}
//# M88_fn_params_excessive_bools
#[trace]
pub fn f(a: bool, b: bool, c: bool, d: bool) -> bool {
    a ^ b ^ c ^ d
}
//# M89_wrong_self_convention
pub struct S(u32);
#[trace_type]
impl S {
    pub fn into_inner(&self) -> u32 {
        self.0
    }
    pub fn is_big(self) -> bool {
        self.0 > std::process::id()
    }
}
//# M90_new_ret_no_self
pub struct S(u32);
#[trace_type]
impl S {
    pub fn new() -> u32 {
        1
    }
}
//# M91_new_without_default
pub struct S(u32);
#[trace_type]
impl S {
    pub fn new() -> Self {
        Self(std::process::id())
    }
}
//# M92_should_implement_trait
pub struct S(u32);
#[trace_type]
impl S {
    pub fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
    pub fn next(&mut self) -> Option<u32> {
        self.0.checked_add(1)
    }
}
//# M93_use_self
pub struct S(u32);
#[trace_type]
impl S {
    pub fn two(&self) -> S {
        S(self.0 * 2)
    }
}
//# M94_inherent_to_string
pub struct S(u32);
#[trace_type]
impl S {
    pub fn to_string(&self) -> String {
        format!("{}", self.0)
    }
}
//# M95_unwrap_expect_panic
#[trace]
pub fn f(x: Option<u32>, y: Option<u32>) -> u32 {
    if x.is_none() { panic!("no"); }
    x.unwrap() + y.expect("y")
}
//# M96_indexing_print_todo
#[trace]
pub async fn f(v: &[u32]) -> Result<u32, String> {
    println!("{}", v[0]);
    std::future::ready(()).await;
    todo!()
}
//# M97_float_cmp_cast
#[trace]
pub fn f(x: f64, y: f64) -> u8 {
    if x == y { 1 } else { x as u8 }
}
//# M98_match_bool_single_match
#[trace]
pub fn f(b: bool, x: Option<u32>) -> Result<u32, String> {
    match b { true => return Err("x".into()), false => {} }
    match x { Some(x) => println!("{x}"), _ => {} }
    Ok(x.ok_or("none")?)
}
//# M99_needless_range_loop
#[trace]
pub fn f(v: &[u32]) -> u32 {
    let mut sum = 0;
    for i in 0..v.len() {
        sum += v[i];
    }
    sum
}
//# N01_no_effect_collapsible
#[trace]
pub async fn f(a: bool, b: bool) {
    1 + 1;
    if a { if b { std::future::ready(()).await; } }
}
//# N02_unused_labels_and_parens
#[trace]
pub fn f(n: u32) -> u32 {
    'outer: for _ in 0..n {}
    let x = (n + 1);
    x
}
//# N03_unused_import_and_macro_in_body
#[trace]
pub fn f() -> u32 {
    use std::collections::HashMap;
    macro_rules! m { () => { 1 } }
    std::process::id()
}
//# N04_while_true_and_static_mut
#[trace]
pub fn f() -> u32 {
    while true {
        if std::process::id() > 1 { break; }
    }
    1
}
//# N05_unconditional_panic
#[trace]
pub fn f() -> u32 {
    let a = [1, 2, 3];
    a[5]
}
//# N06_unconditional_panic_result
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    let a = [1, 2, 3];
    let n: u32 = s.parse()?;
    Ok(a[5] + n)
}
//# N07_bare_urls_and_doc_markdown
/// See https://example.com and SomeType of my_mod::thing.
#[trace]
pub fn f() -> u32 {
    std::process::id()
}
//# N08_inline_always
#[inline(always)]
#[trace]
pub fn f() -> u32 {
    std::process::id()
}
//# N09_unused_qualifications
#[trace]
pub fn f() -> std::option::Option<u32> {
    std::option::Option::Some(std::process::id())
}
//# N10_unused_lifetimes_and_generics
#[trace]
pub fn f<'a, T: Clone + Clone>(x: T) -> T {
    x.clone()
}
//# N11_missing_docs_and_naming
#[trace]
pub fn BadName(BadArg: u32) -> u32 {
    let BadLocal = BadArg + 1;
    BadLocal
}
//# N12_naming_async_result
#[trace]
pub async fn f(BadArg: &str) -> Result<u32, std::num::ParseIntError> {
    std::future::ready(()).await;
    let BadLocal = BadArg.parse()?;
    Ok(BadLocal)
}
//# N13_expected_and_unfulfilled
#[trace]
#[expect(unused_variables)]
pub fn f(x: u32) -> u32 {
    x
}
//# N14_allowed_inside
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    #![allow(unused_variables)]
    let x = 1;
    let mut y = 2;
    s.parse()
}
//# N15_needless_pass_by_ref_mut
#[trace]
fn f(v: &mut Vec<u8>) -> usize {
    v.len()
}
#[trace]
async fn g(v: &mut Vec<u8>) -> usize {
    std::future::ready(()).await;
    v.len()
}
pub async fn uses() {
    let _ = (f(&mut vec![]), g(&mut vec![]).await);
}
//# N16_mut_from_ref_and_ref_option
#[trace]
pub fn f(x: &Option<String>) -> usize {
    x.as_ref().map_or(0, |x| x.len())
}
//# N17_implicit_hasher
#[trace]
pub fn f(m: &std::collections::HashMap<u32, u32>) -> usize {
    m.len()
}
//# N18_extra_unused_type_parameters
#[trace]
pub fn f<T>(x: u32) -> u32 {
    x.pow(2)
}
//# N19_box_default_and_borrowed_box
#[trace]
pub fn f(x: &Box<u32>) -> Box<Vec<u8>> {
    Box::new(vec![**x as u8])
}
//# N20_redundant_clone_and_needless_collect
#[trace]
pub fn f(s: &str) -> Result<usize, String> {
    let t = s.to_owned();
    let u = t.clone();
    if u.chars().collect::<Vec<_>>().is_empty() { return Err(u); }
    Ok(u.len())
}
//# N21_never_loop_and_diverging
#[trace]
pub fn f(v: &[u32]) -> u32 {
    for x in v {
        return *x;
    }
    0
}
//# N22_boxed_future_lints
#[trace]
pub fn f(s: String, unused: u32) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, std::num::ParseIntError>>>> {
    Box::pin(async move {
        let x = 1;
        let n = s.parse()?;
        return Ok(n);
    })
}
//# N23_trait_default_lints
/// A trait.
pub trait T {
    #[trace]
    fn f(&self, unused: u32) -> u32 {
        let x = 1;
        return 2;
    }
}
//# N24_trait_impl_lints
pub struct S;
impl std::fmt::Display for S {
    #[trace]
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let x = 1;
        return f.write_fmt(format_args!("{}", 1));
    }
}
impl Iterator for S {
    type Item = u32;
    #[trace]
    fn next(&mut self) -> Option<u32> {
        let y = 1;
        return None;
    }
}
//# N25_too_many_lines
#[trace]
pub fn f() {
    // 101 lines
}
//# N26_too_many_lines_result
#[trace]
pub fn f(b: bool) -> Result<(), String> {
    if b { return Err("b".into()); }
    // 101 lines
    Ok(())
}
//# N27_too_many_lines_async
#[trace]
pub async fn f() {
    std::future::ready(()).await;
    // 101 lines
}
//# N28_needless_late_init_and_uninit
#[trace]
pub fn f(b: bool) -> u32 {
    let x;
    if b { x = 1 } else { x = 2 }
    x
}
//# N29_let_unit_value_unit_arg
#[trace]
pub fn f() {
    let x = println!("x");
    drop(x);
}
//# N30_unit_result
#[trace]
pub fn f(s: &str) -> Result<(), std::num::ParseIntError> {
    let x = drop(s.parse::<u8>()?);
    Ok(x)
}
//# N31_redundant_pub_and_else
#[trace]
pub(crate) fn f(b: bool) -> u32 {
    if b { return 1; } else { println!("x"); }
    2
}
pub fn uses() -> u32 {
    f(true)
}
//# N32_mixed_nested_items
#[trace]
pub fn f() -> u32 {
    fn inner(unused: u32) -> u32 {
        let y = 1;
        2
    }
    inner(1)
}
//# N33_module_block
#[trace]
pub mod m {
    pub fn f(unused: u32) -> u32 {
        let x = 1;
        return 2;
    }
    fn never_used() {}
}
//# N34_comparison_chain_and_manual
#[trace]
pub fn f(v: Vec<u32>) -> Option<u32> {
    for x in v.iter() {
        if *x > 3 { return Some(*x); }
    }
    None
}
//# N35_let_else_and_unused_braces
#[trace]
pub async fn f(x: Option<u32>) -> Option<u32> {
    let y = match x { Some(y) => y, None => return None };
    std::future::ready({ () }).await;
    Some(y)
}
//# N36_inner_attribute_of_a_returned_block
#[trace]
pub fn f(n: &mut u32) -> std::pin::Pin<Box<dyn Future<Output = u32> + '_>> {
    Box::pin(async move {
        #![allow(unused_variables)]
        let unused = 1;
        let mut m = *n;
        m
    })
}
