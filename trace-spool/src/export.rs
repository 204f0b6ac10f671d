//! `export`: OTLP/JSON, one request a line.

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem};
use crate::source;
use std::fmt::Write as _;
use std::fs::OpenOptions;

pub(crate) fn run(options: &Options, stdout: Out) -> Result<Ended, Problem> {
    let files = source::files(options)?;
    let mut out = match &options.output {
        None => stdout,
        Some(path) => {
            let mut how = OpenOptions::new();
            how.write(true).create(true).truncate(true);
            // Spans may hold what is nobody else's business.
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
            Out::to(how.open(path).map_err(|error| Problem::at(path, &error))?)
        }
    };
    let mut all_well = true;
    for file in files.iter().filter(|file| options.reads(file)) {
        let Some(content) = source::read(file, &mut all_well) else { continue };
        for request in content.requests() {
            out.bytes(&harmless(request.to_json()))?;
            out.text("\n")?;
        }
    }
    out.finish()?;
    Ok(if all_well { Ended::Well } else { Ended::NotAllWell })
}

/// The same JSON, with escapes for what would steer a terminal. Such characters are in its strings only.
fn harmless(json: Vec<u8>) -> Vec<u8> {
    let steers = |char: char| {
        let turns =
            matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
        char.is_control() || turns
    };
    let text = match String::from_utf8(json) {
        Ok(text) if !text.contains(steers) => return text.into_bytes(),
        Ok(text) => text,
        Err(not_text) => String::from_utf8_lossy(not_text.as_bytes()).into_owned(),
    };
    let mut safe = String::with_capacity(text.len() + 64);
    for char in text.chars() {
        if steers(char) {
            let _ = write!(safe, "\\u{:04x}", u32::from(char));
        } else {
            safe.push(char);
        }
    }
    safe.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn json_for_a_terminal_says_the_same_in_escapes() {
        let json = "{\"a\":\"\u{7f}\u{9b}2J\u{202e}é\u{1F600}\"}";
        let safe = harmless(json.as_bytes().to_vec());
        assert_eq!(String::from_utf8_lossy(&safe), r#"{"a":"\u007f\u009b2J\u202eé"#.to_owned() + "\u{1F600}\"}");
    }
}
