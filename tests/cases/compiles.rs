Each case compiles without the attributes, and with them.

//# P01_param_named_in_a_string
#[trace]
pub fn f(c: std::rc::Rc<u8>) -> impl Future<Output = ()> + Send + use<> {
    async move { println!("local"); }
}
//# P02_param_with_underscore_stays_outside
#[trace]
pub fn f(_text: &str, _not_send: std::rc::Rc<u8>) -> impl Future<Output = ()> + Send + 'static + use<> {
    async move { println!("x"); }
}
//# P03_param_named_like_a_method
#[trace]
pub fn f(len: std::rc::Rc<u8>) -> impl Future<Output = usize> + Send + use<> {
    async move { "x".len() }
}
//# P04_param_shadowed_in_a_future
#[trace]
pub fn f(text: &str) -> std::pin::Pin<Box<dyn Future<Output = usize> + Send>> {
    Box::pin(async move { let text = String::from("x"); text.len() })
}
//# P05_send_future_of_borrowed_result
#[trace]
pub async fn inner<'a>(text: &'a str) -> Result<&'a str, std::num::ParseIntError> {
    std::future::ready(()).await;
    let _: u32 = text.parse()?;
    Ok(text)
}
#[trace]
pub async fn outer(text: String) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let found = inner(&text).await?;
    Ok(found.len())
}
pub fn spawned() -> std::pin::Pin<Box<dyn Future<Output = Result<usize, Box<dyn std::error::Error + Send + Sync>>> + Send>> {
    Box::pin(outer(String::from("5")))
}
//# P06_send_future_of_a_trait
pub trait T {
    fn get(&self, text: &str) -> impl Future<Output = Result<u32, String>> + Send;
}
pub struct S;
impl T for S {
    #[trace]
    async fn get(&self, text: &str) -> Result<u32, String> {
        std::future::ready(()).await;
        text.parse().map_err(|_| "no".to_owned())
    }
}
#[trace]
pub async fn generic<X: T + Sync>(x: &X) -> Result<u32, String> {
    let n = x.get("5").await?;
    Ok(n + 1)
}
pub fn spawned() -> Box<dyn Future<Output = Result<u32, String>> + Send> {
    Box::new(generic(&S))
}
//# P07_reborrow_and_return
#[trace]
pub fn f(mut v: &mut [u8]) -> Result<&mut [u8], std::num::ParseIntError> {
    let n: usize = "1".parse()?;
    v = &mut v[n..];
    Ok(v)
}
//# P08_reassigned_reference
#[trace]
pub fn f(mut text: &str) -> Result<&str, std::num::ParseIntError> {
    text = text.trim();
    let _: u32 = text.parse()?;
    Ok(text)
}
//# P09_pinned_self
pub struct S(u32);
#[trace_type]
impl S {
    pub fn poll_it(mut self: std::pin::Pin<&mut Self>) -> std::task::Poll<Result<u32, String>> {
        self.as_mut().0 += 1;
        if self.0 == 3 { return std::task::Poll::Ready(Err(String::new())); }
        std::task::Poll::Ready(Ok(self.0))
    }
}
//# P10_parts_of_self
pub struct S { a: Vec<u32>, b: String, c: Option<String> }
#[trace_type]
impl S {
    pub fn parts(&mut self) -> Result<(&mut u32, &str), String> {
        let Self { a, b, .. } = self;
        let first = a.first_mut().ok_or_else(String::new)?;
        Ok((first, b))
    }
    pub fn disjoint(&mut self) -> Result<usize, std::num::ParseIntError> {
        let b = &self.b;
        for x in &mut self.a { *x += b.parse::<u32>()?; }
        Ok(b.len())
    }
    pub fn into_parts(self) -> Result<(Vec<u32>, String), String> {
        let c = self.c.ok_or_else(String::new)?;
        drop(c);
        Ok((self.a, self.b))
    }
}
//# P11_conditional_move
#[trace]
pub fn f(a: String, b: bool) -> Result<Option<String>, std::num::ParseIntError> {
    if b {
        let _: u32 = a.parse()?;
        return Ok(Some(a));
    }
    Ok(None)
}
//# P12_late_initialised
#[trace]
pub fn f(b: bool) -> Result<u32, String> {
    let x;
    if b { x = 1; } else { return Err(String::new()); }
    Ok(x)
}
//# P13_inferred_error
#[trace]
pub fn f(b: bool) -> Result<u32, Box<dyn std::error::Error>> {
    if b { Err("no")?; }
    let n = "5".parse::<u32>()?;
    Ok(n.into())
}
//# P14_dyn_with_lifetime
#[trace]
pub fn f(text: &str) -> Result<Box<dyn Fn() -> usize + '_>, String> {
    if text.is_empty() { return Err(String::new()); }
    Ok(Box::new(move || text.len()))
}
//# P15_dyn_default_lifetime
pub trait Shape { fn area(&self) -> u32; }
impl Shape for u32 { fn area(&self) -> u32 { *self } }
#[trace]
pub fn f(b: bool) -> Result<Box<dyn Shape>, String> {
    if b { return Err(String::new()); }
    Ok(Box::new(1u32))
}
#[trace]
pub fn g<'a>(x: &'a u32, b: bool) -> Result<&'a dyn Shape, String> {
    if b { return Err(String::new()); }
    Ok(x)
}
#[trace]
pub async fn h<'a>(x: &'a u32, b: bool) -> Result<&'a dyn Shape, String> {
    std::future::ready(()).await;
    if b { return Err(String::new()); }
    Ok(x)
}
//# P16_invariant_lifetimes
pub struct P<'a>(std::cell::Cell<&'a str>);
#[trace]
pub fn f<'a, 'b>(p: &'b P<'a>, text: &'a str) -> Result<&'b P<'a>, std::num::ParseIntError> {
    p.0.set(text);
    let _: u32 = text.parse()?;
    Ok(p)
}
#[trace]
pub async fn g<'a>(p: &mut P<'a>, text: &'a str) -> Result<&'a str, String> {
    std::future::ready(()).await;
    p.0.set(text);
    Ok(p.0.get())
}
//# P17_unsafe_function
#[trace]
pub unsafe fn f(p: *const u8) -> Result<u8, String> {
    if p.is_null() { return Err(String::new()); }
    #[allow(unsafe_op_in_unsafe_fn)]
    let n = *p;
    Ok(n)
}
//# P18_functions_as_values
#[trace]
pub fn f(x: u32) -> Result<fn(u32) -> u32, String> {
    fn double(x: u32) -> u32 { x * 2 }
    if x == 0 { return Err(String::new()); }
    Ok(double)
}
#[trace]
pub fn g(b: bool) -> Result<for<'a> fn(&'a str) -> &'a str, String> {
    if b { return Err(String::new()); }
    Ok(str::trim)
}
//# P19_never_and_infallible_arms
#[trace]
pub fn f(b: bool) -> Result<std::convert::Infallible, String> {
    if b { panic!("b"); }
    Err(String::new())
}
#[trace]
pub async fn g() -> Result<std::convert::Infallible, String> {
    loop {
        std::future::ready(()).await;
        if std::process::id() == 1 { return Err(String::new()); }
    }
}
//# P20_closures_that_return
#[trace]
pub fn f(v: &[&str]) -> Result<Vec<u32>, std::num::ParseIntError> {
    let parse = |text: &str| -> Result<u32, std::num::ParseIntError> { let n: u32 = text.parse()?; return Ok(n); };
    v.iter().map(|text| parse(text)).collect()
}
//# P21_generic_async_with_closure
#[trace]
pub async fn f<F, Fut, T, E>(make: F) -> Result<T, E> where F: Fn(u32) -> Fut, Fut: Future<Output = Result<T, E>> {
    match make(1).await {
        Ok(value) => Ok(value),
        Err(_) => make(2).await,
    }
}
pub fn spawned() -> impl Future<Output = Result<u32, String>> + Send {
    f(|n| async move { if n == 1 { Err(String::new()) } else { Ok(n) } })
}
//# P22_mutex_guard_in_the_tail
#[trace]
pub fn f(m: &std::sync::Mutex<Vec<u32>>) -> Result<u32, String> {
    let first = m.lock().map_err(|e| e.to_string())?.first().copied();
    match m.lock().unwrap().get(1) { Some(n) => Ok(*n), None => Ok(first.unwrap_or(1)) }
}
#[trace]
pub async fn g(m: &std::sync::Mutex<Vec<u32>>) -> usize {
    std::future::ready(()).await;
    m.lock().unwrap().len()
}
//# P23_const_in_signature
pub struct Buffer<const N: usize>([u8; N]);
#[trace_type]
impl<const N: usize> Buffer<N> {
    pub fn take<const M: usize>(&self) -> Result<[u8; M], [u8; N]> {
        let Some(part) = self.0.first_chunk::<M>() else { return Err(self.0) };
        Ok(*part)
    }
}
//# P24_macro_that_leaves
macro_rules! ensure { ($cond:expr, $err:expr) => { if !$cond { return Err($err); } } }
#[trace]
pub fn f(n: u32) -> Result<u32, String> {
    ensure!(n > 1, String::from("small"));
    Ok(n)
}
#[trace]
pub async fn g(n: u32) -> Result<u32, String> {
    ensure!(n > 1, String::from("small"));
    macro_rules! wait { () => { std::future::ready(()).await } }
    wait!();
    Ok(n)
}
//# P25_alias_and_try_in_const_block
pub type Answer<'a, T = u32> = Result<T, &'a str>;
#[trace]
pub fn f(text: &str) -> Answer<'_> {
    const K: u32 = { const fn k() -> u32 { 1 } k() };
    let n: u32 = text.parse().map_err(|_| text)?;
    Ok(n + K)
}
#[trace]
pub async fn g(text: &str) -> Answer<'_, String> {
    std::future::ready(()).await;
    Ok(text.to_owned())
}
//# P26_impl_in_arguments_and_out
#[trace]
pub fn f(list: impl IntoIterator<Item = impl Into<String>>, b: bool) -> Result<impl Iterator<Item = String>, String> {
    if b { return Err(String::new()); }
    Ok(list.into_iter().map(Into::into))
}
#[trace]
pub async fn g(list: impl IntoIterator<Item = u32>, b: bool) -> Result<impl Iterator<Item = u32>, String> {
    std::future::ready(()).await;
    if b { return Err(String::new()); }
    Ok(list.into_iter())
}
//# P27_moved_into_task
#[trace]
pub async fn f(text: String) -> Result<String, String> {
    let task = async move { std::future::ready(()).await; text };
    let text = task.await;
    if text.is_empty() { return Err(text); }
    Ok(text)
}
//# P28_mutable_patterns
#[trace]
pub async fn f((mut a, ref b): (String, String), [mut c, ..]: [u8; 3]) -> Result<String, String> {
    std::future::ready(()).await;
    c += 1;
    a.push_str(b);
    if c == 3 { return Err(a); }
    Ok(a)
}
#[trace]
pub fn g((mut a, ref b): (String, String), &mut ref mut n: &mut u32) -> Result<String, String> {
    *n += 1;
    a.push_str(b);
    if *n == 3 { return Err(a); }
    Ok(a)
}
//# P29_bodies_that_never_end
#![deny(unreachable_code, unused)]
pub struct Error;
#[trace]
pub fn from(err: std::convert::Infallible) -> Error { match err {} }
#[trace]
pub fn later(n: u8) -> Result<u8, Error> { let _ = n; todo!() }
#[trace]
pub fn looping() -> Result<u8, Error> { loop { std::thread::park() } }
