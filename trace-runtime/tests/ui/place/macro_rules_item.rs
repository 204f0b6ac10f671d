use trace_runtime::trace;

#[trace]
macro_rules! nothing {
    () => {};
}

fn main() {}
