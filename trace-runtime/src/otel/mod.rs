//! OpenTelemetry on both sides (feature `otel`): foreign code starts spans through our [`TracerProvider`], its spans
//! parent ours and ours parent its, and `opentelemetry::Context` shows our spans to those who ask it.
//!
//! `trace_export::init` makes all this the global of the `opentelemetry` crate; libraries need nothing of it.
//!
//! **What shows in the Context.** Attaching a Context costs more than the rest of a span. So by default nothing is attached until the
//! program has shown foreign OpenTelemetry code, by asking our provider for a tracer; from then on a Context is attached where
//! execution enters our spans, sampled or not, and one of its spans stands for all that are nested there: attributes, events, status and name set through
//! `Context::current().span()` land on the innermost. Two things see the entry's span instead: its `span_context()`, and a Context that
//! was captured in a nested span and is attached elsewhere. [`otel_context`] gives one for the innermost span. In the mode
//! [`exact`](set_exact) every span has a Context of its own.
//!
//! A future attaches in each poll the Context of its first one, with the baggage and values that were current then.
//!
//! A Context that is attached elsewhere keeps all of its place: tracer, sampler, flags and baggage, also after the span's end.
//!
//! **What is not told apart** outside of that mode: a Context of the entry, attached again or given as parent inside a span nested in
//! that entry on the same thread, means the nested one (as a parent, [`otel_context`]'s means its own); and while nothing
//! shows in the Context, as before foreign code was seen, an empty Context as parent means what is current, and not a new trace.
//! `is_recording()` may come before code of the caller's under the span's lock, so what is entered after it gets a Context of its own, until
//! an event, a link, a status or a name is set there. A propagator's carrier cannot be asked what it holds: fields for which there
//! is nothing to send stay as they are in it.
//!
//! Where a program is built with `panic = "abort"`, nothing is attached unless it asked for [`exact`](set_exact): a function
//! that is called inside `Context::map_current` must not attach, which cannot be seen beforehand, and is contained otherwise.

mod attach;
mod convert;
mod frames;
mod look;
mod places;
mod propagator;
mod provider;
mod proxy;
mod resolve;
mod span;

pub(crate) use attach::Kept;
pub use convert::{from_value, to_value};
pub(crate) use frames::left;
pub(crate) use look::{
    Entry, OfThread, contained, elsewhere, entered, entered_here, is_elsewhere, is_exact, is_plain_here,
    is_plainly_here, is_suppressed, may_decide,
};
pub use look::{is_contained, set_exact};
pub(crate) use places::{Places, forget as forget_places};
pub use propagator::TextMapPropagator;
pub(crate) use provider::Scopes;
pub use provider::{ScopeDetails, Tracer, TracerProvider, scope_details};
pub use proxy::otel_context;
pub use span::Span;
