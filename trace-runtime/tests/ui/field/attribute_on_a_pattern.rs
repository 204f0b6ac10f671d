use trace_runtime::trace;

#[trace]
fn work(#[field] (a, b): (u8, u8)) {}

fn main() {}
