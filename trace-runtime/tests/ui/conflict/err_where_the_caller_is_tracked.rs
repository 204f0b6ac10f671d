use trace_runtime::trace;

#[trace(err)]
#[track_caller]
fn work(text: &str) -> Result<u8, std::num::ParseIntError> {
    Ok(text.parse::<u8>()?)
}

fn main() {}
