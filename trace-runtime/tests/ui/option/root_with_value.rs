use trace_runtime::trace;

#[trace(root = 1)]
fn work() {}

fn main() {}
