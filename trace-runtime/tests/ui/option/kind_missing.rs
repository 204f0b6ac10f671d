use trace_runtime::trace;

#[trace(kind)]
fn work() {}

fn main() {}
