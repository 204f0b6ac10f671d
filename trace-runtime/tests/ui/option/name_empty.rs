use trace_runtime::trace;

#[trace(name = "")]
fn work() {}

fn main() {}
