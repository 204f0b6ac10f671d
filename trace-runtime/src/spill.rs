//! What an open span has beyond its slot's words, behind a lock.

use crate::chunk::{CHUNK_HEADER, LARGEST};
use crate::layout::{self, COUNTS, DROPPED, HEAD, HEADER, entry_len, entry_parts, entry_words, lane, lane_add};
use crate::slot::{INLINE, Slot, lock};
use crate::table::Table;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// Words of entries one span may have spilled: with all else they fit the largest chunk, of 1 MiB.
pub(crate) const SPILL_WORDS_MAX: usize = (1 << LARGEST) - CHUNK_HEADER - HEADER - INLINE;
/// Words that a slot keeps for the entries of its next span: 1 KiB.
const SPILL_KEPT: usize = 128;

/// By the slot's number. Not in the slot: its memory may outlive the process, and a lock must not.
static SPILLS: Table<Mutex<Spill>> = Table::new();

/// Entries beyond the inline words, or from other threads than the owner's.
#[derive(Default)]
pub(crate) struct Spill {
    pub(crate) generation: u32,
    pub(crate) words: Vec<AtomicU64>,
    /// Lanes as in `COUNTS` and `DROPPED`.
    pub(crate) counts: u64,
    pub(crate) dropped: u64,
    pub(crate) flags: u16,
    /// No key occurs twice: what was added at the limit took the place of its older value.
    pub(crate) distinct: bool,
}

impl Spill {
    /// Brings a header up to date by what is here.
    fn apply(&self, header: &mut [u64; HEADER]) {
        for nth in 0..3 {
            header[COUNTS] = lane_add(header[COUNTS], nth, lane(self.counts, nth));
        }
        for nth in 0..4 {
            header[DROPPED] = lane_add(header[DROPPED], nth, lane(self.dropped, nth));
        }
        header[HEAD] |= u64::from(self.flags) << 48;
        apply_statuses(&self.words, header);
    }

    /// Whether this status was set here.
    pub(crate) fn has_status(&self, code: u8) -> bool {
        let mut at = 0;
        while let Some(word) = self.words.get(at) {
            let (kind, bytes) = entry_parts(word.load(Relaxed));
            let content = self.words.get(at + 1).map_or(0, |word| word.load(Relaxed)) as u8;
            if kind == layout::STATUS && content == code {
                return true;
            }
            at += entry_words(bytes);
        }
        false
    }

    /// Removes entries of this kind: the last one counts, and is about to come.
    pub(crate) fn remove_kind(&mut self, kind: u8) {
        let mut at = 0;
        while let Some(word) = self.words.get(at) {
            let len = entry_len(&self.words[at..]);
            if entry_parts(word.load(Relaxed)).0 == kind {
                self.words.drain(at..at + len);
            } else {
                at += len;
            }
        }
    }
}

/// Statuses set from other threads are entries only; the last one counts, unless the status is Ok.
fn apply_statuses(words: &[AtomicU64], header: &mut [u64; HEADER]) {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let (kind, bytes) = entry_parts(word.load(Relaxed));
        let status = (header[HEAD] >> 40) as u8;
        if kind == layout::STATUS && status != layout::OK {
            let code = words.get(at + 1).map_or(0, |word| word.load(Relaxed)) as u8;
            header[HEAD] = header[HEAD] & !(0xff << 40) | u64::from(code) << 40;
        }
        at += entry_words(bytes);
    }
}

impl Slot {
    pub(crate) fn spill(&self, generation: u32) -> MutexGuard<'_, Spill> {
        let mut spill = lock(self.spills());
        // Whoever is not the open generation, or comes after its spill was taken, is stale, and will see it.
        let taken = spill.generation == generation.wrapping_add(1);
        if spill.generation != generation && !taken && self.is_open(generation) {
            let mut words = std::mem::take(&mut spill.words);
            // What came while the span before was being recorded is nobody's.
            words.clear();
            *spill = Spill { generation, words, ..Spill::default() };
        }
        spill
    }

    /// Takes what was spilled, with the header brought up to date by it.
    #[cold]
    pub(crate) fn take_spill(&self, generation: u32, header: &mut [u64; HEADER]) -> Vec<AtomicU64> {
        let mut spill = self.spill(generation);
        if spill.generation != generation {
            return Vec::new();
        }
        let taken = std::mem::take(&mut *spill);
        // The even number: no writer of this generation gets in any more.
        spill.generation = generation.wrapping_add(1);
        self.spilled.store(0, Relaxed);
        taken.apply(header);
        taken.words
    }

    /// Keeps the memory that [`take_spill`](Self::take_spill) gave for the next span, if it is not much.
    pub(crate) fn give_back(&self, mut words: Vec<AtomicU64>) {
        words.clear();
        let mut spill = lock(self.spills());
        if words.capacity() <= SPILL_KEPT && spill.words.is_empty() {
            spill.words = words;
        }
    }

    /// Adds what is spilled so far to a copy of the span.
    pub(crate) fn add_spilled(&self, generation: u32, header: &mut [u64; HEADER], entries: &mut Vec<AtomicU64>) {
        let spill = self.spill(generation);
        if spill.generation == generation {
            entries.extend(spill.words.iter().map(|word| AtomicU64::new(word.load(Relaxed))));
            spill.apply(header);
        }
    }

    fn spills(&self) -> &'static Mutex<Spill> {
        SPILLS.get(self.number())
    }
}
