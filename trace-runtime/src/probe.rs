//! What a returned value says of its call.
//!
//! The macros hand the value to a [`Probe`]. Which of its methods answers is chosen where the function is compiled, by what
//! is known of the types there: the error's text if it has one, else its type's name. No bound is put on the user's types.

use crate::handle::Handle;
use crate::layout;
use crate::outcome::{Failure, add_exception, debug, display, record};
use crate::span::set_attribute;
use crate::value::ToValue;
use crate::wire::Key;
use std::any::type_name;
use std::fmt::{Debug, Display};
use std::task::Poll;

/// Where the outcome of a call goes.
#[derive(Clone, Copy)]
pub struct Ending {
    /// `None` if the span is not recorded.
    handle: Option<Handle>,
    /// The span is that of a caller: events only.
    borrowed: bool,
}

impl Ending {
    pub(crate) fn of(handle: Option<Handle>, borrowed: bool) -> Self {
        Self { handle, borrowed }
    }

    #[cold]
    #[inline(never)]
    fn error(self, error_type: &'static str, text: Option<&dyn Display>) {
        match self.handle {
            Some(handle) if self.borrowed => add_exception(handle, &Failure::new(error_type, text)),
            Some(handle) => record(handle, &Failure::new(error_type, text)),
            None => {}
        }
    }

    /// `err = classifier`: whether the classifier calls the value a failure. It is asked only if the span is recorded.
    pub fn classify<'a, R: ?Sized, V: Verdict>(self, value: &'a R, classifier: impl FnOnce(&'a R) -> V) -> bool {
        self.handle.is_some() && classifier(value).tell(self)
    }

    /// `ok`: the call succeeded, if it did not fail.
    pub fn ok(self, failed: bool) {
        if let Some(handle) = self.handle.filter(|_| !failed && !self.borrowed) {
            handle.status(layout::OK, "");
        }
    }

    fn value(self, value: &(impl ToValue + ?Sized)) {
        if let Some(handle) = self.handle {
            set_attribute(handle, Key::Encoded(b"\x0a\x06return"), value);
            handle.flag(layout::LOOSE_KEYS);
        }
    }
}

impl Debug for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ending")
    }
}

/// What a classifier (`err = ..`) may answer.
#[diagnostic::on_unimplemented(
    message = "`err = ..` must say whether the call failed, with a `bool` or an `Option` of what can be displayed",
    label = "the classifier returns `{Self}`",
    note = "for example `err = |result: &Option<u32>| result.is_none()`"
)]
pub trait Verdict {
    /// Passes the verdict on; `true` for a failure.
    fn tell(self, to: Ending) -> bool;
}

/// `true`: failed. `error.type` is `_OTHER` then (semantic conventions, "Error").
impl Verdict for bool {
    fn tell(self, to: Ending) -> bool {
        if self {
            to.error("_OTHER", None);
        }
        self
    }
}

/// `Some`: failed, with this text.
impl<E: Display> Verdict for Option<E> {
    fn tell(self, to: Ending) -> bool {
        if let Some(error) = &self {
            to.error(type_name::<E>().trim_start_matches('&'), Some(error));
        }
        self.is_some()
    }
}

/// A returned value, to be looked at.
#[derive(Debug)]
pub struct Probe<'a, T>(pub &'a T);

/// The shapes that hold an error, and where it is in them.
macro_rules! shapes {
    ($use:ident! $args:tt) => {
        $use!($args Result<T, E>, Err(error), error);
        $use!($args Option<Result<T, E>>, Some(Err(error)), error);
        $use!($args Poll<Result<T, E>>, Poll::Ready(Err(error)), error);
        $use!($args Poll<Option<Result<T, E>>>, Poll::Ready(Some(Err(error))), error);
    };
}

macro_rules! look {
    (($level:ident [$($bound:tt)*] [$($refs:tt)*] |$value:ident| $text:expr) $ty:ty, $pattern:pat, $error:ident) => {
        impl<T, E: $($bound)*> $level for $($refs)* Probe<'_, $ty> {
            #[inline]
            fn trace_runtime_look(&self, to: Ending) -> bool {
                let $pattern = self.0 else { return false };
                let $value: &E = $error;
                to.error(type_name::<E>(), $text);
                true
            }
        }
    };
}

/// An error with a text.
pub trait ByText {
    /// Passes a failure on; `true` if the value is one.
    fn trace_runtime_look(&self, to: Ending) -> bool;
}
shapes!(look! (ByText [Display] [&&] |error| Some(error)));

/// An error without.
pub trait ByType {
    /// Passes a failure on; `true` if the value is one.
    fn trace_runtime_look(&self, to: Ending) -> bool;
}
shapes!(look! (ByType [] [&] |_error| None));

/// Anything else is not a failure.
pub trait ByNothing {
    /// `false`.
    fn trace_runtime_look(&self, _: Ending) -> bool {
        false
    }
}
impl<T> ByNothing for Probe<'_, T> {}

/// `err(debug)`: what can hold an error must have one that can be debugged.
pub trait ByDebug {
    /// The error's type.
    type Error;
    /// Passes a failure on; `true` if the value is one.
    fn trace_runtime_look_debug(&self, to: Ending) -> bool
    where
        Self::Error: Debug;
}

macro_rules! look_debug {
    (() $ty:ty, $pattern:pat, $error:ident) => {
        impl<T, E> ByDebug for &Probe<'_, $ty> {
            type Error = E;
            #[inline]
            fn trace_runtime_look_debug(&self, to: Ending) -> bool
            where
                E: Debug,
            {
                let $pattern = self.0 else { return false };
                to.error(type_name::<E>(), Some(&format_args!("{:?}", $error)));
                true
            }
        }
    };
}
shapes!(look_debug!());

/// Anything else is not a failure.
pub trait NotByDebug {
    /// `false`.
    fn trace_runtime_look_debug(&self, _: Ending) -> bool {
        false
    }
}
impl<T> NotByDebug for Probe<'_, T> {}

macro_rules! returned {
    ($level:ident, $($ty:ty),*: |$value:ident| $inner:expr, [$($refs:tt)*] $($generic:ident)*) => {
        /// `ret`: records what the call returned; of a `Result`, what is in its `Ok`.
        pub trait $level {
            /// What is recorded.
            type Value;
            /// Records it.
            fn trace_runtime_return(&self, to: Ending)
            where
                Self::Value: ToValue;
            /// Records its `Display`.
            fn trace_runtime_return_display(&self, to: Ending)
            where
                Self::Value: Display;
            /// Records its `Debug`.
            fn trace_runtime_return_debug(&self, to: Ending)
            where
                Self::Value: Debug;
        }
        impl<T $(, $generic)*> $level for $($refs)* Probe<'_, $($ty)*> {
            type Value = T;
            fn trace_runtime_return(&self, to: Ending)
            where
                T: ToValue,
            {
                let $value = self.0;
                if let Some(value) = $inner {
                    to.value(value);
                }
            }
            fn trace_runtime_return_display(&self, to: Ending)
            where
                T: Display,
            {
                let $value = self.0;
                if let Some(value) = Option::<&T>::filter($inner, |_| to.handle.is_some()) {
                    to.value(&display(value));
                }
            }
            fn trace_runtime_return_debug(&self, to: Ending)
            where
                T: Debug,
            {
                let $value = self.0;
                if let Some(value) = Option::<&T>::filter($inner, |_| to.handle.is_some()) {
                    to.value(&debug(value));
                }
            }
        }
    };
}
returned!(OkReturned, Result<T, E>: |value| value.as_ref().ok(), [&] E);
returned!(Returned, T: |value| Some(value), []);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::explicit_auto_deref, clippy::needless_borrow)] // as the macros write it
    fn the_most_specific_answer_is_chosen() {
        struct Opaque;
        let to = Ending::of(None, false);
        let text: Result<(), String> = Err("went wrong".into());
        let opaque: Option<Result<(), Opaque>> = Some(Err(Opaque));
        assert!((&&&Probe(&text)).trace_runtime_look(to));
        assert!((&&&Probe(&opaque)).trace_runtime_look(to));
        assert!(!(&&&Probe(&Ok::<u8, String>(1))).trace_runtime_look(to));
        assert!(!(&&&Probe(&5u8)).trace_runtime_look(to));
        assert!(!(&&Probe(&5u8)).trace_runtime_look_debug(to));
        assert!((&&Probe(&text)).trace_runtime_look_debug(to));
        (&&Probe(&text)).trace_runtime_return_debug(to);
        (&&Probe(&Opaque)).trace_runtime_look_debug(to);
        (&&Probe(&5u8)).trace_runtime_return(to);
    }
}
