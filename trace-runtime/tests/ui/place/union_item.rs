use trace_runtime::trace;

#[trace]
union Data {
    one: u8,
}

fn main() {}
