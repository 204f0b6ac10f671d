use trace_runtime::trace;

struct Opaque;

#[trace(fields(id))]
fn work(id: Opaque) {}

fn main() {}
