use trace_runtime::trace;

#[trace(root, parent = None)]
fn work() {}

fn main() {}
