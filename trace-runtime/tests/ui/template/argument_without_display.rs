use trace_runtime::trace;

struct Opaque;

#[trace(name = "load {id}")]
fn work(id: Opaque) {}

fn main() {}
