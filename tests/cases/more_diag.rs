Each case is in error without the attributes; with them the errors stand on the same lines.

//# D01_return_type_in_the_middle
#[trace]
pub fn f(b: bool) -> String {
    if b {
        return 1;
    }
    String::new()
}
//# D02_return_type_in_the_middle_async
#[trace]
pub async fn f(b: bool) -> String {
    std::future::ready(()).await;
    if b {
        return 1;
    }
    String::new()
}
//# D03_result_tail
#[trace]
pub fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    n
}
//# D04_result_tail_without_leaving
#[trace]
pub fn f(n: u32) -> Result<u32, String> {
    let n = n + 1;
    n
}
//# D05_result_tail_async
#[trace]
pub async fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    std::future::ready(()).await;
    let n: u32 = s.parse()?;
    n
}
//# D06_result_error_type
#[trace]
pub fn f(b: bool) -> Result<u32, String> {
    if b {
        return Err(5);
    }
    Ok(1)
}
//# D07_result_missing_tail
#[trace]
pub fn f(s: &str) -> Result<(), std::num::ParseIntError> {
    s.parse::<u32>()?;
}
//# D08_result_missing_tail_async
#[trace]
pub async fn f(s: &str) -> Result<(), std::num::ParseIntError> {
    std::future::ready(()).await;
    s.parse::<u32>()?;
}
//# D09_question_converts_wrongly
#[trace]
pub fn f(s: &str) -> Result<u32, std::fmt::Error> {
    let n: u32 = s.parse()?;
    Ok(n)
}
//# D10_question_converts_wrongly_async
#[trace]
pub async fn f(s: &str) -> Result<u32, std::fmt::Error> {
    std::future::ready(()).await;
    let n: u32 = s.parse()?;
    Ok(n)
}
//# D11_question_in_unit
#[trace]
pub fn f(s: &str) {
    let n: u32 = s.parse()?;
}
//# D12_question_in_unit_async
#[trace]
pub async fn f(s: &str) {
    std::future::ready(()).await;
    let n: u32 = s.parse()?;
}
//# D13_question_on_option_in_result
#[trace]
pub fn f(v: &[u32]) -> Result<u32, String> {
    let n = v.first()?;
    Ok(*n)
}
//# D14_missing_await
#[trace]
pub async fn g() -> u32 {
    1
}
#[trace]
pub async fn f() -> u32 {
    std::future::ready(()).await;
    let x: u32 = g();
    x
}
//# D15_await_in_sync
#[trace]
pub fn f() {
    std::future::ready(()).await;
}
//# D16_unknown_method_sync
#[trace]
pub fn f(v: Vec<u8>) -> usize {
    v.lenn()
}
//# D17_unknown_method_result
#[trace]
pub fn f(v: Vec<u8>) -> Result<usize, String> {
    if v.is_empty() { return Err(String::new()); }
    Ok(v.lenn())
}
//# D18_borrowed_twice
#[trace]
pub fn f(mut v: Vec<u8>) -> usize {
    let a = &mut v;
    let b = &mut v;
    a.push(1);
    b.len()
}
//# D19_borrowed_twice_async
#[trace]
pub async fn f(v: &mut Vec<u8>) -> usize {
    let a = &mut *v;
    let b = &mut *v;
    std::future::ready(()).await;
    a.push(1);
    b.len()
}
//# D20_not_mut_result
#[trace]
pub fn f(v: Vec<u8>, s: &str) -> Result<u32, std::num::ParseIntError> {
    v.push(1);
    let n = s.parse()?;
    Ok(n)
}
//# D21_not_mut_ref_result
#[trace]
pub fn f(v: &Vec<u8>, s: &str) -> Result<u32, std::num::ParseIntError> {
    v.push(1);
    let n = s.parse()?;
    Ok(n)
}
//# D22_moved_async
#[trace]
pub async fn f(s: String) -> String {
    std::future::ready(()).await;
    drop(s);
    s
}
//# D23_moved_result
#[trace]
pub fn f(s: String) -> Result<String, String> {
    if s.is_empty() { return Err(s); }
    drop(s);
    Ok(s)
}
//# D24_moved_out_of_borrow
pub struct S(String);
#[trace_type]
impl S {
    pub fn f(&self) -> String {
        self.0
    }
    pub async fn g(&self) -> String {
        std::future::ready(()).await;
        self.0
    }
    pub fn h(&self) -> Result<String, String> {
        if self.0.is_empty() { return Err(String::new()); }
        Ok(self.0)
    }
}
//# D25_dangling
#[trace]
pub fn f() -> &'static str {
    let s = String::new();
    &s
}
//# D26_dangling_result
#[trace]
pub fn f<'a>(n: &'a str) -> Result<&'a str, std::num::ParseIntError> {
    let s = String::from(n);
    let _: u32 = s.parse()?;
    Ok(&s)
}
//# D27_dangling_async
#[trace]
pub async fn f<'a>(n: &'a str) -> &'a str {
    let s = String::from(n);
    std::future::ready(()).await;
    &s
}
//# D28_missing_lifetime
#[trace]
pub fn f(a: &str, b: &str) -> &str {
    a
}
//# D29_wrong_lifetime
#[trace]
pub fn f<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    b
}
//# D30_wrong_lifetime_result
#[trace]
pub fn f<'a, 'b>(a: &'a str, b: &'b str) -> Result<&'a str, std::num::ParseIntError> {
    let _: u32 = a.parse()?;
    Ok(b)
}
//# D31_wrong_lifetime_async
#[trace]
pub async fn f<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    std::future::ready(()).await;
    b
}
//# D32_boxed_future_tail
#[trace]
pub fn f() -> std::pin::Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move {
        1
    })
}
//# D33_boxed_future_not_send
#[trace]
pub fn f(x: std::rc::Rc<u8>) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move {
        std::future::ready(()).await;
        *x
    })
}
//# D34_impl_future_output
#[trace]
pub fn f() -> impl Future<Output = String> {
    async move { 1 }
}
//# D35_impl_iterator
#[trace]
pub fn f() -> impl Iterator<Item = u8> {
    vec!["a"].into_iter()
}
//# D36_impl_in_result
#[trace]
pub fn f(b: bool) -> Result<impl Iterator<Item = u8>, String> {
    if b { return Err(String::new()); }
    Ok(vec!["a"].into_iter())
}
//# D37_impl_async
#[trace]
pub async fn f() -> impl std::fmt::Display {
    std::future::ready(()).await;
    ("",)
}
//# D38_not_send_at_the_call
pub fn needs_send<T: Send>(_: T) {}
#[trace]
pub async fn f(x: std::rc::Rc<u8>) -> u8 {
    std::future::ready(()).await;
    *x
}
pub fn g() {
    needs_send(f(std::rc::Rc::new(1)));
}
//# D39_bound_at_the_call
#[trace]
pub fn f<T: std::fmt::Display>(x: T) -> String {
    x.to_string()
}
#[trace]
pub async fn g() -> Result<String, std::fmt::Error> {
    std::future::ready(()).await;
    let s = f(());
    Ok(s)
}
//# D40_bound_in_the_body
#[trace]
pub fn f<T>(x: T) -> Result<String, String> {
    if false { return Err(String::new()); }
    Ok(x.to_string())
}
//# D41_private_field
mod m {
    #[derive(Default)]
    pub struct S { n: u32 }
}
#[trace]
pub fn f(s: m::S) -> u32 {
    s.n
}
#[trace]
pub async fn g(s: m::S) -> u32 {
    std::future::ready(()).await;
    s.n
}
//# D42_half_dot
#[trace]
pub fn f(s: String) {
    let x = s.
}
//# D43_half_let
#[trace]
pub fn f(s: String) -> usize {
    let x =
}
//# D44_half_call
#[trace]
pub fn f(s: String) -> Result<usize, String> {
    let x = s.parse()?;
    g(x,,);
    Ok(1)
}
//# D45_half_match_async
#[trace]
pub async fn f(s: String) -> usize {
    std::future::ready(()).await;
    match s.len() { 0 => }
}
//# D46_half_path_result
#[trace]
pub fn f(s: &str) -> Result<usize, String> {
    let x = std::fmt::;
    Ok(1)
}
//# D47_half_dot_async
#[trace]
pub async fn f(s: String) -> usize {
    std::future::ready(()).await;
    s.
}
//# D48_half_if
#[trace]
pub fn f(s: String) -> usize {
    if s.is_empty(
        ) {
    1
}
//# D49_unresolved_name
#[trace]
pub fn f() -> u32 {
    nothing
}
//# D50_unresolved_type
#[trace]
pub async fn f(x: Nothing) -> Result<Nobody, String> {
    std::future::ready(()).await;
    Err(String::new())
}
//# D51_unresolved_return_type
#[trace]
pub fn f() -> Nothing {
    todo!()
}
//# D52_unresolved_macro
#[trace]
pub fn f() -> Result<u32, String> {
    nothing!();
    Ok(1)
}
//# D53_names_of_ours_are_not_there
#[trace]
pub fn f() -> u32 {
    let a = guard;
    let b = CALLSITE;
    1
}
#[trace]
pub async fn g() -> Result<u32, String> {
    std::future::ready(()).await;
    let a = guard;
    let b = value;
    Ok(1)
}
//# D54_break_outside
#[trace]
pub fn f() -> Result<u32, String> {
    break;
    Err(String::new())?
}
//# D55_not_unsafe
pub unsafe fn danger() {}
#[trace]
pub fn f() -> Result<u32, String> {
    danger();
    Err(String::new())?
}
#[trace]
pub async fn g() {
    std::future::ready(()).await;
    danger();
}
//# D56_not_exhaustive
#[trace]
pub async fn f(x: Option<u32>) -> u32 {
    std::future::ready(()).await;
    match x {
        None => 1,
    }
}
//# D57_needs_a_type
#[trace]
pub fn f(v: &[u32]) -> Result<usize, String> {
    if v.is_empty() { return Err(String::new()); }
    let x = v.iter().collect();
    Ok(1)
}
//# D58_wrong_trait_signature
pub trait T {
    fn f(&self, n: u32) -> u32;
    fn g(&self) -> impl Future<Output = u32>;
}
pub struct S;
impl T for S {
    #[trace]
    fn f(&self, n: u8) -> u32 {
        1
    }
    #[trace]
    async fn g(&self) -> u8 {
        std::future::ready(()).await;
        1
    }
}
//# D59_return_in_async_block
#[trace]
pub fn f() -> impl Future<Output = Result<u32, String>> {
    async move {
        let n: u32 = "1".parse()?;
        Ok(n)
    }
}
//# D60_unit_result_without_semicolon
#[trace]
pub fn f(v: Vec<u8>) {
    v.len()
}
#[trace]
pub async fn g(v: Vec<u8>) {
    std::future::ready(()).await;
    v.len()
}
//# D61_never_returns
#[trace]
pub fn f() -> ! {
    println!("x");
}
//# D62_recursive_async
#[trace]
pub async fn f(n: u32) -> u32 {
    if n == 0 { 0 } else { f(n - 1).await }
}
//# D63_pattern_mismatch
#[trace]
pub fn f((a, b): u32) -> u32 {
    a
}
//# D64_closure_captures
#[trace]
pub fn f(s: &str) -> Result<impl Fn() -> usize, String> {
    if s.is_empty() { return Err(String::new()); }
    let n = String::from(s);
    Ok(|| n.len())
}
