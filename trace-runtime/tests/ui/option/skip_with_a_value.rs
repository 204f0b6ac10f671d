use trace_runtime::trace;

#[trace(skip = true)]
fn work() {}

fn main() {}
