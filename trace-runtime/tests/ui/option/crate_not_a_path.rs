use trace_runtime::trace;

#[trace(crate = "x")]
fn work() {}

fn main() {}
