use trace_runtime::trace;

#[trace]
thread_local! {
    static DATA: u8 = 1;
}

fn main() {}
