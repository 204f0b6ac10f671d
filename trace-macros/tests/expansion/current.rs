#[trace(current, fields(size = text.len()))]
fn check(text: &str) -> Result<(), Invalid> {
    parse(text)
}
