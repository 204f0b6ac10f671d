//! Open spans: fixed-size slots that are reused for ever.
//!
//! A slot has one *owner* at a time, the guard or future whose span it holds; only the owner writes
//! its words. Everyone else who may add to the span (a thread that attached a snapshot) writes to
//! the slot's *spill*, behind a lock, as does the owner when the inline words are full. The drain
//! may read the words at any time, as from a seqlock: [`Slot::sequence`] is odd while the span is open.

use crate::ctx::{Place, SAMPLED, SpanCtx, TRACE_CTX_WORDS, TraceCtx, VALID};
use crate::layout::{self, CALLSITE, COUNTS, END, HEAD, HEADER, LOCAL_ROOT, TRACE, lane};
use crate::shared::shared;
use crate::table::Table;
use crate::{crash, sys};
use std::ops::Deref;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Words of entries kept in the slot itself: the dozen attributes of a request. A slot's twelve cache lines are written only as far as
/// they are used.
pub(crate) const INLINE: usize = 77;
/// Open spans in a process; beyond it a span is counted as dropped. 96 MiB of slots.
const SLOTS_MAX: u32 = 131_072;

// What the bound says.
const _: () = assert!(size_of::<Slot>() * SLOTS_MAX as usize == 96 << 20);

static SLOTS: Table<Slot, Slots> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Atomic words and nothing else, so that any memory of words can be slots, which all are free if it is zero.
#[repr(C, align(64))]
#[derive(Debug)]
pub(crate) struct Slot {
    /// Odd: open, and the generation that handles carry. Even: free.
    sequence: AtomicU32,
    /// Its place in the table.
    number: AtomicU32,
    /// The generation that has entries in its [spill](crate::spill), if there are any.
    pub(crate) spilled: AtomicU32,
    /// And how many.
    pub(crate) spilled_entries: AtomicU32,
    pub(crate) words: [AtomicU64; HEADER],
    pub(crate) inline: [AtomicU64; INLINE],
    /// For the guard of a span that changed the trace context: the previous one, and the block that is held for the new one.
    kept: [AtomicU64; TRACE_CTX_WORDS + 1],
}

/// Words of a slot for an open span.
pub const SLOT_WORDS: usize = size_of::<Slot>() / 8;

impl Default for Slot {
    fn default() -> Self {
        Self {
            sequence: AtomicU32::new(0),
            number: AtomicU32::new(0),
            spilled: AtomicU32::new(0),
            spilled_entries: AtomicU32::new(0),
            words: [const { AtomicU64::new(0) }; HEADER],
            inline: [const { AtomicU64::new(0) }; INLINE],
            kept: [const { AtomicU64::new(0) }; TRACE_CTX_WORDS + 1],
        }
    }
}

/// Slots that follow each other.
enum Slots {
    Ordinary(Box<[Slot]>),
    /// In memory that outlives the process.
    Lasting(&'static [Slot]),
}

impl Slots {
    fn new(count: usize) -> Self {
        let slots = |words| sys::as_slots(words).get(..count);
        let lasting = crash::slots(count * SLOT_WORDS).and_then(slots);
        lasting.map_or_else(|| Self::ordinary(count), Self::Lasting)
    }

    fn ordinary(count: usize) -> Self {
        let mut slots = Vec::with_capacity(count);
        sys::on_large_pages(slots.spare_capacity_mut());
        slots.extend((0..count).map(|_| Slot::default()));
        Self::Ordinary(slots.into_boxed_slice())
    }
}

impl Deref for Slots {
    type Target = [Slot];

    fn deref(&self) -> &[Slot] {
        match self {
            Self::Ordinary(slots) => slots,
            Self::Lasting(slots) => slots,
        }
    }
}

/// Takes a free slot from the process's store, or makes one. If there are more, `keep` gets up to `most` of them, and must not give any
/// back: the store is locked. Cold: threads keep a few free slots themselves.
#[cold]
pub(crate) fn acquire(most: usize, mut keep: impl FnMut(&'static Slot)) -> Option<&'static Slot> {
    let mut free = lock(&shared().free_slots);
    if let Some(number) = free.take() {
        for slot in std::iter::from_fn(|| free.take()).take(most).map(by_number) {
            slot.fetch();
            keep(slot);
        }
        return Some(by_number(number));
    }
    drop(free);
    let index = NEXT.fetch_update(Relaxed, Relaxed, |next| (next < SLOTS_MAX).then_some(next + 1)).ok()?;
    let slot = SLOTS.get_or_make(index, Slots::new);
    slot.number.store(index, Relaxed);
    Some(slot)
}

/// The slot with this number.
pub(crate) fn by_number(number: u32) -> &'static Slot {
    SLOTS.get_or_make(number, Slots::new)
}

/// Gives free slots back to the process's store.
#[cold]
pub(crate) fn release(slots: impl Iterator<Item = &'static Slot>) {
    let mut free = lock(&shared().free_slots);
    slots.for_each(|slot| free.put(slot.number()));
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

    /// What the next span writes first.
    fn fetch(&self) {
        sys::fetch_to_write(&self.words[0]);
        sys::fetch_to_write(&self.words[HEADER - 1]);
    }

    pub(crate) fn number(&self) -> u32 {
        self.number.load(Relaxed)
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

    /// Remembers the trace context that was current before, and the block that is held for the one that is now.
    #[inline(always)]
    pub(crate) fn keep(&self, previous: &TraceCtx, block: u32) {
        for (place, word) in self.kept.iter().zip(previous.to_words()) {
            place.store(word, Relaxed);
        }
        self.kept[TRACE_CTX_WORDS].store(u64::from(block), Relaxed);
    }

    /// For the span of a future, while what that owns is dropped: the entry that was made for it, and what was current before.
    pub(crate) fn keep_entry(&self, entry: Place, before: &SpanCtx) {
        let slot = before.slot.map_or(0, |slot| u64::from(slot.number()) + 1);
        for (place, word) in self.kept.iter().zip([entry.word(), before.id, slot, before.place.word()]) {
            place.store(word, Relaxed);
        }
    }

    pub(crate) fn kept_entry(&self) -> (Place, SpanCtx) {
        let [entry, id, slot, place, ..] = self.kept.each_ref().map(|word| word.load(Relaxed));
        let slot = slot.checked_sub(1).map(|number| by_number(number as u32));
        (Place::of_word(entry), SpanCtx { id, slot, place: Place::of_word(place) })
    }

    pub(crate) fn kept(&self) -> (TraceCtx, u32) {
        let words = std::array::from_fn(|nth| self.kept[nth].load(Relaxed));
        (TraceCtx::from_words(words), self.kept[TRACE_CTX_WORDS].load(Relaxed) as u32)
    }

    /// The trace context of a recorded child.
    pub(crate) fn trace(&self) -> TraceCtx {
        let flags = (self.word(HEAD) >> 48) as u16 & layout::OF_TRACE;
        let mut context =
            TraceCtx::of_tracer(self.tracer()).with_block(self.block()).with_flags(VALID | SAMPLED | flags);
        context.id = [self.word(TRACE), self.word(TRACE + 1)];
        context.local_root = self.word(LOCAL_ROOT);
        context.with_epoch(lane(self.word(COUNTS), 3))
    }

    /// For a span that has no guard: those words have its last exit and the flags of its trace context.
    #[inline]
    pub(crate) fn adopt(&self, flags: u16) {
        self.kept[0].store(0, Relaxed);
        self.kept[1].store(u64::from(flags), Relaxed);
    }

    #[inline]
    pub(crate) fn adopted_flags(&self) -> u16 {
        self.kept[1].load(Relaxed) as u16
    }

    /// The whole trace context of such a span.
    pub(crate) fn adopted_trace(&self) -> TraceCtx {
        self.trace().with_flags(self.adopted_flags())
    }

    /// Whether that is this one.
    #[inline]
    pub(crate) fn is_of(&self, trace: &TraceCtx) -> bool {
        let home = u64::from(trace.tracer()) << 32 | u64::from(trace.block());
        let own = self.word(END) & !0xffff_ffff | self.word(CALLSITE) >> 32;
        trace.id[1] == self.word(TRACE + 1)
            && trace.id[0] == self.word(TRACE)
            && trace.local_root == self.word(LOCAL_ROOT)
            && home == own
    }

    /// The span stopped being current somewhere, at that many ticks.
    #[inline]
    pub(crate) fn note_exit(&self, ticks: u64) {
        self.kept[0].store(ticks, Relaxed);
    }

    /// Ticks; `None` if the span was never current.
    #[inline]
    pub(crate) fn last_exit(&self) -> Option<u64> {
        Some(self.kept[0].load(Relaxed)).filter(|ticks| *ticks != 0)
    }

    #[inline]
    pub(crate) fn used(&self) -> usize {
        (self.word(END) as u32) as usize
    }

    #[inline]
    pub(crate) fn callsite(&self) -> u32 {
        self.word(CALLSITE) as u32
    }

    /// The span's [block](crate::block).
    pub(crate) fn block(&self) -> u32 {
        (self.word(CALLSITE) >> 32) as u32
    }

    /// The tracer that the span belongs to.
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
            self.add_spilled(generation, &mut header, &mut entries);
        }
        Some((header, entries))
    }
}

/// Appends the first `bytes` bytes that lie in `words` to `to`.
pub(crate) fn read_bytes(words: &[AtomicU64], bytes: usize, to: &mut Vec<u8>) {
    let start = to.len();
    to.resize(start + bytes.next_multiple_of(8), 0);
    for (place, word) in to[start..].chunks_exact_mut(8).zip(words) {
        place.copy_from_slice(&word.load(Relaxed).to_le_bytes());
    }
    to.truncate(start + bytes);
}
