//! Functions of every shape.

use std::fmt::Display;
use std::future::{Future, ready};
use std::pin::Pin;

/// Nothing.
#[::rt::trace(crate = ::rt)]
pub fn unit() {}

/// A number.
#[::rt::trace(crate = ::rt, name = "a.number", kind = server)]
#[must_use]
pub fn number(n: u32) -> u32 {
    n + 1
}

/// Fields of every form.
#[::rt::trace(crate = ::rt, root, fields(n, text, "user.name" = text, shown = %n, debugged = ?text, twice = n * 2))]
#[must_use]
pub fn fields(n: u32, text: &str) -> usize {
    text.len() + n as usize
}

/// Leaves early.
///
/// # Errors
/// Without a number.
#[::rt::trace(crate = ::rt, fields(text))]
pub fn result(text: &str) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = text.parse()?;
    if n == 1 {
        return Ok(0);
    }
    Ok(n)
}

/// Does not leave early.
///
/// # Errors
/// Without a number.
#[::rt::trace(crate = ::rt)]
pub fn result_straight(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

/// An error without text.
///
/// # Errors
/// For zero.
#[::rt::trace(crate = ::rt, name = "opaque")]
pub fn result_opaque(n: u32) -> Result<u32, Opaque> {
    if n == 0 {
        return Err(Opaque);
    }
    Ok(n)
}

/// An error.
#[derive(Debug)]
pub struct Opaque;

/// A result in an option.
#[::rt::trace(crate = ::rt)]
#[must_use]
pub fn option(text: Option<&str>) -> Option<Result<u32, std::num::ParseIntError>> {
    let text = text?;
    Some(text.parse())
}

/// Borrows from an argument.
///
/// # Errors
/// When it is empty.
#[::rt::trace(crate = ::rt, fields(len = list.len()))]
pub fn borrows<'a>(list: &'a mut [u32], other: &str) -> Result<&'a mut u32, String> {
    list.first_mut().ok_or_else(|| other.to_owned())
}

/// Waits.
#[::rt::trace(crate = ::rt, fields(n))]
pub async fn waits(n: u32) -> u32 {
    ready(()).await;
    n
}

/// Waits, and leaves early.
///
/// # Errors
/// Without a number.
#[::rt::trace(crate = ::rt, root, kind = client, fields(text))]
pub async fn waits_result(text: &str) -> Result<u32, std::num::ParseIntError> {
    let n: u32 = text.parse()?;
    ready(()).await;
    if n == 1 {
        return Ok(0);
    }
    Ok(n)
}

/// An argument that goes into another type.
#[::rt::trace(crate = ::rt)]
#[must_use]
pub fn generic<T: Display + ?Sized, const N: usize>(shown: &T, list: [u8; N]) -> String {
    format!("{shown}{}", list.len())
}

/// A type behind a trait.
#[::rt::trace(crate = ::rt)]
pub fn hidden(list: &[u32]) -> impl Iterator<Item = u32> + '_ {
    list.iter().copied()
}

/// A type behind a trait in a result.
///
/// # Errors
/// When it is empty.
#[::rt::trace(crate = ::rt)]
pub fn hidden_result(list: &[u32]) -> Result<impl Iterator<Item = u32> + '_, String> {
    if list.is_empty() {
        return Err("empty".to_owned());
    }
    Ok(list.iter().copied())
}

/// A boxed future.
#[::rt::trace(crate = ::rt, fields(n))]
#[must_use]
pub fn boxed(n: u32) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send>> {
    Box::pin(async move {
        ready(()).await;
        if n == 0 {
            return Err("zero".to_owned());
        }
        Ok(n)
    })
}

/// A future after work.
#[::rt::trace(crate = ::rt)]
pub fn later(n: u32) -> impl Future<Output = u32> {
    let m = n.pow(2);
    async move { m }
}

/// A function that never returns.
///
/// # Panics
/// Always.
#[::rt::trace(crate = ::rt)]
pub fn never() -> ! {
    panic!("on purpose")
}

/// A coercion in the tail.
#[::rt::trace(crate = ::rt)]
#[must_use]
pub fn coerced(n: u32) -> Box<dyn Fn(u32) -> u32 + Send> {
    Box::new(move |m| n + m)
}

/// Patterns.
#[::rt::trace(crate = ::rt, fields(a, rest = rest.len()))]
#[must_use]
pub fn patterns((a, _): (u32, u32), [b, rest @ ..]: [u32; 3], _unused: &str, _: u32) -> u32 {
    a + b + rest[0]
}

/// Attributes inside, and an item first.
#[::rt::trace(crate = ::rt)]
#[must_use]
pub fn inside(n: u32) -> u32 {
    #![allow(clippy::cast_lossless, clippy::cast_possible_truncation)]
    const K: u32 = 3;
    n + K + (n as u64 as u32)
}

/// Its caller's line.
#[::rt::trace(crate = ::rt)]
#[track_caller]
#[must_use]
pub fn tracks() -> u32 {
    std::panic::Location::caller().line()
}

/// A type with methods.
#[derive(Debug, Default, Clone)]
pub struct Service {
    n: u32,
}

#[::rt::trace_type(crate = ::rt)]
impl Service {
    /// A constant function is left alone.
    #[must_use]
    pub const fn new(n: u32) -> Self {
        Self { n }
    }

    /// A getter.
    #[must_use]
    pub fn get(&self) -> u32 {
        self.n.pow(1)
    }

    /// A builder.
    #[must_use]
    pub fn with(mut self, n: u32) -> Self {
        self.n = n;
        self
    }

    /// Borrows from itself.
    ///
    /// # Errors
    /// When it is zero.
    pub fn entry(&mut self) -> Result<&mut u32, String> {
        if self.n == 0 {
            return Err("zero".to_owned());
        }
        Ok(&mut self.n)
    }

    /// Waits.
    ///
    /// # Errors
    /// When it is zero.
    #[::rt::trace(crate = ::rt, fields(self.n, by))]
    pub async fn load(&self, by: &str) -> Result<u32, String> {
        ready(()).await;
        if self.n == 0 {
            return Err(by.to_owned());
        }
        Ok(self.n)
    }

    /// Not traced.
    #[::rt::trace(skip)]
    #[must_use]
    pub fn hot(&self) -> String {
        self.n.to_string()
    }
}

/// A trait.
pub trait Shape {
    /// Without a body.
    fn area(&self) -> u32;
    /// With one.
    #[::rt::trace_fn(crate = ::rt)]
    fn double(&self) -> u32 {
        self.area() * 2
    }
}

#[::rt::trace(crate = ::rt)]
impl Shape for Service {
    fn area(&self) -> u32 {
        self.n
    }
}

impl Display for Service {
    #[::rt::trace(crate = ::rt)]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.n)?;
        f.write_str(".")
    }
}

/// A module.
#[::rt::trace(crate = ::rt)]
pub mod inner {
    /// A function.
    #[must_use]
    pub fn f(n: u32) -> u32 {
        super::number(n)
    }
    /// A block.
    #[derive(Debug)]
    pub struct T;
    impl T {
        /// A method.
        pub async fn m(&self, n: u32) -> u32 {
            std::future::ready(()).await;
            n
        }
    }
}

macro_rules! made {
    ($(#[$attr:meta])* $vis:vis fn $name:ident($arg:ident: $ty:ty) -> $out:ty $body:block) => {
        $(#[$attr])*
        #[::rt::trace(crate = ::rt, fields($arg))]
        $vis fn $name($arg: $ty) -> $out $body
    };
}
made! {
    /// Made by a macro.
    #[must_use]
    pub fn made(n: u32) -> u32 {
        n + 1
    }
}
