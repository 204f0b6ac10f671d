use trace_runtime::trace_type;

#[trace_type]
trait Work {}

fn main() {}
