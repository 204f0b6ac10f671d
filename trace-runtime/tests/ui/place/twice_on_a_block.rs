use trace_runtime::trace;

struct Data;

#[trace]
#[trace_runtime::trace_type]
impl Data {}

fn main() {}
