use trace_runtime::trace;

#[trace(fields(sum =))]
fn work() {}

fn main() {}
