use trace_runtime::trace;

#[trace("load user")]
fn bare_string() {}

#[trace(name = "")]
fn empty_name() {}

#[trace(name = 3)]
fn number() {}

#[trace]
#[trace(kind = server)]
fn twice() {}

fn main() {}
