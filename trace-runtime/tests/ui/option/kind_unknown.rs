use trace_runtime::trace;

#[trace(kind = sever)]
fn work() {}

fn main() {}
