use trace_runtime::trace;

#[trace(detached, current)]
fn work() {}

fn main() {}
