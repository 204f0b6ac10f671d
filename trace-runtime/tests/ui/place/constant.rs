use trace_runtime::trace;

#[trace]
const DATA: u8 = 1;

fn main() {}
