//! Every case of `cases/` compiles with the attributes on it, and its call yields exactly the spans written beside it.
// The cases are about signatures, whatever lints think of them.
#![allow(missing_docs, unsafe_code, unreachable_pub, unused_qualifications, unused, clippy::all, clippy::pedantic)]

include!(concat!(env!("OUT_DIR"), "/cases.rs"));
