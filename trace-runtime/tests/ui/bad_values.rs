use trace_runtime::trace;

#[trace(name)]
fn name() {}

#[trace(kind)]
fn kind() {}

#[trace(crate = "text")]
fn krate() {}

#[trace(fields)]
fn fields() {}

#[trace(root = true)]
fn root() {}

#[trace(name = "a" "b")]
fn comma() {}

fn main() {}
