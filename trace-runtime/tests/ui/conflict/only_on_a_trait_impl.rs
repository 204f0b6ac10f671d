use trace_runtime::trace;

struct Data;

#[trace(only(pub))]
impl Drop for Data {
    fn drop(&mut self) {}
}

fn main() {}
