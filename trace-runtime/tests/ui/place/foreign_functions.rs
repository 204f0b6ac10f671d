use trace_runtime::trace;

#[trace]
unsafe extern "C" {
    safe fn abs(x: i32) -> i32;
}

fn main() {}
