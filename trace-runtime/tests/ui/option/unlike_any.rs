use trace_runtime::trace;

#[trace(zzzzzz)]
fn work() {}

fn main() {}
