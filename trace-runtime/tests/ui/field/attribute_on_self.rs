use trace_runtime::trace;

struct Data;

impl Data {
    #[trace]
    fn work(#[field] &self) {}
}

fn main() {}
