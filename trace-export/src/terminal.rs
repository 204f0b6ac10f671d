//! Standard error, without its lock and without waiting for a reader.
//!
//! The program's other threads may hold the lock of `std::io::stderr`, and a pipe may be full that nobody empties:
//! neither may hold up the collector or the end of the program.

use crate::sys;
use std::time::{Duration, Instant};

/// Writes a text. `false` if not all of it was taken within `patience` of the last progress.
pub(crate) fn write(text: &[u8], patience: Duration) -> bool {
    let mut rest = text;
    let mut end = Instant::now() + patience;
    while !rest.is_empty() {
        match sys::write_stderr(rest, end.saturating_duration_since(Instant::now())) {
            Ok(0) => return false,
            Ok(written) => {
                rest = &rest[written..];
                end = Instant::now() + patience;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    true
}

/// One line of at most `limit` characters, without what would move the cursor or turn the text around: texts come from anywhere.
pub fn plain(text: &str, limit: usize) -> String {
    let steers = |char: char| matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    let mut chars = text.chars().map(|char| if char.is_control() || steers(char) { ' ' } else { char });
    let mut plain: String = chars.by_ref().take(limit).collect();
    if chars.next().is_some() {
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        assert_eq!(plain("a\x1b[2J\nb\u{202e}c", 20), "a [2J b c");
        assert_eq!(plain("äöü", 2), "äö…");
    }
}
