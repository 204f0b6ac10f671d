//! What the tests share.

pub mod outside;
pub mod receiver;
pub mod sink;
pub mod twice;

/// Every signature of `cases/` compiles with the attribute on it.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused_qualifications, unused, clippy::all, clippy::pedantic)]
pub mod cases {
    include!(concat!(env!("OUT_DIR"), "/cases.rs"));
}

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
