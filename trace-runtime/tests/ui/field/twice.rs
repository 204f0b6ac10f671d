use trace_runtime::trace;

#[trace(fields(id, id = 2))]
fn work(id: u8) {}

fn main() {}
