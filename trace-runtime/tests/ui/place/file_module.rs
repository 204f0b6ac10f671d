use trace_runtime::trace;

#[trace]
mod other;

fn main() {}
