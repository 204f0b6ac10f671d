//! OTLP/JSON (OTLP specification, "JSON Protobuf Encoding"), made from a batch's bytes.

mod check;
mod read;
mod schema;
mod write;

pub(crate) use check::is_span_field;
pub(crate) use read::partial_success;
pub(crate) use write::request;
