use trace_runtime::trace;

#[trace(fields(a =, 5, "" = 1, b = 1 2))]
fn fields() {}

struct NotAValue;

#[trace(fields(value))]
fn not_a_value(value: NotAValue) {}

fn main() {}
