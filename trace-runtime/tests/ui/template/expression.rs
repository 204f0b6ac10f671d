use trace_runtime::trace;

#[trace(name = "load {id + 1}")]
fn work(id: u8) {}

fn main() {}
