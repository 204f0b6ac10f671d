use trace_runtime::trace;

#[trace(kind = "queue")]
fn work() {}

fn main() {}
