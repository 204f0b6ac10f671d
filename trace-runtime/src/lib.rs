//! Attributes that turn functions into OpenTelemetry spans, and the small runtime that records them.
//!
//! Libraries depend on this crate and write [`#[trace]`](macro@trace); programs add `trace-export` and one line in
//! `main`. Without a tracer an annotated call costs one relaxed load.
//!
//! ```
//! use trace_runtime::trace;
//!
//! #[trace(fields(order.id = id))]
//! fn price(id: u64) -> Result<u64, String> {
//!     if id == 0 { Err("no such order".into()) } else { Ok(id * 100) }
//! }
//! # assert_eq!(price(1), Ok(100));
//! ```
//!
//! | to | use |
//! |---|---|
//! | trace functions, `impl`s, `trait`s, modules | [`trace`](macro@trace), [`trace_type`], [`trace_fn`] |
//! | add to the span one is in | [`current()`] |
//! | go to another thread | [`Snapshot`] |
//! | go to another task | [`TraceFuture`] |
//! | trace a part of a function | [`span!`] |
//! | trace what begins and ends in different calls | [`HeldSpan`] |
//! | go to another process, and come from one | [`propagation`] |
//! | turn functions on and off | [`control`] |
//! | test what is traced | [`capture`] |
//! | write an exporter | [`export`] |

#[doc(hidden)]
pub mod __private;
mod adopted;
mod attribute;
mod block;
mod builder;
mod callsite;
pub mod capture;
mod chunk;
mod clock;
pub mod control;
mod counted;
mod crash;
mod ctx;
mod current;
mod drain;
mod fields;
mod filter;
mod finished;
mod free_slots;
mod future;
mod guard;
mod handle;
mod held;
mod id;
mod items;
mod keys;
mod layout;
mod name;
#[cfg(feature = "otel")]
pub mod otel;
#[cfg(not(feature = "otel"))]
#[path = "otel/none.rs"]
mod otel;
mod outcome;
mod probe;
pub mod propagation;
mod record;
mod remains;
mod said;
mod sampler;
mod saved;
mod shared;
mod slot;
mod snapshot;
mod span;
mod spill;
mod sys;
mod table;
mod thread;
mod tracer;
mod tree;
mod value;
mod wire;

pub use builder::SpanBuilder;
pub use callsite::Callsite;
pub use current::{CurrentSpan, current};
pub use future::{InSpan, TraceFuture, Traced};
pub use guard::Guard;
pub use held::HeldSpan;
pub use id::{Kind, SpanContext, SpanId, Status, TraceId};
pub use sampler::{Decision, GenerateIds, Ratio, Sample, Sampler, SamplingInput};
pub use snapshot::{Attached, Snapshot, ToLinks, ToParent};
pub use trace_macros::{trace, trace_fn, trace_type};
pub use tracer::SpanLimits;
pub use value::{ToValue, Value};

/// For exporters: installing a tracer and reading its records. Programs use `trace-export`.
pub mod export {
    /// Whether the program has chosen the feature `off`: no call makes a span then.
    pub const COMPILED_OUT: bool = cfg!(feature = "off");

    #[doc(hidden)]
    pub use crate::adopted::{Above, Adopted, AdoptedPlace, Adoption, Entered, PLACE_WORDS};
    #[doc(hidden)]
    pub use crate::callsite::FoundPlace;
    pub use crate::callsite::{by_id as callsite, callsites};
    pub use crate::counted::CountedCall;
    pub use crate::crash::{Claims, CrashMemory, record_in};
    pub use crate::drain::{Flow, Reader, anchor, counts, drain, drain_to, finish};
    pub use crate::finished::{Event, FinishedSpan};
    #[doc(hidden)]
    pub use crate::outcome::text;
    pub use crate::outcome::{note_panic, record_error_messages, record_panic};
    pub use crate::record::{Parts, Record};
    pub use crate::remains::{Found, LAYOUT, Remains, bytes_of, words_of};
    pub use crate::saved::Saved;
    pub use crate::shared::{generation, take_kept};
    pub use crate::slot::SLOT_WORDS;
    pub use crate::thread::muted;
    pub use crate::tracer::{AlreadyInstalled, ReadCalls, Recorded, Tracer, TracerConfig, Wake, install};
    pub use crate::tree::Forest;
    pub use crate::wire::{Field, Fields, push_varint};
}
