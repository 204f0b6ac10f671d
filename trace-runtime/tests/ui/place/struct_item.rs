use trace_runtime::trace;

#[trace]
struct Data;

fn main() {}
