use trace_runtime::trace;

#[trace]
fn work(#[field = 1] a: u8, #[field(5)] b: u8) {}

fn main() {}
