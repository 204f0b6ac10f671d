//! Names of the user's that the generated code has too.

use std::future::ready;

/// Parameters.
///
/// # Errors
/// When they are large.
#[::rt::trace(crate = ::rt, fields(guard, value, span))]
pub fn parameters(guard: u32, fields: u32, value: u32, span: u32, ctx: u32) -> Result<u32, String> {
    let sum = guard + fields + value + span + ctx;
    if sum > 100 {
        return Err("large".to_owned());
    }
    Ok(sum)
}

/// Parameters that wait.
///
/// # Errors
/// When they are large.
#[::rt::trace(crate = ::rt, fields(fields, value, guard))]
pub async fn parameters_wait(guard: u32, fields: u32, value: u32, span: u32, body: u32) -> Result<u32, String> {
    ready(()).await;
    let sum = guard + fields + value + span + body;
    if sum > 100 {
        return Err("large".to_owned());
    }
    Ok(sum)
}

/// Variables.
///
/// # Errors
/// Never.
#[::rt::trace(crate = ::rt)]
pub fn variables(n: u32) -> Result<u32, String> {
    let guard = n + 1;
    let value = guard + 1;
    let fields = value + 1;
    let span = fields.checked_add(1).ok_or("large")?;
    Ok(span)
}

/// Items in the body.
///
/// # Errors
/// When it is large.
#[::rt::trace(crate = ::rt)]
pub fn items(n: u32) -> Result<u32, String> {
    const CALLSITE: u32 = 1;
    struct Marker(u32);
    enum Probe {
        Here,
    }
    let marker = Marker(n.checked_add(CALLSITE).ok_or("large")?);
    match Probe::Here {
        Probe::Here => Ok(marker.0),
    }
}

/// Constants, statics and types whose names could be taken for patterns.
#[allow(non_upper_case_globals, non_camel_case_types)]
pub mod lower_case {
    use std::future::ready;

    /// A constant.
    pub const value: u8 = 1;
    /// A constant.
    pub const guard: &str = "guard";
    /// A static.
    pub static fields: u32 = 3;
    /// A type.
    #[derive(Debug, Clone, Copy)]
    pub struct span;
    /// A constant.
    pub const failure: u32 = 4;
    /// A constant.
    pub const output: u32 = 4;

    /// Without fields.
    #[::rt::trace(crate = ::rt)]
    #[must_use]
    pub fn plain() -> u32 {
        fields + u32::from(value)
    }

    /// With fields.
    #[::rt::trace(crate = ::rt, fields(guard, value, fields, n))]
    #[must_use]
    pub fn with_fields(n: u32) -> u32 {
        fields + n
    }

    /// With constants inside.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n))]
    pub fn inside<const guards: u32>(n: u32) -> Result<u32, String> {
        const value: u32 = 1;
        const guard: u32 = 1;
        n.checked_sub(value + guard + guards).ok_or_else(|| "small".to_owned())
    }

    /// With a constant argument.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n))]
    pub fn generic<const fields: u32>(n: u32) -> Result<u32, String> {
        n.checked_sub(fields).ok_or_else(|| "small".to_owned())
    }

    /// With a result.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n))]
    pub fn result(n: u32) -> Result<span, String> {
        if n == 0 {
            return Err(guard.to_owned());
        }
        Ok(span)
    }

    /// With a result at the end.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt)]
    pub fn straight(n: u32) -> Result<u32, String> {
        n.checked_sub(failure).ok_or_else(|| guard.to_owned())
    }

    /// Waits.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n, guard))]
    pub async fn waits(n: u32) -> Result<u8, String> {
        ready(()).await;
        if n == output {
            return Err(guard.to_owned());
        }
        Ok(value)
    }
}

/// Upper-case items, named in an attribute.
pub mod upper_case {
    /// A name.
    pub const CALLSITE: &str = "named by a constant";
    /// A field.
    #[derive(Debug)]
    pub struct Marker;

    /// A name and a field.
    #[::rt::trace(crate = ::rt, name = CALLSITE, fields(callsite = CALLSITE, marker = ?Marker))]
    pub fn f() {}
}

/// Modules with the names of crates.
pub mod modules {
    /// Not the crate.
    pub mod core {}
    /// Not the crate.
    pub mod std {}
    /// Not the crate.
    pub mod trace_runtime {}
    /// Not the crate.
    pub mod rt {}
    /// Not the crate.
    pub mod alloc {}
    /// Not ours.
    pub mod __private {}

    /// Plain.
    #[::rt::trace(crate = ::rt, kind = producer, fields(n, shown = %n))]
    #[must_use]
    pub fn plain(n: u32) -> u32 {
        n + 1
    }

    /// A result.
    ///
    /// # Errors
    /// Without a number.
    #[::rt::trace(crate = ::rt)]
    pub fn result(text: &str) -> Result<u32, ::std::num::ParseIntError> {
        let n: u32 = text.parse()?;
        Ok(n)
    }

    /// Waits.
    ///
    /// # Errors
    /// Without a number.
    #[::rt::trace(crate = ::rt)]
    pub async fn waits(text: &str) -> Result<u32, ::std::num::ParseIntError> {
        ::std::future::ready(()).await;
        let n: u32 = text.parse()?;
        Ok(n)
    }
}

/// Functions and macros with the names of ours.
pub mod functions {
    /// Not ours.
    #[::rt::trace(crate = ::rt)]
    #[must_use]
    pub fn call(n: u32) -> u32 {
        enter(n)
    }

    /// Not ours.
    #[::rt::trace(crate = ::rt)]
    #[must_use]
    pub fn enter(n: u32) -> u32 {
        n + fail(n) + never()
    }

    #[::rt::trace(crate = ::rt)]
    fn fail(n: u32) -> u32 {
        n + 1
    }

    #[::rt::trace(crate = ::rt, fields(never = type_name(|n| n, 1).is_ok()))]
    fn never() -> u32 {
        let never = 1;
        never + 1
    }

    /// Itself.
    ///
    /// # Errors
    /// When it is large.
    #[::rt::trace(crate = ::rt)]
    pub fn type_name(call: fn(u32) -> u32, n: u32) -> Result<u32, String> {
        let n = call(n).checked_add(1).ok_or("large")?;
        Ok(n)
    }
}

/// A trait for everything, whose methods have the names of ours.
pub mod methods {
    /// For everything.
    pub trait Everything: Sized {
        /// By value.
        fn fields(self) -> u32 {
            1
        }
        /// By value.
        fn set(self, _: u8, _: u8) {}
        /// By reference.
        fn failure(&self) -> Option<u8> {
            None
        }
        /// By value.
        fn run(self, _: u8, _: u8) {}
        /// By value.
        fn fail(self) {}
    }
    impl<T> Everything for T {}

    /// With fields.
    #[::rt::trace(crate = ::rt, fields(n))]
    #[must_use]
    pub fn plain(n: u32) -> u32 {
        n.fields()
    }

    /// With a result.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt)]
    pub fn result(n: u32) -> Result<u32, String> {
        if n == 0 {
            return Err("zero".to_owned());
        }
        Ok(n)
    }

    /// Waits.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n))]
    pub async fn waits(n: u32) -> Result<u32, String> {
        ::std::future::ready(()).await;
        if n == 0 {
            return Err("zero".to_owned());
        }
        Ok(n)
    }
}
