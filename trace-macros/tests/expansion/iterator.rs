#[trace]
fn lines<'a>(text: &'a str) -> impl Iterator<Item = &'a str> + Send + use<'a> {
    text.lines().filter(|line| !line.is_empty())
}
