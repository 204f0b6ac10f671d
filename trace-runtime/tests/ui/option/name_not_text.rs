use trace_runtime::trace;

#[trace(name = 5)]
fn work() {}

fn main() {}
