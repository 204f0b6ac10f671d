//! The functions that are annotated: what people write, in small.

use std::fmt::Write as _;

/// A shape of function. `ATTR` stands for the attribute, `NN` for a number.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    /// Whether it returns a `Result`: `tracing` is asked for errors only there, because it must be told.
    pub(crate) fails: bool,
    /// For a future: the arguments of a function that makes it an object, its output, and the call. Its code is compiled only where somebody
    /// can poll it.
    future: Option<[&'static str; 3]>,
}

impl Shape {
    pub(crate) const NONE: Self = shape("none", "");

    const fn awaited(self, takes: &'static str, gives: &'static str, call: &'static str) -> Self {
        Self { future: Some([takes, gives, call]), ..self }
    }
}

const fn shape(name: &'static str, code: &'static str) -> Shape {
    Shape { name, code, fails: false, future: None }
}

const fn fallible(name: &'static str, code: &'static str) -> Shape {
    Shape { name, code, fails: true, future: None }
}

pub(crate) const SHAPES: &[Shape] = &[
    shape("unit", "ATTR pub fn plain_NN() { super::step(NN); super::step(1); }"),
    shape("numbers", "ATTR pub fn sum_NN(a: u64, b: u64) -> u64 { let c = a.wrapping_mul(b); if c > NN { c - NN } else { c } }"),
    shape("references", "ATTR pub fn pick_NN<'a>(text: &'a str, other: &str) -> &'a str {
    match text.find(other) { Some(at) => &text[at..], None => text }
}"),
    shape("String", "ATTR pub fn name_NN(first: &str, last: &str) -> String { let mut name = String::from(first); name.push_str(last); format!(\"{name} NN\") }"),
    shape("Vec, closures", "ATTR pub fn even_NN(numbers: &[u32], at_least: u32) -> Vec<u32> {
    let mut found: Vec<u32> = numbers.iter().copied().filter(|n| n % 2 == 0 && *n > at_least).collect();
    found.sort_unstable();
    found
}"),
    shape("Option", "ATTR pub fn first_NN(words: &[String], least: usize) -> Option<usize> {
    let first = words.first()?;
    if first.len() > least { Some(first.len() + NN) } else { None }
}"),
    fallible("Result with ?", "ATTR pub fn parse_NN(text: &str, other: &str) -> Result<u32, std::num::ParseIntError> {
    let one: u32 = text.trim().parse()?;
    let two: u32 = other.trim().parse()?;
    Ok(one + two)
}"),
    fallible("Result, no early exit", "ATTR pub fn check_NN(size: usize) -> Result<usize, Error> {
    if size > NN { Err(Error::TooLong(size)) } else { Ok(size) }
}"),
    fallible("io::Result, owned", "ATTR pub fn load_NN(path: std::path::PathBuf, mut buffer: Vec<u8>) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut file = std::fs::File::open(&path)?;
    file.read_to_end(&mut buffer)?;
    Ok(buffer)
}"),
    shape("generics", "ATTR pub fn join_NN<T: std::fmt::Display, I>(items: I, between: &str) -> String where I: IntoIterator<Item = T> {
    let mut text = String::new();
    for item in items { text.push_str(&item.to_string()); text.push_str(between); }
    text
}"),
    shape("async", "ATTR pub async fn wait_NN(turns: u32, name: &str) -> usize {
    let mut total = 0;
    for turn in 0..turns { total += super::fetch(turn).await; }
    total + name.len()
}").awaited("name: &'a str", "usize", "wait_NN(1, name)"),
    fallible("async Result", "ATTR pub async fn get_NN(url: &str, attempts: u32) -> Result<String, Error> {
    let size = super::fetch(attempts).await;
    let body = super::receive(url, size).await?;
    Ok(body)
}").awaited("url: &'a str", "Result<String, Error>", "get_NN(url, 1)"),
    fallible("async Result, generic", "ATTR pub async fn send_NN<T: AsRef<str> + Send>(body: T, id: u64) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let answer = super::receive(body.as_ref(), NN).await?;
    let number: u64 = answer.parse()?;
    Ok(number + id)
}").awaited("url: &'a str", "Result<u64, Box<dyn std::error::Error + Send + Sync>>", "send_NN(url, 1)"),
    shape("method", "impl Store { ATTR pub fn size_NN(&self, least: usize) -> usize { self.items.len().max(least) } }"),
    fallible("method, Result", "impl Store { ATTR pub fn put_NN(&mut self, item: String) -> Result<&mut String, Error> {
    if self.items.len() > NN { return Err(Error::Full); }
    self.items.push(item);
    self.items.last_mut().ok_or(Error::Full)
} }"),
    fallible("async method, Result", "impl Store { ATTR pub async fn sync_NN(&mut self, url: &str) -> Result<(), Error> {
    let item = super::receive(url, NN).await?;
    self.items.push(item);
    Ok(())
} }").awaited("store: &'a mut Store, url: &'a str", "Result<(), Error>", "store.sync_NN(url)"),
];

/// Functions a module: people have several files.
const PER_MODULE: usize = 50;

/// A library of so many functions, `attribute` says with which attribute. Its futures are compiled, too.
pub(crate) fn library(count: usize, attribute: impl Fn(&Shape) -> &'static str) -> String {
    let mut text = String::from(COMMON);
    for module in 0..count.div_ceil(PER_MODULE) {
        let _ = writeln!(
            text,
            "pub mod part_{module} {{\nuse super::Error;\npub struct Store {{ pub items: Vec<String> }}"
        );
        for number in module * PER_MODULE..count.min((module + 1) * PER_MODULE) {
            let shape = &SHAPES[number % SHAPES.len()];
            text += &function(shape, number, &attribute);
            text += &polled(shape, number);
        }
        text += "}\n";
    }
    text
}

/// A library of one function.
pub(crate) fn single(shape: &Shape, attribute: impl Fn(&Shape) -> &'static str) -> String {
    let function = function(shape, 7, &attribute);
    format!("{COMMON}pub mod part {{\nuse super::Error;\npub struct Store {{ pub items: Vec<String> }}\n{function}}}\n")
}

fn function(shape: &Shape, number: usize, attribute: &impl Fn(&Shape) -> &'static str) -> String {
    shape.code.replace("ATTR", attribute(shape)).replace("NN", &number.to_string()) + "\n"
}

fn polled(shape: &Shape, number: usize) -> String {
    let Some([takes, gives, call]) = shape.future else { return String::new() };
    let call = call.replace("NN", &number.to_string());
    format!("pub fn polled_{number}<'a>({takes}) -> Box<dyn Future<Output = {gives}> + 'a> {{ Box::new({call}) }}\n")
}

const COMMON: &str = "#![allow(unused_imports)]
#[derive(Debug)]
pub enum Error { TooLong(usize), Full }
impl std::fmt::Display for Error {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { out.write_str(\"a failure\") }
}
impl std::error::Error for Error {}
pub fn step(n: usize) { std::hint::black_box(n); }
pub async fn fetch(n: u32) -> usize { n as usize }
pub async fn receive(url: &str, n: usize) -> Result<String, Error> {
    if url.len() > n { Err(Error::TooLong(n)) } else { Ok(url.into()) }
}
";
