use trace_runtime::trace_type;

#[trace_type]
fn work() {}

fn main() {}
