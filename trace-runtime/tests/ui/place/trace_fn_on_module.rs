use trace_runtime::trace_fn;

#[trace_fn]
mod inner {}

fn main() {}
