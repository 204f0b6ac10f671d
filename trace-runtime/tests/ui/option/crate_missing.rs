use trace_runtime::trace;

#[trace(crate)]
fn work() {}

fn main() {}
