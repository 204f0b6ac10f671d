//! What the attributes' output names. Not for people; changes without notice.

pub use crate::builder::SpanBuilder;
pub use crate::callsite::Callsite;
pub use crate::future::{AsyncSpan, Traced};
pub use crate::guard::Guard;
pub use crate::id::Kind;
pub use crate::items::Items;
pub use crate::outcome::{debug, display};
pub use crate::probe::Ending;
pub use crate::scope;
pub use crate::span::Fields;
pub use core::format_args;
pub use core::future::Future;
pub use core::option::Option::{self, None, Some};

use crate::future::Begin;
use crate::snapshot::{Snapshot, ToParent};
use crate::span::Under;

/// The traits behind [`Items`], without names that could clash.
pub mod items {
    pub use crate::items::{ByBoxedFuture as _, ByFuture as _, ByIterator as _, ByStream as _};
    pub use crate::items::{NotByBoxedFuture as _, NotByFuture as _, NotByIterator as _, NotByStream as _};
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

/// What `parent = ..` gives.
pub fn parent(parent: &(impl ToParent + ?Sized)) -> Option<Snapshot> {
    parent.to_parent()
}

/// Enters the span of a synchronous function.
#[inline(always)]
pub fn enter(callsite: &'static Callsite) -> Guard {
    crate::guard::enter(callsite)
}

/// Starts the span of an asynchronous function.
pub fn start(callsite: &'static Callsite) -> AsyncSpan {
    AsyncSpan::start_here(callsite)
}

/// Prepares the span of an asynchronous function whose body is about to be polled.
#[inline(always)]
pub fn first(callsite: &'static Callsite) -> AsyncSpan {
    if callsite.is_on() { later(callsite) } else { AsyncSpan::none() }
}

/// Prepares the span of a returned future, which starts at the first poll.
#[inline]
pub fn later(callsite: &'static Callsite) -> AsyncSpan {
    AsyncSpan::later(callsite, Begin::Child)
}

macro_rules! elsewhere {
    ($($option:literal $enter:ident $start:ident $later:ident($($parent:ident)?) $under:expr, $begin:expr;)*) => {
        $(
            #[doc = concat!("Enters the span of a synchronous function with the option `", $option, "`.")]
            pub fn $enter(callsite: &'static Callsite $(, $parent: Option<Snapshot>)?) -> Guard {
                crate::guard::enter_under(callsite, callsite.kind(), $under)
            }

            #[doc = concat!("Starts the span of an asynchronous function with the option `", $option, "`.")]
            pub fn $start(callsite: &'static Callsite $(, $parent: Option<Snapshot>)?) -> AsyncSpan {
                AsyncSpan::start(callsite, callsite.kind(), $under)
            }

            #[doc = concat!("Prepares the span of a returned future with the option `", $option, "`.")]
            pub fn $later(callsite: &'static Callsite $(, $parent: Option<Snapshot>)?) -> AsyncSpan {
                AsyncSpan::later(callsite, $begin)
            }
        )*
    };
}
elsewhere! {
    "root" enter_root start_root later_root() Under::Nothing, Begin::Root;
    "detached" enter_detached start_detached later_detached() Under::Detached, Begin::Detached;
    "parent" enter_parent start_parent later_parent(parent)
        parent.as_ref().map_or(Under::Nothing, Under::Given), parent.map_or(Begin::Root, |parent| Begin::Under(Box::new(parent)));
}

/// Stands for the caller's span in a synchronous function with the option `current`.
pub fn enter_current() -> Guard {
    crate::guard::borrow()
}

/// Stands for the caller's span in an asynchronous function with the option `current`.
pub fn start_current() -> AsyncSpan {
    AsyncSpan::borrow()
}

/// Stands for the caller's span in a returned future with the option `current`.
pub fn later_current() -> AsyncSpan {
    AsyncSpan::borrow()
}

/// A place for a future's attributes, inside of it: if the span that is current is its own, and recorded.
pub fn fields_of(callsite: &'static Callsite) -> Option<Fields> {
    let span = crate::thread::with(|thread| thread.span.get());
    let handle = crate::span::handle_of(&span).filter(|_| span.place.is_owner());
    handle.filter(|handle| handle.slot.callsite() == callsite.id()).map(|handle| Fields::new(handle, None))
}

/// Stands for a value of this type in code that is never reached.
///
/// # Panics
/// Always.
pub fn never<T>() -> T {
    unreachable!("only the type counts")
}

/// Where nothing is to be looked at in what a future gives. A closure would be one more body for the compiler to check.
pub fn ignore<T>(_: &T, _: Ending<'_>) {}

/// Keeps a classifier in use where tracing is compiled out.
pub fn kept<'a, R: ?Sized, V: crate::probe::Verdict>(_: &'a R, _: impl FnOnce(&'a R) -> V) {}

/// Stands for the return of a closure that takes these arguments, in code that is never reached.
///
/// # Panics
/// Always.
pub fn taken<T, R>(_: T) -> R {
    unreachable!("only the types count")
}

/// Runs a body that may leave early, so that what it returns can be looked at.
#[inline(always)]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}
