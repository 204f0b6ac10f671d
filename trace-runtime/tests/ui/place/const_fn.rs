use trace_runtime::trace;

#[trace]
const fn constant() -> u8 {
    1
}

fn main() {}
