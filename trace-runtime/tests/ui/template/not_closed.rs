use trace_runtime::trace;

#[trace(name = "load {id")]
fn work(id: u8) {}

fn main() {}
