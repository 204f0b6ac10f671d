//! The `tracing` facade (feature `tracing`): its spans and events in our traces, and ids on what `tracing_subscriber::fmt` writes.
//!
//! ```
//! use tracing_subscriber::layer::SubscriberExt as _;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // trace_export::init()?; comes first or later, as you like
//! let lines = tracing_subscriber::fmt::format();
//! let subscriber = tracing_subscriber::registry()
//!     .with(trace_logs::tracing::layer())
//!     .with(tracing_subscriber::fmt::layer().event_format(trace_logs::tracing::WithIds::new(lines)));
//! # let _guard = tracing::subscriber::set_default(subscriber);
//! tracing::info_span!("request").in_scope(|| tracing::info!("a line that names the trace"));
//! # Ok(())
//! # }
//! ```

mod event;
mod format;
mod here;
mod layer;
mod open;
mod place;
mod start;
mod thread;
mod timings;
mod visit;

pub use format::WithIds;
pub use layer::{SpanLayer, layer};
