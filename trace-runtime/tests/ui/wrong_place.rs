use trace_runtime::{trace, trace_fn, trace_type};

#[trace]
struct Struct;

#[trace]
const fn constant() {}

#[trace]
macro_rules! call {
    () => {};
}

#[trace]
unsafe extern "C" {}

#[trace_fn]
impl Struct {}

#[trace_type]
fn function() {}

#[trace_type]
trait Trait {
    #[trace]
    fn without_body();
}

fn main() {}
