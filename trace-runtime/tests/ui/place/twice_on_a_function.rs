use trace_runtime::trace;

#[trace]
#[trace(name = "other")]
fn work() {}

fn main() {}
