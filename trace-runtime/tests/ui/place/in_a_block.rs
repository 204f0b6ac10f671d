use trace_runtime::trace;

struct Data;

#[trace]
impl Data {
    #[trace]
    const fn constant() -> u8 {
        1
    }
    #[trace(nmae = "x")]
    fn work(&self) {}
}

fn main() {}
