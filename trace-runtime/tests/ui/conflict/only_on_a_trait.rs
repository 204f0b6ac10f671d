use trace_runtime::trace;

#[trace(only(pub))]
trait Work {}

fn main() {}
