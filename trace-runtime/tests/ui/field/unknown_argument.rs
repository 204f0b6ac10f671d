use trace_runtime::trace;

#[trace(fields(idd))]
fn work(id: u8) {}

fn main() {}
