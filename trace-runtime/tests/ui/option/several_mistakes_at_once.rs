use trace_runtime::trace;

#[trace(nmae = "x", kind = sever, root = maybe, fields(a =))]
fn work() {}

fn main() {}
