use trace_runtime::trace;

#[trace(skip(id))]
fn work(id: u8) {}

fn main() {}
