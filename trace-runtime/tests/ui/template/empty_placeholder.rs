use trace_runtime::trace;

#[trace(name = "load {}")]
fn work(id: u8) {}

fn main() {}
