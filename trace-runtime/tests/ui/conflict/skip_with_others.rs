use trace_runtime::trace;

#[trace(skip, name = "x", root, fields(a = 1), ret)]
fn work() -> u8 {
    1
}

fn main() {}
