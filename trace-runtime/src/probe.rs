//! What a returned value says of its call.
//!
//! The macros make an [`Outcome`] of the value. Which of its methods answers is chosen where the function is compiled, by what
//! is known of the types there: the error's text if it has one, else its type's name. No bound is put on the user's types.

use crate::attribute::{Key, set_attribute};
use crate::future::AsyncSpan;
use crate::guard::Guard;
use crate::handle::Handle;
use crate::layout;
use crate::outcome::{Failure, add_exception, debug, display, record};
use crate::value::ToValue;
use std::any::type_name;
use std::fmt::{Debug, Display};
use std::ops::Deref;
use std::task::Poll;

/// Where the outcome of a call goes.
#[derive(Clone, Copy, Debug)]
pub enum Ending<'a> {
    /// To a synchronous call's span.
    Sync(&'a Guard),
    /// To a future's span.
    Async(&'a AsyncSpan),
}

impl<'a> Ending<'a> {
    /// What the call returned, to be looked at.
    #[inline]
    pub fn outcome<T>(self, value: &'a T) -> Outcome<'a, T> {
        Outcome(ByType(ByNothing { value, to: self }))
    }

    /// The span, if it is recorded, and whether it is that of a caller: that takes events only.
    fn span(self) -> (Option<Handle>, bool) {
        match self {
            Self::Sync(guard) => (guard.handle(), guard.is_borrowed()),
            Self::Async(span) => (span.handle(), span.is_borrowed()),
        }
    }

    #[cold]
    #[inline(never)]
    fn error(self, error_type: &'static str, text: Option<&dyn Display>) {
        match self.span() {
            (Some(handle), true) => add_exception(handle, &Failure::new(error_type, text)),
            (Some(handle), false) => record(handle, &Failure::new(error_type, text)),
            (None, _) => self.note_failure(),
        }
    }

    /// Without a span, the call may be counted.
    fn note_failure(self) {
        match self {
            Self::Sync(guard) => guard.note_failure(),
            Self::Async(span) => span.note_failure(),
        }
    }

    fn is_counted(self) -> bool {
        match self {
            Self::Sync(guard) => guard.is_counted(),
            Self::Async(span) => span.is_counted(),
        }
    }

    /// `err = classifier`: whether the classifier calls the value a failure. It is asked only if the call is recorded or counted.
    pub fn classify<R: ?Sized, V: Verdict>(self, value: &'a R, classifier: impl FnOnce(&'a R) -> V) -> bool {
        (self.span().0.is_some() || self.is_counted()) && classifier(value).tell(self)
    }

    /// `ok`: the call succeeded, if it did not fail.
    pub fn ok(self, failed: bool) {
        if let (Some(handle), false) = self.span() {
            if !failed {
                handle.status(layout::OK, "");
            }
        }
    }

    /// `ret`: what `value` makes, if the span is recorded.
    fn value<T: ToValue>(self, value: impl FnOnce() -> Option<T>) {
        if let (Some(handle), _) = self.span() {
            if let Some(value) = value() {
                set_attribute(handle, Key::Known("return"), &value);
                handle.flag(layout::LOOSE_KEYS);
            }
        }
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
    fn tell(self, to: Ending<'_>) -> bool;
}

/// `true`: failed. `error.type` is `_OTHER` then (semantic conventions, "Error").
impl Verdict for bool {
    fn tell(self, to: Ending<'_>) -> bool {
        if self {
            to.error("_OTHER", None);
        }
        self
    }
}

/// `Some`: failed, with this text.
impl<E: Display> Verdict for Option<E> {
    fn tell(self, to: Ending<'_>) -> bool {
        if let Some(error) = &self {
            to.error(type_name::<E>().trim_start_matches('&'), Some(error));
        }
        self.is_some()
    }
}

/// A returned value, to be looked at. Each level dereferences to the next: the compiler takes the method of the first that
/// has one for what is known of the type.
#[derive(Debug)]
pub struct Outcome<'a, T>(ByType<'a, T>);

/// What looks at errors without a text.
#[derive(Debug)]
pub struct ByType<'a, T>(ByNothing<'a, T>);

/// What looks at values without an error.
#[derive(Debug)]
pub struct ByNothing<'a, T> {
    value: &'a T,
    to: Ending<'a>,
}

impl<'a, T> Deref for Outcome<'a, T> {
    type Target = ByType<'a, T>;
    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'a, T> Deref for ByType<'a, T> {
    type Target = ByNothing<'a, T>;
    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// What may hold an error.
pub trait Fallible {
    /// What it holds otherwise.
    type Ok;
    /// The error's type.
    type Error;
    /// The error, if it is one.
    fn error(&self) -> Option<&Self::Error>;
    /// The value, if it is one.
    fn ok(&self) -> Option<&Self::Ok>;
}

macro_rules! fallible {
    ($($ty:ty: |$it:ident| $result:expr;)*) => {
        $(impl<T, E> Fallible for $ty {
            type Ok = T;
            type Error = E;
            #[inline]
            fn error(&self) -> Option<&E> {
                let $it = self;
                $result.and_then(|result| result.as_ref().err())
            }
            fn ok(&self) -> Option<&T> {
                let $it = self;
                $result.and_then(|result| result.as_ref().ok())
            }
        })*
    };
}
fallible! {
    Result<T, E>: |it| Some(it);
    Option<Result<T, E>>: |it| it.as_ref();
    Poll<Result<T, E>>: |it| if let Poll::Ready(it) = it { Some(it) } else { None };
    Poll<Option<Result<T, E>>>: |it| if let Poll::Ready(it) = it { it.as_ref() } else { None };
}

impl<T: Fallible<Error: Display>> Outcome<'_, T> {
    /// Passes a failure on; `true` if the value is one.
    #[inline]
    pub fn trace_runtime_look(&self) -> bool {
        let Some(error) = self.value.error() else { return false };
        self.to.error(type_name::<T::Error>(), Some(error));
        true
    }
}

impl<T: Fallible> ByType<'_, T> {
    /// Passes a failure on; `true` if the value is one.
    #[inline]
    pub fn trace_runtime_look(&self) -> bool {
        let failed = self.value.error().is_some();
        if failed {
            self.to.error(type_name::<T::Error>(), None);
        }
        failed
    }

    /// Passes a failure on, with its `Debug`; `true` if the value is one.
    pub fn trace_runtime_look_debug(&self) -> bool
    where
        T::Error: Debug,
    {
        let Some(error) = self.value.error() else { return false };
        self.to.error(type_name::<T::Error>(), Some(&format_args!("{error:?}")));
        true
    }
}

#[allow(clippy::unused_self)] // like those before
impl<T> ByNothing<'_, T> {
    /// It is no failure.
    #[inline]
    pub fn trace_runtime_look(&self) -> bool {
        false
    }

    /// It is no failure.
    pub fn trace_runtime_look_debug(&self) -> bool {
        false
    }
}

/// `ret`: what is recorded of which value.
macro_rules! returned {
    ($($level:ident<T> [$($bound:tt)*] $recorded:ty: |$value:ident| $returned:expr;)*) => {
        $(impl<T $($bound)*> $level<'_, T> {
            /// Records what was returned.
            pub fn trace_runtime_return(&self)
            where
                $recorded: ToValue,
            {
                let $value = self.value;
                self.to.value(|| $returned);
            }

            /// Records its `Display`.
            pub fn trace_runtime_return_display(&self)
            where
                $recorded: Display,
            {
                let $value = self.value;
                self.to.value(|| Option::<&$recorded>::map($returned, |value| display(value)));
            }

            /// Records its `Debug`.
            pub fn trace_runtime_return_debug(&self)
            where
                $recorded: Debug,
            {
                let $value = self.value;
                self.to.value(|| Option::<&$recorded>::map($returned, |value| debug(value)));
            }
        })*
    };
}
returned! {
    Outcome<T> [: Fallible] T::Ok: |value| value.ok();
    ByNothing<T> [] T: |value| Some(value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_answer_is_chosen() {
        struct Opaque;
        let guard = crate::guard::borrow();
        let to = Ending::Sync(&guard);
        let text: Result<(), String> = Err("went wrong".into());
        let opaque: Option<Result<(), Opaque>> = Some(Err(Opaque));
        assert!(to.outcome(&text).trace_runtime_look());
        assert!(to.outcome(&opaque).trace_runtime_look());
        assert!(!to.outcome(&Ok::<u8, String>(1)).trace_runtime_look());
        assert!(!to.outcome(&5u8).trace_runtime_look());
        assert!(!to.outcome(&5u8).trace_runtime_look_debug());
        assert!(to.outcome(&text).trace_runtime_look_debug());
        assert!(!to.outcome(&Opaque).trace_runtime_look_debug());
        to.outcome(&Ok::<u8, Opaque>(1)).trace_runtime_return_debug();
        to.outcome(&5u8).trace_runtime_return();
    }
}
