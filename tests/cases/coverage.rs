Shapes of control flow, for the regions that coverage counts.

//# C01_branches
#[trace]
pub fn f(a: u32, b: bool) -> u32 {
    if a == 1 {
        println!("one");
    } else if b && a > 3 {
        return 2;
    }
    let text = if b { "x" } else { "y" };
    text.len() as u32
}
//# C02_loops
#[trace]
pub fn f(n: u32) -> u32 {
    let mut sum = 0;
    'outer: for i in 0..n {
        while sum < i {
            sum += 1;
            if sum == 7 { continue 'outer; }
        }
        loop {
            if sum > i { break 'outer; }
            sum += 2;
        }
    }
    sum
}
//# C03_match
#[trace]
pub fn f(x: Option<u32>) -> &'static str {
    match x {
        Some(0) => "zero",
        Some(n) if n > 5 => { println!("many"); "many" }
        Some(_) => "some",
        None => return "none",
    }
}
//# C04_result
#[trace]
pub fn f(s: &str, b: bool) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    if b {
        return Ok(n + 1);
    }
    let m = match n {
        1 => s.len() as u32,
        _ => "3".parse::<u32>()?,
    };
    for i in 0..m {
        println!("{i}");
    }
    Ok(m)
}
//# C05_result_no_leaving
#[trace]
pub fn f(s: &str, b: bool) -> Result<u32, std::num::ParseIntError> {
    if b {
        println!("b");
        s.parse()
    } else {
        "1".parse()
    }
}
//# C06_async
#[trace]
pub async fn f(n: u32) -> u32 {
    for i in 0..n {
        std::future::ready(i).await;
        if i == 3 { return 5; }
    }
    match std::future::ready(n).await {
        1 => { println!("1"); 2 }
        _ => 3,
    }
}
//# C07_async_result
#[trace]
pub async fn f(s: &str, b: bool) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = s.parse()?;
    if b {
        std::future::ready(()).await;
        return Ok(n + 1);
    }
    while std::future::ready(n == 1).await {
        println!("again");
    }
    Ok(n)
}
//# C08_async_without_waiting
#[trace]
pub async fn f(s: &str) -> Result<u32, std::num::ParseIntError> {
    if s.is_empty() { return Ok(0); }
    let n: u32 = s.parse()?;
    Ok(n)
}
//# C09_closures
#[trace]
pub fn f(v: &[u32]) -> Result<u32, String> {
    let big = |x: &&u32| { if **x > 3 { true } else { println!("small"); false } };
    let found = v.iter().find(big).ok_or_else(|| { println!("none"); String::from("none") })?;
    Ok(*found)
}
//# C10_let_else
#[trace]
pub fn f(x: Option<u32>) -> Option<u32> {
    let Some(y) = x else {
        println!("none");
        return None;
    };
    let z = x.filter(|x| *x > 1)?;
    Some(y + z)
}
//# C11_never_and_panic
#[trace]
pub fn f(b: bool) -> ! {
    if b {
        panic!("b");
    }
    loop {
        println!("x");
    }
}
//# C12_methods
pub struct S(u32);
#[trace_type]
impl S {
    pub fn a(&self) -> u32 {
        if self.0 > 1 { 1 } else { 2 }
    }
    pub fn b(&mut self, s: &str) -> Result<&mut u32, std::num::ParseIntError> {
        if s.is_empty() {
            self.0 = 1;
        } else {
            self.0 = s.parse()?;
        }
        Ok(&mut self.0)
    }
    pub async fn c(self, s: &str) -> Result<Self, std::num::ParseIntError> {
        if self.0 == 1 { std::future::ready(()).await; }
        let n = s.parse()?;
        Ok(Self(n))
    }
}
//# C13_boxed_future
#[trace]
pub fn f(b: bool) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    Box::pin(async move {
        if b { return Err(String::new()); }
        std::future::ready(()).await;
        Ok(1)
    })
}
//# C14_future_after_work
#[trace]
pub fn f(b: bool) -> impl Future<Output = u32> {
    let n = if b { 1 } else { 2 };
    async move {
        if n == 1 { std::future::ready(()).await; }
        n
    }
}
//# C15_nested
#[trace]
pub fn f(b: bool) -> Result<u32, String> {
    fn inner(b: bool) -> Result<u32, String> {
        if b { return Err("inner".into()); }
        Ok(1)
    }
    let n = inner(b)?;
    Ok(n)
}
//# C16_unit
#[trace]
pub fn f(b: bool) {
    if b {
        println!("b");
    }
}
#[trace]
pub fn empty() {}
#[trace]
pub async fn empty_async() {}
#[trace]
pub async fn waits() {
    std::future::ready(()).await
}
//# C17_lazy_operators
#[trace]
pub fn f(a: bool, b: bool, c: bool) -> Option<bool> {
    let x = a && (b || c);
    let y = (a || b) && !c;
    if x && y || c { Some(x) } else { None? }
}
//# C18_try_in_arguments
#[trace]
pub async fn f(v: &[&str]) -> Result<u32, std::num::ParseIntError> {
    let a = u32::max(v[0].parse()?, std::future::ready(v[1].parse()).await?);
    Ok(a)
}
