//! Batch files, written as `docs/SPOOL.md` says and not as the exporter's code does.

use crate::receiver::decoded;

const MAGIC: [u8; 8] = [0x89, b'T', b'R', b'B', 0x0d, 0x0a, 0x1a, 0x0a];
/// Of the header.
pub const HEADER: usize = 24;
/// The longest rest that a reader takes.
pub const CAP: u32 = 64 << 20;

/// A file with a good checksum, whatever its header says.
#[must_use]
pub fn sealed(version: u16, spans: u32, length: u32, rest: &[u8]) -> Vec<u8> {
    let mut summed = version.to_le_bytes().to_vec();
    summed.extend([0, 0]);
    summed.extend(spans.to_le_bytes());
    summed.extend(length.to_le_bytes());
    summed.extend(rest);
    let mut file = MAGIC.to_vec();
    file.extend(crc32fast::hash(&summed).to_le_bytes());
    file.extend(summed);
    file
}

/// The name of a batch that another program stored.
#[must_use]
pub fn name(created: u64, spans: u64) -> String {
    format!("{created:020}-3f2a9c01-{spans:06}.batch")
}

/// The numbers of the spans in a file.
#[must_use]
pub fn numbers_in(file: &[u8]) -> Vec<u64> {
    decoded(&file[HEADER..]).iter().filter_map(|one| one.attribute("n")?.parse().ok()).collect()
}
