use trace_runtime::trace;

trait Work {
    #[trace]
    fn work(&self);
}

fn main() {}
