use trace_runtime::trace;

#[trace(links = ["x"])]
fn work() {}

fn main() {}
