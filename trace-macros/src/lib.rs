//! The attributes of `trace-runtime`. Use that crate: it re-exports them, and their output names it.
//!
//! The way of an attribute: its words become `args`, the code under it an `item`, `rules` say
//! whether the two fit, and `expand` writes the code. `message` holds what is said about mistakes.

/// Code whose local variables cannot meet the user's.
macro_rules! code {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

mod args;
mod body;
mod callsite;
mod expand;
mod field;
mod future;
mod item;
mod message;
mod model;
mod name;
mod outcome;
mod parameters;
mod report;
mod returns;
mod rules;

use proc_macro::TokenStream;

/// Makes every call of a function, or of the functions in an `impl`, `trait` or inline module, a span.
///
/// ```ignore
/// #[trace]
/// fn plain() {}
///
/// #[trace(name = "load user", kind = client, fields(user.id = id, %path))]
/// async fn load(id: u64, path: &std::path::Display<'_>) -> Result<User, Error> { .. }
///
/// #[trace]
/// impl Store {
///     fn get(&self) {}             // Store::get
///     #[trace(skip)]
///     fn hot(&self) {}             // no span
/// }
/// ```
///
/// | option | meaning |
/// |---|---|
/// | `name = "..."` | the operation name, a constant; default `Type::method`, `module::function` |
/// | `kind = server` | `internal` (default), `server`, `client`, `producer`, `consumer` |
/// | `root` | begins a new trace |
/// | `fields(key = expr, arg)` | attributes, evaluated once before the body, only if the span is recorded; `%expr` records `Display`, `?expr` records `Debug` |
/// | `skip` | no span; on a function of a block |
/// | `crate = path` | where `trace_runtime` is, if it has another name |
///
/// On a block, `kind`, `root` and `crate` apply to each function without an attribute of its own. What cannot
/// be traced in a block is left alone: `const fn`, functions without body, tests, macros, `extern` blocks.
///
/// A returned `Err` gives the span status Error, as does a panic; a future that is dropped early is marked
/// `trace.end = "cancelled"`.
#[proc_macro_attribute]
pub fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(rules::Place::Any, args.into(), item.into()).into()
}

/// [`trace`](macro@trace) for a function: `#[trace_fn(name = "...")]`.
#[proc_macro_attribute]
pub fn trace_fn(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(rules::Place::Function, args.into(), item.into()).into()
}

/// [`trace`](macro@trace) for all methods of an `impl` block.
#[proc_macro_attribute]
pub fn trace_type(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(rules::Place::Impl, args.into(), item.into()).into()
}
