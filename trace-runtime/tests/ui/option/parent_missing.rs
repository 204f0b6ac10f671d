use trace_runtime::trace;

#[trace(parent)]
fn work() {}

fn main() {}
