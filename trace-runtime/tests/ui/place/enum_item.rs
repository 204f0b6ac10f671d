use trace_runtime::trace;

#[trace]
enum Data {
    One,
}

fn main() {}
