use trace_runtime::trace;

struct Opaque;

#[trace(ret)]
fn work() -> Opaque {
    Opaque
}

fn main() {}
