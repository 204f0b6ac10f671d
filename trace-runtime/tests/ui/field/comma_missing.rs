use trace_runtime::trace;

#[trace(fields(a = 1 b = 2))]
fn work() {}

fn main() {}
