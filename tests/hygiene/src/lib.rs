//! Generated code is clean under every lint, and meets no name of the user's.
//!
//! `tests/tests/hygiene.rs` compiles these files in other editions too, and with the runtime under its own name.
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery, missing_docs, unsafe_code)]
#![deny(unused_qualifications, unused_results, unused_lifetimes, single_use_lifetimes, elided_lifetimes_in_paths)]
#![deny(trivial_casts, trivial_numeric_casts, unreachable_pub, let_underscore_drop, missing_debug_implementations)]

pub mod names;
pub mod prelude;
pub mod shapes;
