use trace_runtime::trace;

#[trace]
use std::vec;

fn main() {}
