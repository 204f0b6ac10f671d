use trace_runtime::trace;

struct Struct;

#[trace(name = "x", fields(a = 1))]
impl Struct {}

#[trace(skip, root)]
fn skipped() {}

fn main() {}
