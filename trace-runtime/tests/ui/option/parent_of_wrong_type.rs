use trace_runtime::trace;

#[trace(parent = 5)]
fn work() {}

fn main() {}
