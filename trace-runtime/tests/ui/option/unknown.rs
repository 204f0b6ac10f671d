use trace_runtime::trace;

#[trace(nmae = "work")]
fn work() {}

fn main() {}
