use trace_runtime::trace;

#[trace(links())]
fn work() {}

fn main() {}
