use trace_runtime::trace;

#[trace]
fn work(#[field("")] a: u8) {}

fn main() {}
