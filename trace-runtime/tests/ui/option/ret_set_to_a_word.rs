use trace_runtime::trace;

#[trace(ret = debug)]
fn work() -> u8 {
    1
}

fn main() {}
