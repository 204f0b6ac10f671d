//! Open spans: fixed-size slots that are reused for ever.
//!
//! A slot has one *owner* at a time, the guard or future whose span it holds; only the owner writes
//! its words. Everyone else who may add to the span (a thread that attached a snapshot) writes to
//! the slot's *spill*, behind a lock, as does the owner when the inline words are full. The drain
//! may read the words at any time, as from a seqlock: [`Slot::sequence`] is odd while the span is open.

use crate::chunk::{CHUNK_HEADER, LARGEST};
use crate::ctx::{SAMPLED, TRACE_CTX_WORDS, TraceCtx, VALID};
use crate::layout::{
    self, CALLSITE, COUNTS, DROPPED, END, HEAD, HEADER, LOCAL_ROOT, TRACE, entry, entry_parts, entry_words, lane,
    lane_add,
};
use crate::shared::shared;
use crate::table::Table;
use crate::wire::WordWriter;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Words of entries kept in the slot itself: four small attributes.
const INLINE: usize = 22;
/// Words of entries one span may have spilled: with all else they fit the largest chunk, of 1 MiB.
const SPILL_WORDS_MAX: usize = (1 << LARGEST) - CHUNK_HEADER - HEADER - INLINE;
/// Open spans in a process; beyond it a span is counted as dropped. 64 MiB of slots.
const SLOTS_MAX: u32 = 200_000;

static SLOTS: Table<Slot> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

#[repr(align(64))]
pub(crate) struct Slot {
    /// Odd: open, and the generation that handles carry. Even: free.
    sequence: AtomicU32,
    /// The generation whose entries are in `spill`, if there are any.
    spilled: AtomicU32,
    words: [AtomicU64; HEADER],
    inline: [AtomicU64; INLINE],
    /// For the guard of a span that changed the trace context: the previous one, and the new one's block.
    kept: [AtomicU64; TRACE_CTX_WORDS + 1],
    spill: Mutex<Spill>,
}

/// Entries beyond the inline words, or from other threads than the owner's.
#[derive(Default)]
struct Spill {
    generation: u32,
    words: Vec<AtomicU64>,
    /// Lanes as in `COUNTS` and `DROPPED`.
    counts: u64,
    dropped: u64,
    flags: u16,
    /// No key occurs twice: what was added at the limit took the place of its older value.
    distinct: bool,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            sequence: AtomicU32::new(0),
            spilled: AtomicU32::new(0),
            words: [const { AtomicU64::new(0) }; HEADER],
            inline: [const { AtomicU64::new(0) }; INLINE],
            kept: [const { AtomicU64::new(0) }; TRACE_CTX_WORDS + 1],
            spill: Mutex::default(),
        }
    }
}

/// Takes a free slot from the process's store, or makes one. Cold: threads keep a few free slots themselves.
#[cold]
pub(crate) fn acquire() -> Option<&'static Slot> {
    if let Some(slot) = lock(&shared().free_slots).pop() {
        return Some(slot);
    }
    let index = NEXT.fetch_update(Relaxed, Relaxed, |next| (next < SLOTS_MAX).then_some(next + 1)).ok()?;
    Some(SLOTS.get(index))
}

/// Gives free slots back to the process's store.
#[cold]
pub(crate) fn release(slots: impl Iterator<Item = &'static Slot>) {
    lock(&shared().free_slots).extend(slots);
}

/// Every slot that was ever used.
pub(crate) fn all() -> impl Iterator<Item = &'static Slot> {
    SLOTS.up_to(NEXT.load(Acquire)).map(|(_, slot)| slot)
}

/// In a forked child: spans open at the fork belong to the parent process, so their handles go stale.
pub(crate) fn abandon_all() {
    for slot in all() {
        let sequence = slot.sequence.load(Relaxed);
        if sequence % 2 == 1 {
            slot.sequence.store(sequence.wrapping_add(1), Relaxed);
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a counter lane counts.
#[derive(Clone, Copy)]
pub(crate) enum Lane {
    Attributes = 0,
    Events = 1,
    Links = 2,
}

impl Slot {
    /// Opens the slot with this header and gives its generation. The caller owns the slot.
    #[inline]
    pub(crate) fn open(&self, header: [u64; HEADER]) -> u32 {
        let generation = self.sequence.load(Relaxed).wrapping_add(1);
        for (place, word) in self.words.iter().zip(header) {
            place.store(word, Relaxed);
        }
        self.sequence.store(generation, Release);
        generation
    }

    /// Frees the slot. The record, if there is one, was published before.
    #[inline]
    pub(crate) fn close(&self, generation: u32) {
        self.sequence.store(generation.wrapping_add(1), Release);
        // The next owner's words must not be seen under the old generation.
        fence(Release);
    }

    #[inline]
    pub(crate) fn is_open(&self, generation: u32) -> bool {
        self.sequence.load(Relaxed) == generation
    }

    #[inline]
    pub(crate) fn word(&self, nth: usize) -> u64 {
        self.words[nth].load(Relaxed)
    }

    #[inline]
    pub(crate) fn set_word(&self, nth: usize, word: u64) {
        self.words[nth].store(word, Relaxed);
    }

    #[inline]
    pub(crate) fn header(&self) -> [u64; HEADER] {
        std::array::from_fn(|nth| self.word(nth))
    }

    /// Remembers the trace context that was current before, and the block of the one that is now.
    pub(crate) fn keep(&self, previous: TraceCtx, block: u32) {
        let words = previous.to_words().into_iter().chain([u64::from(block)]);
        for (place, word) in self.kept.iter().zip(words) {
            place.store(word, Relaxed);
        }
    }

    pub(crate) fn kept(&self) -> (TraceCtx, u32) {
        let words = std::array::from_fn(|nth| self.kept[nth].load(Relaxed));
        (TraceCtx::from_words(words), self.kept[TRACE_CTX_WORDS].load(Relaxed) as u32)
    }

    /// The trace context of a recorded child.
    pub(crate) fn trace(&self) -> TraceCtx {
        let block = (self.word(CALLSITE) >> 32) as u32;
        let mut context = TraceCtx::of_tracer(self.tracer()).with_block(block).with_flags(VALID | SAMPLED);
        context.id = [self.word(TRACE), self.word(TRACE + 1)];
        context.local_root = self.word(LOCAL_ROOT);
        context.with_epoch(lane(self.word(COUNTS), 3))
    }

    #[inline]
    fn used(&self) -> usize {
        (self.word(END) as u32) as usize
    }

    /// The tracer that the span belongs to.
    #[inline]
    pub(crate) fn tracer(&self) -> u32 {
        (self.word(END) >> 32) as u32
    }

    /// The entries in the slot itself.
    #[inline]
    pub(crate) fn inline_entries(&self) -> &[AtomicU64] {
        self.inline.get(..self.used()).unwrap_or(&self.inline)
    }

    #[inline]
    pub(crate) fn has_spilled(&self, generation: u32) -> bool {
        self.spilled.load(Relaxed) == generation
    }

    fn spill(&self, generation: u32) -> MutexGuard<'_, Spill> {
        let mut spill = lock(&self.spill);
        // Whoever is not the open generation, or comes after its spill was taken, is stale, and will see it.
        let taken = spill.generation == generation.wrapping_add(1);
        if spill.generation != generation && !taken && self.is_open(generation) {
            *spill = Spill { generation, ..Spill::default() };
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

    /// A copy of the open span as it is now, for an outside reader: header, entries.
    pub(crate) fn peek(&self) -> Option<([u64; HEADER], Vec<AtomicU64>)> {
        let generation = self.sequence.load(Acquire);
        if generation % 2 == 0 {
            return None;
        }
        let used = (self.words[END].load(Acquire) as u32) as usize;
        let mut header = self.header();
        let mut entries: Vec<AtomicU64> =
            self.inline.iter().take(used).map(|word| AtomicU64::new(word.load(Relaxed))).collect();
        fence(Acquire);
        if self.sequence.load(Relaxed) != generation {
            return None;
        }
        if self.has_spilled(generation) {
            let spill = self.spill(generation);
            if spill.generation == generation {
                entries.extend(spill.words.iter().map(|word| AtomicU64::new(word.load(Relaxed))));
                spill.apply(&mut header);
            }
        }
        Some((header, entries))
    }
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

    /// Removes entries of this kind: the last one counts, and is about to come.
    fn remove_kind(&mut self, kind: u8) {
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

/// A span that may still be open. Stale handles do nothing.
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    pub(crate) slot: &'static Slot,
    pub(crate) generation: u32,
    /// Whether the caller is the slot's owner.
    pub(crate) owned: bool,
}

impl Handle {
    #[inline]
    pub(crate) fn is_open(self) -> bool {
        self.slot.is_open(self.generation)
    }

    /// Sets flags of `HEAD`.
    #[inline]
    pub(crate) fn flag(self, flags: u16) {
        if self.owned {
            let head = self.slot.word(HEAD);
            self.slot.set_word(HEAD, head | u64::from(flags) << 48);
        } else {
            let mut spill = self.slot.spill(self.generation);
            if spill.generation == self.generation {
                spill.flags |= flags;
            }
        }
    }

    /// Sets the status, unless it was set to Ok before. `text` is its description.
    pub(crate) fn status(self, code: u8, text: &str) {
        let push = || {
            self.push(layout::STATUS, None, 1 + text.len(), |to| {
                to.byte(code);
                to.bytes(text.as_bytes());
            });
        };
        if !self.owned {
            push();
            return;
        }
        let head = self.slot.word(HEAD);
        if (head >> 40) as u8 == layout::OK {
            return;
        }
        self.slot.set_word(HEAD, head & !(0xff << 40) | u64::from(code) << 40);
        let had_text = (head >> 40) as u8 == layout::ERROR;
        if had_text || !text.is_empty() {
            push();
        }
    }

    /// Counts values that were cut.
    pub(crate) fn count_cuts(self, cuts: u16) {
        self.count_dropped_lane(3, cuts);
    }

    fn count_dropped_lane(self, nth: u32, add: u16) {
        if add == 0 {
            return;
        }
        if self.owned {
            self.slot.set_word(DROPPED, lane_add(self.slot.word(DROPPED), nth, add));
        } else {
            let mut spill = self.slot.spill(self.generation);
            if spill.generation == self.generation {
                spill.dropped = lane_add(spill.dropped, nth, add);
                self.slot.spilled.store(self.generation, Relaxed);
            }
        }
    }

    /// Appends an entry of `bytes` bytes. With a lane and its limit, counts it there, and counts it as dropped beyond.
    #[inline]
    pub(crate) fn push(
        self,
        kind: u8,
        lane_limit: Option<(Lane, u16)>,
        bytes: usize,
        write: impl FnOnce(&mut WordWriter<'_>),
    ) {
        let slot = self.slot;
        let used = slot.used();
        let end = used + entry_words(bytes);
        let counts = slot.word(COUNTS);
        let room = lane_limit.is_none_or(|(nth, limit)| lane(counts, nth as u32) < limit);
        if !self.owned || !room || end > INLINE || slot.has_spilled(self.generation) {
            self.push_to_spill(kind, lane_limit, bytes, write);
            return;
        }
        if let Some((head, rest)) = slot.inline[used..end].split_first() {
            head.store(entry(kind, bytes), Relaxed);
            let mut to = WordWriter::new(rest);
            write(&mut to);
            to.finish();
        }
        if let Some((nth, _)) = lane_limit {
            slot.set_word(COUNTS, lane_add(counts, nth as u32, 1));
        }
        let tracer = slot.word(END) & !0xffff_ffff;
        slot.words[END].store(tracer | end as u64, Release);
    }

    #[cold]
    #[inline(never)]
    fn push_to_spill(
        self,
        kind: u8,
        lane_limit: Option<(Lane, u16)>,
        bytes: usize,
        write: impl FnOnce(&mut WordWriter<'_>),
    ) {
        let mut spill = self.slot.spill(self.generation);
        if spill.generation != self.generation || !self.is_open() {
            return;
        }
        self.slot.spilled.store(self.generation, Relaxed);
        if matches!(kind, layout::NAME | layout::STATUS) && self.owned {
            spill.remove_kind(kind);
        }
        let start = spill.words.len();
        let need = entry_words(bytes);
        if start + need > SPILL_WORDS_MAX {
            if let Some((nth, _)) = lane_limit {
                spill.dropped = lane_add(spill.dropped, nth as u32, 1);
            }
            return;
        }
        spill.words.resize_with(start + need, AtomicU64::default);
        if let Some((head, rest)) = spill.words[start..].split_first() {
            head.store(entry(kind, bytes), Relaxed);
            let mut to = WordWriter::new(rest);
            write(&mut to);
            to.finish();
        }
        if let Some((nth, limit)) = lane_limit {
            self.count_spilled(&mut spill, start, nth as u32, limit);
        }
    }

    /// Counts the entry at `new`, the last one. Beyond the limit it goes again, and is counted as dropped, but for an
    /// attribute whose key is there already: that takes the new value.
    fn count_spilled(self, spill: &mut Spill, new: usize, nth: u32, limit: u16) {
        let has_room = |spill: &Spill| {
            let inline = lane(self.slot.word(COUNTS), nth);
            inline.saturating_add(lane(spill.counts, nth)) < limit
        };
        let mut entry = Vec::new();
        if !has_room(spill) {
            entry = spill.words.split_off(new);
            if nth == Lane::Attributes as u32 {
                self.make_distinct(spill);
                if self.remove_attribute(spill, &entry_key(&entry)) {
                    spill.words.append(&mut entry);
                    spill.counts = lane_add(spill.counts, nth, 1);
                    return;
                }
            }
            if !has_room(spill) {
                spill.dropped = lane_add(spill.dropped, nth, 1);
                return;
            }
        }
        spill.words.append(&mut entry);
        spill.counts = lane_add(spill.counts, nth, 1);
        spill.distinct = false;
    }

    /// Removes all but the last value of each key.
    fn make_distinct(self, spill: &mut Spill) {
        if std::mem::replace(&mut spill.distinct, true) {
            return;
        }
        let mut seen = HashSet::new();
        for at in attributes(&spill.words).into_iter().rev() {
            if !seen.insert(entry_key(&spill.words[at..])) {
                let words = entry_len(&spill.words[at..]);
                spill.words.drain(at..at + words);
                spill.counts -= 1;
            }
        }
        for at in attributes(self.slot.inline_entries()).into_iter().rev() {
            if !seen.insert(entry_key(&self.slot.inline[at..])) && self.owned {
                self.bury(at);
            }
        }
    }

    /// Makes an inline attribute count for nothing. Inline words are the owner's to change.
    fn bury(self, at: usize) {
        let (_, bytes) = entry_parts(self.slot.inline[at].load(Relaxed));
        self.slot.inline[at].store(entry(layout::DEAD, bytes), Relaxed);
        self.slot.set_word(COUNTS, self.slot.word(COUNTS) - 1);
    }

    /// Removes the attribute with this key, if there is one.
    fn remove_attribute(self, spill: &mut Spill, key: &[u8]) -> bool {
        let with_key = |words: &[AtomicU64]| attributes(words).into_iter().find(|at| entry_key(&words[*at..]) == key);
        if let Some(at) = with_key(&spill.words) {
            let words = entry_len(&spill.words[at..]);
            spill.words.drain(at..at + words);
            spill.counts -= 1;
            return true;
        }
        let inline = with_key(self.slot.inline_entries()).filter(|_| self.owned);
        inline.inspect(|at| self.bury(*at)).is_some()
    }
}

/// Where the attributes among these entries begin.
fn attributes(words: &[AtomicU64]) -> Vec<usize> {
    let (mut places, mut at) = (Vec::new(), 0);
    while let Some(word) = words.get(at) {
        if entry_parts(word.load(Relaxed)).0 == layout::ATTRIBUTE {
            places.push(at);
        }
        at += entry_len(&words[at..]);
    }
    places
}

/// Words of the entry at the start of `words`.
fn entry_len(words: &[AtomicU64]) -> usize {
    entry_words(entry_parts(words[0].load(Relaxed)).1)
}

fn entry_key(words: &[AtomicU64]) -> Vec<u8> {
    let (_, bytes) = entry_parts(words[0].load(Relaxed));
    let mut copy = Vec::new();
    read_bytes(&words[1..], bytes, &mut copy);
    crate::wire::key_of(&copy).to_vec()
}

/// Appends the first `bytes` bytes that lie in `words` to `to`.
pub(crate) fn read_bytes(words: &[AtomicU64], bytes: usize, to: &mut Vec<u8>) {
    let start = to.len();
    to.reserve(bytes + 8);
    for word in words.iter().take(bytes.div_ceil(8)) {
        to.extend_from_slice(&word.load(Relaxed).to_le_bytes());
    }
    to.truncate(start + bytes);
}
