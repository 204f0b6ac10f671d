use trace_runtime::trace;

#[trace(root, root, fields(a = 1, a = 2))]
fn twice() {}

fn main() {}
