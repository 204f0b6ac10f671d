//! The bytes of a batch file: see `docs/SPOOL.md`.

use crate::batch::Batch;
use crate::bounds::FILE_BYTES;
use crate::memory::memory;
use std::io::{self, Read};

pub(crate) const HEADER: usize = 24;
const MAGIC: [u8; 8] = [0x89, b'T', b'R', b'B', 0x0d, 0x0a, 0x1a, 0x0a];
/// Where the checksum stands; it covers all that follows it.
const SUM: usize = 8;
const SUMMED: usize = 12;
const VERSION: u16 = 1;
const SHORT: &str = "it ends within its header";

/// What a file holds.
pub(crate) enum Content {
    Batch(Batch),
    /// Of this later version.
    Newer(u16),
    /// Not what was written, and how that shows.
    Damaged(&'static str),
}

/// What stands before the batch's bytes. `None`: it is too big.
pub(crate) fn header(batch: &Batch) -> Option<[u8; HEADER]> {
    let spans = u32::try_from(batch.spans).ok()?;
    let len = u32::try_from(batch.bytes.len()).ok().filter(|len| u64::from(*len) <= FILE_BYTES)?;
    let mut header = [0; HEADER];
    header[..SUM].copy_from_slice(&MAGIC);
    header[12..14].copy_from_slice(&VERSION.to_le_bytes());
    header[16..20].copy_from_slice(&spans.to_le_bytes());
    header[20..].copy_from_slice(&len.to_le_bytes());
    let sum = sum(&header[SUMMED..], &batch.bytes);
    header[SUM..SUMMED].copy_from_slice(&sum.to_le_bytes());
    Some(header)
}

/// Reads a file of `len` bytes. Memory is taken for what the file has, and not before its header agrees with that.
pub(crate) fn read(mut file: impl Read, len: u64) -> io::Result<Content> {
    let mut header = [0; HEADER];
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(Content::Damaged(SHORT)),
        other => other?,
    }
    let word = |at: usize| header[at..at + 4].iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte));
    let version = u16::from_le_bytes([header[12], header[13]]);
    let rest = len.saturating_sub(HEADER as u64);
    if header[..SUM] != MAGIC {
        return Ok(Content::Damaged("it does not begin like a batch"));
    }
    // A later version may mean something else by the last four bytes of the header.
    if rest > FILE_BYTES || version == VERSION && u64::from(word(20)) != rest {
        return Ok(Content::Damaged("its length is not the one in its header"));
    }
    let mut bytes = memory(rest as usize);
    file.take(rest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != rest || sum(&header[SUMMED..], &bytes) != word(SUM) {
        return Ok(Content::Damaged("its checksum is wrong"));
    }
    Ok(match version {
        VERSION => Content::Batch(Batch::new(bytes, u64::from(word(16)))),
        _ if version > VERSION => Content::Newer(version),
        _ => Content::Damaged("its version never was"),
    })
}

fn sum(header: &[u8], bytes: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(header);
    sum.update(bytes);
    sum.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> Vec<u8> {
        let batch = Batch::new(bytes.to_vec(), 3);
        let mut file = header(&batch).map(Vec::from).unwrap_or_default();
        file.extend_from_slice(bytes);
        file
    }

    fn read_all(file: &[u8]) -> Content {
        read(file, file.len() as u64).unwrap_or(Content::Damaged("unreadable"))
    }

    #[test]
    fn what_was_written_is_read() {
        for bytes in [&[] as &[u8], b"x", &[7; 5000]] {
            let content = read_all(&file(bytes));
            assert!(matches!(content, Content::Batch(batch) if &*batch.bytes == bytes && batch.spans == 3));
        }
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_noticed() {
        let whole = file(&[0x5a; 300]);
        for end in 0..whole.len() {
            assert!(matches!(read_all(&whole[..end]), Content::Damaged(_)), "cut at {end}");
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(read_all(&flipped), Content::Damaged(_)), "bit {bit}");
        }
        let mut longer = whole;
        longer.push(0);
        assert!(matches!(read_all(&longer), Content::Damaged(_)));
    }

    #[test]
    fn a_later_version_is_told_from_a_damaged_one() {
        let mut later = file(b"what comes");
        later[12] = 2;
        assert!(matches!(read_all(&later), Content::Damaged(_)), "the checksum is not right yet");
        let sum = sum(&later[SUMMED..HEADER], &later[HEADER..]);
        later[SUM..SUMMED].copy_from_slice(&sum.to_le_bytes());
        assert!(matches!(read_all(&later), Content::Newer(2)));
    }
}
