use trace_runtime::trace;

#[trace(root, kind = server, root)]
fn work() {}

fn main() {}
