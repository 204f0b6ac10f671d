use trace_runtime::trace;

struct Data;

#[trace(skip(wrok))]
impl Data {
    fn work(&self) {}
}

fn main() {}
