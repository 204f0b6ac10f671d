use trace_runtime::trace;

struct Data;

#[trace(name = "load {id}")]
impl Data {}

fn main() {}
