use trace_runtime::trace;

#[trace(current, name = "x", kind = server, target = "t", ok)]
fn work() {}

fn main() {}
