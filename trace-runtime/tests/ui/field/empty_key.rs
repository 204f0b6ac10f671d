use trace_runtime::trace;

#[trace(fields("" = 1))]
fn work() {}

fn main() {}
