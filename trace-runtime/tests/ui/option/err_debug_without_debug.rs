use trace_runtime::trace;

struct Opaque;

#[trace(err(debug))]
fn work() -> Result<(), Opaque> {
    Err(Opaque)
}

fn main() {}
