//! Without the prelude's names, or with others in their places.

/// Nothing is in scope.
pub mod none {
    #![no_implicit_prelude]

    /// Plain.
    #[::rt::trace(crate = ::rt, name = "none", kind = internal, root, fields(n, text, shown = %n, debugged = ?text))]
    #[must_use]
    pub fn plain(n: u32, text: &str) -> usize {
        n as usize + text.len()
    }

    /// A result.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt)]
    pub fn result(n: u32) -> ::std::result::Result<u32, u8> {
        if n == 0 {
            return ::std::result::Result::Err(1);
        }
        ::std::result::Result::Ok(n)
    }

    /// A result at the end.
    ///
    /// # Errors
    /// Without a number.
    #[::rt::trace(crate = ::rt)]
    pub fn straight(text: &str) -> ::std::result::Result<u32, ::std::num::ParseIntError> {
        text.parse()
    }

    /// An option.
    #[::rt::trace(crate = ::rt)]
    #[must_use]
    pub fn option(n: u32) -> ::std::option::Option<::std::result::Result<u32, u8>> {
        if n == 0 { ::std::option::Option::None } else { ::std::option::Option::Some(result(n)) }
    }

    /// Waits.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n))]
    pub async fn waits(n: u32) -> ::std::result::Result<u32, u8> {
        ::std::future::ready(()).await;
        let n = result(n)?;
        ::std::result::Result::Ok(n)
    }

    /// A boxed future.
    #[::rt::trace(crate = ::rt)]
    #[must_use]
    pub fn boxed(n: u32) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = u32>>> {
        ::std::boxed::Box::pin(async move {
            ::std::future::ready(()).await;
            n
        })
    }

    /// A type.
    #[derive(Debug)]
    pub struct Service(u32);

    #[::rt::trace_type(crate = ::rt)]
    impl Service {
        /// A maker.
        #[must_use]
        pub fn new() -> Self {
            Self(straight("4").unwrap_or(1))
        }
        /// Itself.
        ///
        /// # Errors
        /// For zero.
        pub fn get(&mut self) -> ::std::result::Result<&mut u32, u8> {
            if self.0 == 0 {
                return ::std::result::Result::Err(1);
            }
            ::std::result::Result::Ok(&mut self.0)
        }
    }

    impl ::std::default::Default for Service {
        #[::rt::trace(crate = ::rt)]
        fn default() -> Self {
            Self::new()
        }
    }
}

/// Other things have the prelude's names.
#[allow(clippy::wildcard_imports, unused_macros)]
pub mod shadowed {
    use others::*;

    /// Types, traits, functions and values that are not the prelude's.
    #[allow(non_upper_case_globals, missing_debug_implementations)]
    pub mod others {
        /// Not the prelude's.
        pub struct Option;
        /// Not the prelude's.
        pub struct Result;
        /// Not the prelude's.
        pub struct Box;
        /// Not the prelude's.
        pub struct Vec;
        /// Not the prelude's.
        pub struct String;
        /// Not the prelude's.
        pub const Some: i8 = 1;
        /// Not the prelude's.
        pub const None: i8 = 1;
        /// Not the prelude's.
        pub const Ok: i8 = 1;
        /// Not the prelude's.
        pub const Err: i8 = 1;
        /// Not the prelude's.
        pub trait Iterator {}
        /// Not the prelude's.
        pub trait Future {}
        /// Not the prelude's.
        pub trait Send {}
        /// Not the prelude's.
        pub trait Sync {}
        /// Not the prelude's.
        pub trait Default {}
        /// Not the prelude's.
        pub trait Drop {}
        /// Not the prelude's.
        pub trait Fn {}
        /// Not the prelude's.
        pub trait FnOnce {}
        /// Not the prelude's.
        pub trait Into {}
        /// Not the prelude's.
        pub trait ToString {}
        /// Not the prelude's.
        pub const fn drop() {}
        /// Not the language's.
        #[allow(non_camel_case_types)]
        pub struct str;
        /// Not the language's.
        #[allow(non_camel_case_types)]
        pub struct bool;
        /// Not the language's.
        #[allow(non_camel_case_types)]
        pub struct u8;
    }

    macro_rules! panic {
        ($($any:tt)*) => {
            compile_error!("the user's own panic!")
        };
    }
    macro_rules! format {
        ($($any:tt)*) => {
            compile_error!("the user's own format!")
        };
    }
    macro_rules! matches {
        ($($any:tt)*) => {
            compile_error!("the user's own matches!")
        };
    }
    macro_rules! vec {
        ($($any:tt)*) => {
            compile_error!("the user's own vec!")
        };
    }
    macro_rules! unreachable {
        ($($any:tt)*) => {
            compile_error!("the user's own unreachable!")
        };
    }
    macro_rules! option_env {
        ($($any:tt)*) => {
            compile_error!("the user's own option_env!")
        };
    }

    /// Plain.
    #[::rt::trace(crate = ::rt, name = "shadowed", root, kind = consumer, fields(n, shown = %n, debugged = ?n))]
    #[must_use]
    pub fn plain(n: u32) -> u32 {
        n + 1
    }

    /// A result.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt)]
    pub fn result(n: u32) -> ::std::result::Result<u32, &'static ::std::primitive::str> {
        if n == 0 {
            return ::std::result::Result::Err("zero");
        }
        ::std::result::Result::Ok(n)
    }

    /// Waits.
    ///
    /// # Errors
    /// For zero.
    #[::rt::trace(crate = ::rt, fields(n))]
    pub async fn waits(n: u32) -> ::std::result::Result<u32, &'static ::std::primitive::str> {
        ::std::future::ready(()).await;
        let n = result(n)?;
        ::std::result::Result::Ok(n)
    }

    /// A struct that is called a result, and is none.
    #[::rt::trace(crate = ::rt)]
    #[must_use]
    pub fn not_a_result() -> Result {
        Result
    }

    /// A struct that is called an option, and is none.
    #[::rt::trace(crate = ::rt)]
    pub async fn not_an_option() -> Option {
        ::std::future::ready(()).await;
        Option
    }
}
