use trace_runtime::trace;

#[trace(nmae = "x", zzz, kind = sever)]
fn several_mistakes_at_once() {}

fn main() {
    several_mistakes_at_once();
}
