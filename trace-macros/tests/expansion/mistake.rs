#[trace(nmae = "x")]
fn work() {}
