//! What a crash file says of callsites and of the resource, so that another program can name its spans.

use super::format::sum;
use crate::template::Described;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::Release};
use trace_runtime::export::{bytes_of, words_of};

/// Stands where others have their callsite's number, which is never zero.
pub(super) const RESOURCE: u32 = 0;

/// Words of an entry with so many bytes of content.
pub(super) fn words(bytes: usize) -> usize {
    2 + bytes.div_ceil(8)
}

/// Bytes (32) | number (32), checksum, content. The first word last: without it there is nothing.
pub(super) fn write(to: &[AtomicU64], number: u32, content: &[u8]) {
    let Some(([head, check], rest)) = to.split_first_chunk() else { return };
    let padded = [content, &[0; 8]].concat();
    let words = words_of(&padded[..content.len().next_multiple_of(8)]);
    let about = (content.len() as u64) << 32 | u64::from(number);
    check.store(check_of(about, &words), Relaxed);
    rest.iter().zip(&words).for_each(|(place, word)| place.store(word.load(Relaxed), Relaxed));
    head.store(about, Release);
}

fn check_of(about: u64, words: &[AtomicU64]) -> u64 {
    let all: Vec<_> = std::iter::once(about).chain(words.iter().map(|word| word.load(Relaxed))).collect();
    u64::from(sum(&all))
}

/// The entries of an extent. `None` for the rest, if it is damaged.
pub(super) fn read(mut words: &[AtomicU64]) -> Vec<Option<(u32, Vec<u8>)>> {
    let mut entries = Vec::new();
    while let Some(([head, check], rest)) = words.split_first_chunk() {
        let about = head.load(Relaxed);
        if about == 0 {
            break;
        }
        let bytes = (about >> 32) as usize;
        let Some((content, after)) = rest.split_at_checked(bytes.div_ceil(8)) else {
            entries.push(None);
            break;
        };
        let is_whole = check.load(Relaxed) == check_of(about, content);
        entries.push(is_whole.then(|| {
            let mut all = bytes_of(content);
            all.truncate(bytes);
            (about as u32, all)
        }));
        words = after;
    }
    entries
}

/// What spans of a callsite have in common, as the content of an entry.
pub(super) fn of(described: &Described) -> Vec<u8> {
    let mut content = Vec::new();
    for part in [&described.name, &described.attributes, &described.scope, &described.schema] {
        content.extend_from_slice(&(part.len() as u32).to_le_bytes());
        content.extend_from_slice(part);
    }
    content
}

/// The same again.
pub(super) fn described(mut content: &[u8]) -> Option<Described> {
    let mut part = || {
        let (len, rest) = content.split_first_chunk()?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        content = rest;
        Some(part.to_vec())
    };
    Some(Described { name: part()?, attributes: part()?, scope: part()?, schema: part()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_up_to_what_is_damaged() {
        let extent: Vec<_> = std::iter::repeat_with(AtomicU64::default).take(40).collect();
        let texts: [&[u8]; 3] = [b"exactly8", b"", b"and one byte more"];
        let mut at = 0;
        for (number, text) in (5..).zip(texts) {
            write(&extent[at..], number, text);
            at += words(text.len());
        }
        let all = read(&extent);
        assert_eq!(all, (5..).zip(texts).map(|(number, text)| Some((number, text.to_vec()))).collect::<Vec<_>>());
        extent[2].fetch_xor(1, Relaxed);
        assert_eq!(read(&extent)[..2], [None, Some((6, Vec::new()))], "others are found all the same");
        extent[3].store(u64::MAX, Relaxed);
        assert_eq!(read(&extent), [None, None]);
    }
}
