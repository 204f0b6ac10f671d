use trace_runtime::trace;

struct Data;

#[trace]
impl Data {
    const fn work(#[field] _a: u8) {}
}

fn main() {}
