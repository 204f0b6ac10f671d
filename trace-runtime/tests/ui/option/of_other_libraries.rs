use trace_runtime::trace;

#[trace(skip_all, level = "info", follows_from = [], enter_on_poll = true, short_name = true, properties = {})]
fn work() {}

fn main() {}
