use trace_runtime::trace_fn;

struct Data;

#[trace_fn]
impl Data {}

fn main() {}
