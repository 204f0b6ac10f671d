//! Logs and traces together: ids on log records, and spans of the `tracing` crate in our traces.
//!
//! | with | use | feature |
//! |---|---|---|
//! | the `log` facade: `trace_id` and `span_id` as key-values | [`log::WithIds`] around any logger | `log` |
//! | a logger that formats text | [`ids()`], which prints both | |
//! | `tracing_subscriber::fmt`: both on each line or JSON object | [`tracing::WithIds`] around any format | `tracing` |
//! | crates instrumented with `tracing`: their spans and events in our traces | [`tracing::layer()`] | `tracing` |
#![cfg_attr(not(all(feature = "log", feature = "tracing")), allow(rustdoc::broken_intra_doc_links))]

mod ids;
#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "tracing")]
pub mod tracing;

pub use ids::{Ids, ids};

/// Its code compiles.
#[cfg(all(doctest, feature = "tracing"))]
#[doc = include_str!("../README.md")]
struct Readme;
