use trace_runtime::trace;

struct Data;

#[trace(name = "load")]
impl Data {}

fn main() {}
