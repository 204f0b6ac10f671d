use trace_runtime::trace;

#[trace(name = "load {idd}")]
fn work(id: u8) {}

fn main() {}
