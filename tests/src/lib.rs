//! What the tests share.

/// Every signature of `cases/` compiles with the attribute on it.
#[allow(missing_docs, unsafe_code, dead_code, unused, clippy::all, clippy::pedantic)]
pub mod cases {
    include!(concat!(env!("OUT_DIR"), "/cases.rs"));
}
