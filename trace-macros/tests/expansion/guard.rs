#[trace]
pub fn len(text: &str) -> usize {
    text.len()
}
