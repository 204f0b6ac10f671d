use trace_runtime::trace;

#[trace(only(pub(crate)))]
mod inner {}

fn main() {}
