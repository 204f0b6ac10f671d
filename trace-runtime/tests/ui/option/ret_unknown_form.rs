use trace_runtime::trace;

#[trace(ret(hex))]
fn work() -> u8 {
    1
}

fn main() {}
