use trace_runtime::trace;

#[trace]
fn work(#[field("x")] a: u8, #[field("x")] b: u8) {}

fn main() {}
