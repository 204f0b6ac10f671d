use trace_runtime::trace;

#[trace("work")]
fn work() {}

fn main() {}
