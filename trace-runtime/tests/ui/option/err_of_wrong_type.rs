use trace_runtime::trace;

#[trace(err = |_| 5)]
fn work() -> Option<u8> {
    None
}

fn main() {}
