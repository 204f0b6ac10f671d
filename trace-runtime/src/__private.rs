//! What the attributes' output names. Not for people; changes without notice.

pub use crate::builder::SpanBuilder;
pub use crate::callsite::Callsite;
pub use crate::future::{AsyncSpan, Traced};
pub use crate::guard::Guard;
pub use crate::id::Kind;
pub use crate::outcome::{Failure, Probe, debug, display};
pub use crate::scope;
pub use crate::span::{Fields, Under};
pub use core::any::type_name;
pub use core::option::Option::{self, None, Some};

/// The traits behind [`Probe`], without names that could clash.
pub mod probe {
    pub use crate::outcome::{ByNothing as _, ByText as _, ByType as _};
}

/// The crate being compiled: the instrumentation scope.
#[doc(hidden)]
#[macro_export]
macro_rules! scope {
    () => {
        (
            match ::core::option_env!("CARGO_PKG_NAME") {
                $crate::__private::Some(name) => name,
                $crate::__private::None => ::core::module_path!(),
            },
            match ::core::option_env!("CARGO_PKG_VERSION") {
                $crate::__private::Some(version) => version,
                $crate::__private::None => "",
            },
        )
    };
}

/// Enters the span of a synchronous function.
#[inline(always)]
pub fn enter(callsite: &'static Callsite) -> Guard {
    crate::guard::enter(callsite)
}

/// Enters the span of a synchronous function as the root of a new trace.
pub fn enter_root(callsite: &'static Callsite) -> Guard {
    crate::guard::enter_under(callsite, callsite.kind(), Under::Nothing)
}

/// Starts the span of an asynchronous function.
pub fn start(callsite: &'static Callsite) -> AsyncSpan {
    AsyncSpan::start(callsite, callsite.kind(), Under::Current)
}

/// Starts the span of an asynchronous function as the root of a new trace.
pub fn start_root(callsite: &'static Callsite) -> AsyncSpan {
    AsyncSpan::start(callsite, callsite.kind(), Under::Nothing)
}

/// Stands for a value of this type in code that is never reached.
///
/// # Panics
/// Always.
pub fn never<T>() -> T {
    unreachable!("only the type counts")
}

/// Runs a body that may leave early, so that what it returns can be looked at.
#[inline(always)]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Records a failure of the function that the guard belongs to.
#[inline]
pub fn fail(guard: &Guard, failure: Option<Failure>) {
    if let Some(failure) = failure {
        guard.fail(&failure);
    }
}
