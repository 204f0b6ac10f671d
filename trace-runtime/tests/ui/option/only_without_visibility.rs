use trace_runtime::trace;

#[trace(only)]
mod inner {}

fn main() {}
