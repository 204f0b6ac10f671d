//! The attributes of `trace-runtime`. Use that crate: it re-exports them, and their output names it.
//!
//! The way of an attribute, and where to read on:
//!
//! 1. arguments: its words become `args` (with `name` and `field`), the code under it an `item`;
//! 2. validation: `rules` say whether the two fit, in the words of `message`, all mistakes at once (`report`);
//! 3. model: `model` decides what each function becomes, from its `body` (or `future_body`), `parameters` and `returns`;
//! 4. expansion: `expand` writes it, for all functions of a `block`, with `callsite` (begin), `future` and `outcome` (end).

/// Code whose local variables cannot meet the user's.
macro_rules! code {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

mod args;
mod block;
mod body;
mod callsite;
mod expand;
mod field;
mod future;
mod future_body;
mod item;
mod message;
mod model;
mod name;
mod off;
mod outcome;
mod parameters;
mod report;
mod returns;
mod rules;
#[cfg(test)]
mod snapshots;

use proc_macro::TokenStream;

/// Makes every call of a function, or of the functions in an `impl`, `trait` or inline module, a span.
///
/// ```ignore
/// #[trace]
/// fn plain() {}
///
/// #[trace(name = "load user {id}", kind = client, fields(cache.hit = cached(id)), ret)]
/// async fn load(#[field("user.id")] id: u64, secret: &str) -> Result<u32, Error> { .. }
///
/// #[trace(name = "store.{fn}", fields(db.system = "mem"))]
/// impl Store {
///     fn get(&self) {}             // store.get
///     #[trace(kind = client)]
///     fn fetch(&self) {}           // store.fetch, and a client
///     #[trace(skip)]
///     fn hot(&self) {}             // no span
/// }
/// ```
///
/// # Options
///
/// On a block they are the defaults of its functions. A function's own attribute changes what it names: fields are
/// joined by key, `flag = false` takes a flag back, `err(off)` and `ret(off)` the others.
///
/// | option | meaning |
/// |---|---|
/// | `name = "..."` | the operation name: a constant, or a template with arguments, `"load {id} of {self.store}"`; `{fn}` is the function's name. Default `module::function`, `Type::method`, `<Type as Trait>::method` |
/// | `kind = server` | `internal` (default), `server`, `client`, `producer`, `consumer` |
/// | `fields(key = expr, arg)` | attributes; `%expr` records `Display`, `?expr` records `Debug`; an `Option` that is `None` is left out |
/// | `err` | what counts as a failure, see below |
/// | `ret`, `ret(display)`, `ret(debug)` | records the returned value as attribute `return`; of a `Result` that in its `Ok` |
/// | `ok` | a call that did not fail gets status Ok; otherwise it stays Unset |
/// | `links = expr` | links to a `SpanContext`, `Snapshot` or `Extracted`, or to those in an array, `Vec` or `Option` |
/// | `target = "..."` | the instrumentation scope's name, instead of the crate's |
/// | `crate = path` | where `trace_runtime` is, if it has another name |
///
/// At most one of these says where the span belongs, which by default is under the current one:
///
/// | option | meaning |
/// |---|---|
/// | `root` | begins a new trace |
/// | `parent = expr` | under a `Snapshot`, a `SpanContext` or an `Extracted`; an `Option` of one may be `None`, which means `root` |
/// | `detached` | begins a new trace, and links it and the current span to each other |
/// | `current` | no span of its own: fields, links, `ret`, errors and panics (as events) go to the innermost span |
///
/// And these choose functions:
///
/// | option | meaning |
/// |---|---|
/// | `skip` | no span; what is called inside belongs to the caller's span |
/// | `skip(new, len)` | on a block: these functions are left alone |
/// | `only(pub)` | on an `impl` or module: only functions that are `pub`, and those with an attribute of their own |
///
/// A parameter can be marked instead of named again: `#[field] id: u64`, `#[field("user.name")]`, `#[field(%)]`,
/// `#[field("list", ?)]`. No other argument is ever recorded. The key of `fields(self.id)` is `id`; a key may also be a string.
/// Expressions are borrowed and evaluated once, before the body, and only if the span is recorded; `parent`, which decides
/// that, whenever tracing is on. What a block says of `self` is not said of its functions without.
///
/// # What counts as a failure
///
/// An `Err`, also inside `Option` or `Poll`, gives the span status Error with the error's text and an `exception` event;
/// so does a panic. The error's type needs no trait: without `Display`, or where a generic `E` has no bound, its type name
/// stands for the text. `None`, `ControlFlow::Break` and `Ok(Err(_))` are not failures.
///
/// `err(off)` leaves the result alone, `err(debug)` takes the error's `Debug`, and `err = classifier` asks a function or
/// closure of the result, which answers with a `bool` or an `Option` of what to show: `err = Option::is_none`,
/// `err = |r: &Result<u16, E>| r.as_ref().ok().filter(|code| **code >= 500)`. It sees the result only, not the arguments.
///
/// # How long the span lasts
///
/// A call's span ends when it returns. An `async fn`'s starts at the first poll and ends when the future is ready;
/// if it is dropped before, it is marked `trace.end = "cancelled"`. A function that returns a future whose whole body is
/// `async move { .. }` or `Box::pin(async move { .. })` is treated as an `async fn`; what its `fields` mention goes into the future.
/// If it does other work before, or returns an iterator or a stream, the span starts at the call and lasts until the future
/// is ready, until the last item, or until what was returned is dropped. That holds for `impl Future`, `impl Iterator`,
/// `impl Stream` (of `futures-core`) with `DoubleEndedIterator`, `ExactSizeIterator`, `FusedIterator`, `Send`, `Sync`, `Unpin`, lifetimes
/// and `use<..>`; with any other bound (such as `Clone`) the span ends at return. It also holds for `Pin<Box<dyn Future>>`, by
/// itself or behind a name that ends in `Future` or `Fut`, such as `Self::Future`.
///
/// # Limits
///
/// - What cannot be traced in a block is left alone: `const fn`, functions without body, tests, macros, `extern` blocks.
/// - On a `#[track_caller]` function that may leave early (`return`, `?`, a macro that may) an `Err` is not seen, as looking
///   would need a closure, which would be the caller then. Asking for `err`, `ret` or `ok` there is an error.
/// - Files (`mod name;`) and whole crates (`#![trace]`) cannot have attributes like this one in today's Rust.
/// - `log` and `tracing` have macros called `trace!`. Attributes and macros with `!` share names: import one, and write the
///   other by its path, `#[trace_runtime::trace]`; or use [`trace_fn`] on functions, which without arguments does the same.
#[proc_macro_attribute]
pub fn trace(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(rules::Place::Any, args.into(), item.into()).into()
}

/// [`trace`](macro@trace) for a function: `#[trace_fn]`, `#[trace_fn(name = "...")]`. All options are those of `trace`.
#[proc_macro_attribute]
pub fn trace_fn(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(rules::Place::Function, args.into(), item.into()).into()
}

/// [`trace`](macro@trace) for all methods of an `impl` block.
#[proc_macro_attribute]
pub fn trace_type(args: TokenStream, item: TokenStream) -> TokenStream {
    expand::attribute(rules::Place::Impl, args.into(), item.into()).into()
}
