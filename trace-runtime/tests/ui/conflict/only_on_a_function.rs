use trace_runtime::trace;

#[trace(only(pub))]
pub fn work() {}

fn main() {}
