use trace_runtime::trace;

#[trace(err(verbose))]
fn work() -> Result<(), u8> {
    Ok(())
}

fn main() {}
