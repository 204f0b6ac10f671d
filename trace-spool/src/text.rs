//! Numbers, times and foreign texts, for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use trace_export::stored::plain;

/// Characters of a message; some come from files.
const MESSAGE: usize = 600;
/// Characters of a file's name.
const NAME: usize = 255;

/// A message without anything that steers a terminal.
pub(crate) fn one_line(text: &str) -> String {
    plain(text, MESSAGE)
}

/// A path or name, likewise.
pub(crate) fn name(path: &std::path::Path) -> String {
    plain(&path.to_string_lossy(), NAME)
}

/// `1 file`, `2 files`.
pub(crate) fn count(count: u64, what: &str) -> String {
    let plural = if what == "batch" { "es" } else { "s" };
    format!("{count} {what}{}", if count == 1 { "" } else { plural })
}

/// In units of 1024.
pub(crate) fn size(bytes: u64) -> String {
    let mut rest = bytes as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if rest < 1024.0 {
            return if unit == "B" { format!("{bytes} B") } else { format!("{rest:.1} {unit}") };
        }
        rest /= 1024.0;
    }
    format!("{rest:.1} TiB")
}

/// Of a span.
pub(crate) fn duration(nanos: u64) -> String {
    let float = nanos as f64;
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => format!("{:.1} µs", float / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} ms", float / 1e6),
        _ => format!("{:.2} s", float / 1e9),
    }
}

/// Of a file: its two largest units.
pub(crate) fn age(age: Duration) -> String {
    let text = humantime::format_duration(Duration::from_secs(age.as_secs())).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// A moment in UTC. Any 64 bits of nanoseconds are one before the year 2555.
pub(crate) fn moment(unix_nanos: u64) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_nanos(unix_nanos)).to_string()
}

/// How long until then, or that it is over.
pub(crate) fn until(then: SystemTime) -> String {
    match then.duration_since(SystemTime::now()) {
        Ok(left) => format!("for {} more", age(left)),
        Err(over) => format!("ran out {} ago", age(over.duration())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_a_text() {
        assert_eq!([0, 1023, 1024, 40 << 20].map(size), ["0 B", "1023 B", "1.0 KiB", "40.0 MiB"]);
        assert!(size(u64::MAX).ends_with(" TiB") && duration(u64::MAX).ends_with(" s"));
        assert_eq!(age(Duration::from_secs(93_784)), "1day 2h");
        assert_eq!(moment(0), "1970-01-01T00:00:00.000Z");
        assert!(moment(u64::MAX).starts_with("2554-"));
        assert!(until(UNIX_EPOCH + Duration::from_millis(u64::MAX)).starts_with("for "));
        assert!(until(UNIX_EPOCH).starts_with("ran out "));
    }
}
