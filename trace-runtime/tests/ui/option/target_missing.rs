use trace_runtime::trace;

#[trace(target)]
fn work() {}

fn main() {}
