use trace_runtime::trace;

#[trace]
type Data = u8;

fn main() {}
