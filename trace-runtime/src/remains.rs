//! Reading what a process that died has left in its [crash memory](crate::export::CrashMemory).
//!
//! Nothing in it is believed: what does not check out is counted and passed over.

use crate::chunk::{CHUNK_HEADER, Chunk};
use crate::clock::Timeline;
use crate::layout::{
    self, CALL, CALLSITE, CRASH, DROPPED, EARLY, END, HEAD, HEADER, LOCAL_ROOT, SPAN, START, TRACE, entry_parts,
    entry_words, lane_add,
};
use crate::record::Record;
use crate::said::Said;
use crate::slot::{INLINE, SLOT_WORDS, Slot};
use crate::tracer::GLOBAL;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Names the form of slots and chunks. Another one cannot be read.
pub const LAYOUT: u64 =
    2 << 56 | (CHUNK_HEADER as u64) << 40 | (SLOT_WORDS as u64) << 24 | (INLINE as u64) << 8 | HEADER as u64;

/// The words that lie in these bytes; a last one that is not whole is left out.
pub fn words_of(mut bytes: &[u8]) -> Vec<AtomicU64> {
    let mut words = Vec::with_capacity(bytes.len() / 8);
    while let Some((word, rest)) = bytes.split_first_chunk() {
        words.push(AtomicU64::new(u64::from_ne_bytes(*word)));
        bytes = rest;
    }
    words
}

/// The bytes that these words are.
pub fn bytes_of(words: &[AtomicU64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.load(Relaxed).to_ne_bytes()).collect()
}

/// A finished span that was found.
pub struct Found<'a> {
    /// The span.
    pub record: Record<'a>,
    /// The words of its chunk that it has.
    pub at: Range<usize>,
    /// It has its outcome.
    pub is_settled: bool,
}

/// What is known so far of the process. First all slots are looked at, then all chunks, then what was open is taken.
pub struct Remains {
    timeline: Timeline,
    latest: u64,
    /// By span id: header, entries, and where the slot is.
    open: HashMap<u64, ([u64; HEADER], Vec<AtomicU64>, u64)>,
}

impl Remains {
    /// `clock`: the last words given to [`CrashMemory::clock`](crate::export::CrashMemory::clock). `None`: they are none.
    pub fn new(clock: &[u64]) -> Option<Self> {
        let timeline = Timeline::restore(clock)?;
        Some(Self { latest: timeline.latest(), timeline, open: HashMap::new() })
    }

    /// Looks at a slot of [`SLOT_WORDS`]; `place` says where it is. `false`: there is an open span that does not check out.
    pub fn look_at_slot(&mut self, words: &[AtomicU64], place: u64) -> bool {
        let Some(open) = Slot::of_remains(words).filter(|(header, _)| (header[END] >> 32) as u32 == GLOBAL) else {
            return true;
        };
        let (mut header, entries) = open;
        header[HEAD] = header[HEAD] & !0xffff_ffff & !(u64::from(EARLY) << 48) | u64::from(CRASH) << 48;
        header[END] = header[START];
        header[CALLSITE] &= 0xffff_ffff;
        let sound = self.is_sound(&header, &entries);
        if sound {
            self.latest = self.latest.max(header[START]);
            self.open.insert(header[SPAN], (header, entries, place));
        }
        sound
    }

    /// Passes on the records of a chunk. Gives how many do not check out.
    pub fn read_chunk(&mut self, words: &[AtomicU64], found: &mut dyn FnMut(&Found<'_>)) -> u64 {
        let Some((tracer, end, records)) = Chunk::of_remains(words) else { return 0 };
        if tracer != GLOBAL {
            return 0;
        }
        // A count that cannot be is not believed either.
        let records = u64::from(records).min((words.len() / HEADER) as u64);
        let (mut at, mut sound) = (CHUNK_HEADER, 0);
        while let Some(word) = words.get(at).filter(|_| at < end) {
            if layout::is_call(word.load(Relaxed)) {
                at += CALL;
                continue;
            }
            let Some((head, rest)) = words.get(at..end).and_then(<[_]>::split_first_chunk::<HEADER>) else { break };
            let mut header: [u64; HEADER] = std::array::from_fn(|nth| head[nth].load(Relaxed));
            let len = header[HEAD] as u32 as usize;
            let Some(entries) = len.checked_sub(HEADER).and_then(|len| rest.get(..len)) else { break };
            // What its number stands for is not known any more.
            header[CALLSITE] &= 0xffff_ffff;
            if self.is_sound(&header, entries) {
                sound += 1;
                self.open.remove(&header[SPAN]);
                self.latest = self.latest.max(header[END]);
                let is_settled = (header[HEAD] >> 48) as u16 & layout::SETTLED != 0;
                let header = header.map(AtomicU64::new);
                let record = Record::new(&header, entries, &self.timeline);
                found(&Found { record, at: at..at + len, is_settled });
            }
            at += len;
        }
        records.saturating_sub(sound)
    }

    /// Takes the spans that were open, each with the place of its slot. They end when the process was last seen alive.
    pub fn take_open(&mut self, take: &mut dyn FnMut(&Record<'_>, u64)) {
        let mut open: Vec<_> = std::mem::take(&mut self.open).into_values().collect();
        open.sort_by_key(|(header, ..)| header[START]);
        for (mut header, entries, place) in open {
            header[END] = self.latest;
            take(&Record::new(&header.map(AtomicU64::new), &entries, &self.timeline), place);
        }
    }

    /// Marks the records there as settled, in this copy of the chunk.
    pub fn settle(words: &[AtomicU64], records: Range<usize>) {
        layout::settle(words, records);
    }

    /// The first word of the slot with this first word, once its span is settled.
    pub fn close(word: u64) -> u64 {
        Slot::closed(word)
    }

    /// Whether it can be what the runtime writes.
    fn is_sound(&self, header: &[u64; HEADER], entries: &[AtomicU64]) -> bool {
        let (kind, status) = ((header[HEAD] >> 32) as u8, (header[HEAD] >> 40) as u8);
        let flags = (header[HEAD] >> 48) as u16;
        let has_ids = header[TRACE] | header[TRACE + 1] != 0 && header[SPAN] != 0 && header[LOCAL_ROOT] != 0;
        let has_times = self.timeline.may_be(header[START]) && self.timeline.may_be(header[END]);
        (1..=5).contains(&kind)
            && status <= layout::ERROR
            && flags & !layout::KNOWN == 0
            && header[CALLSITE] as u32 != 0
            && has_ids
            && has_times
            && are_entries(entries)
    }
}

impl std::fmt::Debug for Remains {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remains").field("open", &self.open.len()).finish_non_exhaustive()
    }
}

/// Whether these are whole entries of kinds that there are.
fn are_entries(mut entries: &[AtomicU64]) -> bool {
    while let Some((word, after)) = entries.split_first() {
        let word = word.load(Relaxed);
        let (kind, bytes) = entry_parts(word);
        let timed = [layout::EVENT, layout::EVENT_AT, layout::START_AT, layout::END_AT].contains(&kind);
        let Some((content, rest)) = after.split_at_checked(entry_words(bytes) - 1) else { return false };
        let is_known = kind <= layout::EVENT_AT || Said::new(word, content).is_some();
        if !is_known || timed && bytes < 8 || kind == layout::STATUS && bytes == 0 {
            return false;
        }
        entries = rest;
    }
    true
}

impl Slot {
    /// Header and entries of the span that was open in a slot with these words, if there was one.
    fn of_remains(words: &[AtomicU64]) -> Option<([u64; HEADER], Vec<AtomicU64>)> {
        let word = |nth: usize| words.get(nth).map_or(0, |word| word.load(Relaxed));
        let ([sequence, _], [spilled, spilled_entries]) = (halves(word(0)), halves(word(1)));
        if sequence % 2 == 0 || words.len() < SLOT_WORDS {
            return None;
        }
        let mut header: [u64; HEADER] = std::array::from_fn(|nth| word(2 + nth));
        let used = header[END] as u32 as usize;
        let inline = words.get(2 + HEADER..2 + HEADER + INLINE)?;
        // More than there can be: then the kinds will not fit either.
        let inline = inline.get(..used).unwrap_or(inline);
        let entries = inline.iter().map(|word| AtomicU64::new(word.load(Relaxed))).collect();
        if spilled == sequence {
            header[DROPPED] = lane_add(header[DROPPED], 3, spilled_entries.min(u16::MAX.into()) as u16);
        }
        Some((header, entries))
    }

    fn closed(word: u64) -> u64 {
        let [sequence, number] = halves(word);
        whole([sequence.wrapping_add(sequence % 2), number])
    }
}

/// Two words of 32 bits, as they lie in memory.
fn halves(word: u64) -> [u32; 2] {
    let bytes = word.to_ne_bytes();
    let half = |nth: usize| u32::from_ne_bytes(std::array::from_fn(|byte| bytes[4 * nth + byte]));
    [half(0), half(1)]
}

fn whole([first, second]: [u32; 2]) -> u64 {
    let (first, second) = (first.to_ne_bytes(), second.to_ne_bytes());
    u64::from_ne_bytes(std::array::from_fn(|byte| if byte < 4 { first[byte] } else { second[byte - 4] }))
}
