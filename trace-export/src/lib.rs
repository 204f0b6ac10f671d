//! One line in `main` that delivers the spans of `trace-runtime` to any OTLP backend.
//!
//! ```no_run
//! use trace_runtime::trace;
//!
//! #[trace]
//! fn work() {}
//!
//! fn main() -> Result<(), trace_export::InitError> {
//!     trace_export::init()?; // reads OTEL_EXPORTER_OTLP_ENDPOINT and the other standard variables
//!     work();
//!     Ok(())
//! }
//! ```
//!
//! Nothing has to be held or flushed. One thread reads the spans that have ended, writes them as OTLP protobuf
//! and sends them over HTTP; it needs no async runtime. Memory is bounded everywhere: when the backend
//! is away for long, the newest spans are dropped and counted, and the program never waits.
//!
//! **Says nothing on stdout.** Problems go to the `log` facade, and at most once a minute each as one line to stderr.

// What only the crash recorder needs.
#![cfg_attr(not(all(target_os = "linux", target_pointer_width = "64")), allow(dead_code, unused_imports))]

mod batch;
mod bounds;
mod builder;
mod circuit;
mod collector;
mod config;
mod console;
mod control;
mod costs;
mod counts;
#[cfg_attr(not(all(target_os = "linux", target_pointer_width = "64")), path = "crash/none.rs")]
mod crash;
mod diag;
mod encode;
mod error;
mod exit;
mod exporter;
#[cfg(feature = "metrics")]
mod function_metrics;
#[cfg(feature = "grpc")]
mod grpc;
mod json;
mod keep;
mod lane;
mod memory;
#[cfg(feature = "metrics")]
mod metrics;
mod on_end;
#[cfg(feature = "otel")]
mod otel;
mod outbox;
mod recover;
#[cfg(feature = "sdk")]
mod sdk;
#[cfg(feature = "sdk")]
mod sdk_exporter;
#[cfg(feature = "sdk")]
mod sdk_span;
mod sender;
mod span;
mod spool;
pub mod stored;
mod sys;
mod template;
mod terminal;
mod tracing;
mod transport;
mod value;
mod watch;
mod way;

pub use builder::Builder;
pub use config::{Compression, Destination, Protocol};
pub use costs::FunctionCost;
pub use counts::{Adopted, Counts, Dropped, Report};
pub use error::InitError;
pub use keep::{Keep, KeepError};
pub use recover::{Recovered, recover};
#[cfg(feature = "sdk")]
pub use sdk::sdk_sampler;
#[cfg(feature = "sdk")]
pub use sdk_exporter::ExportFuture;
pub use span::{EndedEvent, EndedLink, EndedSpan};
pub use spool::Spool;
pub use tracing::{ShutdownOnDrop, Tracing};

/// The `opentelemetry` API whose types this crate takes. A program that names it from here cannot mix versions up: types of
/// another version of it are other types, and the compiler then says that a trait "is not implemented" although it seems to be, or that it
/// "expected `SpanContext`, found a different `SpanContext`". `cargo tree -d -i opentelemetry` shows who brought the second one.
#[cfg(any(feature = "otel", feature = "metrics"))]
pub use opentelemetry;
/// The `opentelemetry_sdk` whose samplers, exporters and resources this crate takes; see [`opentelemetry`] for what happens when versions differ.
#[cfg(feature = "sdk")]
pub use opentelemetry_sdk;

/// Starts tracing as the standard `OTEL_*` variables say. The same as [`builder()`]`.init()`.
///
/// If they name no destination, tracing stays off, and traced functions cost one load each.
///
/// # Errors
/// See [`Builder::init`].
pub fn init() -> Result<Tracing, InitError> {
    builder().init()
}

/// Starts tracing with more than the environment says.
pub fn builder() -> Builder {
    Builder::default()
}
