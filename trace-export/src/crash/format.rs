//! The layout of a crash file: see `docs/CRASH.md`.

use std::fmt::{self, Display, Formatter};
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use trace_runtime::export::LAYOUT;

/// "TRCRASH1", as the word that it is on this machine: bytes in another order are another file.
pub(super) const MAGIC: u64 = u64::from_be_bytes(*b"TRCRASH1");
pub(super) const VERSION: u64 = 1;
/// Bytes before the first extent.
pub(super) const HEADER: usize = 32 << 10;
pub(super) const HEADER_WORDS: usize = HEADER / 8;

/// Words of the identity: magic, version, layout, process, when it began, and their checksum.
const IDENTITY: usize = 6;
/// Two copies of the clock, of which one is whole at any time: number, checksum, words.
const CLOCKS: [usize; 2] = [64, 128];
const CLOCK_WORDS: usize = 62;
/// Two words an extent.
const EXTENTS: usize = 512;
pub(super) const EXTENTS_MAX: usize = 1536;

/// What an extent is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Slots,
    /// What callsites say of their spans.
    Words,
    /// Chunks of `1 << class` words.
    Chunks(u32),
}

/// A part of the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Extent {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) bytes: usize,
}

/// What extents and their starts are multiples of.
pub(super) const PAGE: usize = 4096;
/// 1 MiB.
pub(super) const LARGEST_CLASS: u32 = 17;
const CHUNKS: u64 = 16;

impl Extent {
    /// Kind (8) | first page (28) | pages (28).
    fn to_word(self) -> u64 {
        let kind = match self.kind {
            Kind::Slots => 1,
            Kind::Words => 2,
            Kind::Chunks(class) => CHUNKS + u64::from(class),
        };
        kind << 56 | (self.start / PAGE) as u64 & 0xfff_ffff | ((self.bytes / PAGE) as u64) << 28
    }

    fn from_word(word: u64) -> Option<Self> {
        let kind = match word >> 56 {
            1 => Kind::Slots,
            2 => Kind::Words,
            kind @ CHUNKS.. if kind <= CHUNKS + u64::from(LARGEST_CLASS) => Kind::Chunks((kind - CHUNKS) as u32),
            _ => return None,
        };
        let pages = |shift: u32| (word >> shift & 0xfff_ffff) as usize * PAGE;
        Some(Self { kind, start: pages(0), bytes: pages(28) })
    }
}

pub(super) fn sum(words: &[u64]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    for word in words {
        sum.update(&word.to_le_bytes());
    }
    sum.finalize()
}

/// The words at the beginning of a file, in memory or read from a file.
#[derive(Clone, Copy)]
pub(super) struct Header<'a>(&'a [AtomicU64; HEADER_WORDS]);

/// Why a file cannot be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unreadable {
    /// It is none, or its beginning is damaged.
    Damaged,
    /// Of another version of the toolkit, or another kind of machine.
    OtherVersion,
}

impl Display for Unreadable {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "its beginning is damaged",
            Self::OtherVersion => "it is of another version or another kind of machine",
        })
    }
}

impl<'a> Header<'a> {
    pub(super) fn new(words: &'a [AtomicU64]) -> Option<Self> {
        words.first_chunk().map(Self)
    }

    fn word(self, nth: usize) -> u64 {
        self.0[nth].load(Relaxed)
    }

    // What the living process writes.

    pub(super) fn begin(self, process: u32, created: u64) {
        let mut words = [MAGIC, VERSION, LAYOUT, u64::from(process), created, 0];
        words[IDENTITY - 1] = u64::from(sum(&words[..IDENTITY - 1]));
        self.0.iter().zip(words).for_each(|(place, word)| place.store(word, Relaxed));
    }

    /// One thread at a time.
    pub(super) fn set_clock(self, words: &[u64]) {
        let numbers = CLOCKS.map(|at| self.word(at));
        let older = usize::from(numbers[0] > numbers[1]);
        let (at, number) = (CLOCKS[older], numbers[0].max(numbers[1]) + 1);
        let words = &words[..words.len().min(CLOCK_WORDS)];
        // What was the older copy is none until all of it is there.
        self.0[at].store(0, Release);
        self.0[at + 1].store(u64::from(sum(words)) << 32 | words.len() as u64, Relaxed);
        self.0[at + 2..].iter().zip(words).for_each(|(place, word)| place.store(*word, Relaxed));
        self.0[at].store(number, Release);
    }

    /// The extent with this number.
    pub(super) fn add(self, nth: usize, extent: Extent) {
        let word = extent.to_word();
        self.0[EXTENTS + 2 * nth + 1].store(u64::from(sum(&[word])), Relaxed);
        self.0[EXTENTS + 2 * nth].store(word, Release);
    }

    // What is read of it.

    pub(super) fn check(self) -> Result<(), Unreadable> {
        let words: [u64; IDENTITY] = std::array::from_fn(|nth| self.word(nth));
        if words[0] != MAGIC {
            let swapped = words[0] == MAGIC.swap_bytes();
            return Err(if swapped { Unreadable::OtherVersion } else { Unreadable::Damaged });
        }
        if words[IDENTITY - 1] != u64::from(sum(&words[..IDENTITY - 1])) {
            return Err(Unreadable::Damaged);
        }
        if words[1..3] == [VERSION, LAYOUT] { Ok(()) } else { Err(Unreadable::OtherVersion) }
    }

    /// The process that wrote it, and when it began: nanoseconds since the Unix epoch.
    pub(super) fn origin(self) -> (u32, u64) {
        (self.word(3) as u32, self.word(4))
    }

    /// The newest copy of the clock that is whole.
    pub(super) fn clock(self) -> Option<Vec<u64>> {
        let copy = |at: usize| {
            let (number, about) = (self.word(at), self.word(at + 1));
            let len = about as u32 as usize;
            let words: Vec<_> = (0..len.min(CLOCK_WORDS)).map(|nth| self.word(at + 2 + nth)).collect();
            let whole = number != 0 && len <= CLOCK_WORDS && sum(&words) == (about >> 32) as u32;
            whole.then_some((number, words))
        };
        CLOCKS.into_iter().filter_map(copy).max().map(|(_, words)| words)
    }

    /// Extents, and `None` for what is damaged.
    pub(super) fn extents(self) -> impl Iterator<Item = Option<Extent>> + use<'a> {
        let words = move |nth: usize| {
            let word = self.0[EXTENTS + 2 * nth].load(Acquire);
            let is_whole = self.word(EXTENTS + 2 * nth + 1) == u64::from(sum(&[word]));
            (word != 0).then(|| Extent::from_word(word).filter(|_| is_whole))
        };
        (0..EXTENTS_MAX).filter_map(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::iter::repeat_with;

    #[test]
    fn what_was_written_is_read_and_what_is_damaged_is_not() {
        let words: Vec<_> = repeat_with(AtomicU64::default).take(HEADER_WORDS).collect();
        let header = Header::new(&words).expect("long enough");
        assert_eq!(header.check(), Err(Unreadable::Damaged));
        header.begin(7, 8);
        assert_eq!((header.check(), header.origin(), header.clock()), (Ok(()), (7, 8), None));
        header.set_clock(&[1, 2, 3]);
        header.set_clock(&[4, 5]);
        assert_eq!(header.clock(), Some(vec![4, 5]));
        words[CLOCKS[1] + 2].fetch_xor(1, Relaxed);
        assert_eq!(header.clock(), Some(vec![1, 2, 3]), "the copy before");

        let extents = [
            Extent { kind: Kind::Words, start: HEADER, bytes: PAGE },
            Extent { kind: Kind::Chunks(LARGEST_CLASS), start: HEADER + PAGE, bytes: 1 << 27 },
        ];
        (0..).zip(extents).for_each(|(nth, extent)| header.add(nth, extent));
        assert_eq!(header.extents().collect::<Vec<_>>(), extents.map(Some));
        words[EXTENTS].fetch_xor(1 << 30, Relaxed);
        assert_eq!(header.extents().collect::<Vec<_>>(), [None, Some(extents[1])]);
        words[1].store(2, Relaxed);
        assert_eq!(header.check(), Err(Unreadable::Damaged), "the checksum is not right");
    }
}
