use trace_runtime::trace;

#[trace(root kind = server)]
fn work() {}

fn main() {}
