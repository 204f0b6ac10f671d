//! What each thread has of its own: the current span, random numbers, free slots, a chunk for its records.
//!
//! All of it is plain data without a destructor, so it can be used at any time, also while the
//! thread's other thread-locals are being destroyed.

mod calls;
mod random;
mod restore;

pub use self::restore::muted;
pub(crate) use self::restore::{Restore, poll_under, replace_current};
use crate::block;
use crate::chunk::{self, CHUNK_HEADER, Chunk};
use crate::ctx::{ENTRIES, Place, SpanCell, TraceCell};
use crate::drain;
use crate::layout::{CALLSITE, END, HEAD, HEADER};
use crate::slot::{self, Slot};
use crate::sys;
use crate::tracer::{self, Tracer};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Free slots a thread keeps.
const KEEP: usize = 16;

/// Stretches of entries that were left behind, each inside of another entry that is still open. With more, the oldest become one:
/// then entries between them that end out of order restore nothing, which those around them make good.
const LEFT_BEHIND: usize = 8;

/// Words of a cache line.
const LINE: usize = 8;
/// How far ahead of what is written: some spans.
const AHEAD: usize = 8 * LINE;

pub(crate) struct Thread {
    pub(crate) span: SpanCell,
    pub(crate) trace: TraceCell,
    /// Entries so far. Places have the low bits.
    entries: Cell<u64>,
    /// Entries after the first number, up to the second, may end after one around them. The oldest first.
    left_behind: [Cell<(u64, u64)>; LEFT_BEHIND],
    random: Cell<[u64; 2]>,
    /// Ticks of counted calls that ended inside of the innermost one that is open.
    pub(crate) inside: Cell<u64>,
    chunk: Cell<Option<Chunk>>,
    chunk_tracer: Cell<u32>,
    /// Words and records in the chunk.
    at: Cell<usize>,
    records: Cell<u32>,
    /// Chunks this thread has had.
    chunks: Cell<usize>,
    slots: [Cell<Option<&'static Slot>>; KEEP],
    slots_len: Cell<usize>,
    /// The thread is ending: nothing is kept any more.
    ending: Cell<bool>,
    #[cfg(feature = "otel")]
    pub(crate) otel: crate::otel::OfThread,
}

thread_local! {
    static THREAD: Thread = const {
        Thread {
            span: SpanCell::new(),
            trace: TraceCell::new(),
            entries: Cell::new(0),
            left_behind: [const { Cell::new((0, 0)) }; LEFT_BEHIND],
            random: Cell::new([0; 2]),
            inside: Cell::new(0),
            chunk: Cell::new(None),
            chunk_tracer: Cell::new(0),
            at: Cell::new(0),
            records: Cell::new(0),
            chunks: Cell::new(0),
            slots: [const { Cell::new(None) }; KEEP],
            slots_len: Cell::new(0),
            ending: Cell::new(false),
            #[cfg(feature = "otel")]
            otel: crate::otel::OfThread::new(),
        }
    };
    static END_OF_THREAD: EndOfThread = const { EndOfThread };
}

/// Dropped when the thread ends.
struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        with(|thread| {
            thread.ending.set(true);
            thread.leave_chunk();
            thread.release_slots();
        });
    }
}

#[inline(always)]
pub(crate) fn with<R>(f: impl FnOnce(&Thread) -> R) -> R {
    THREAD.with(f)
}

/// In a forked child: the buffers, slots and random numbers are the parent's.
pub(crate) fn forget_buffers() {
    with(|thread| {
        thread.chunk.set(None);
        thread.chunks.set(0);
        thread.slots_len.set(0);
        thread.random.set([0; 2]);
    });
}

impl Thread {
    /// The number of the entry that is being made.
    #[inline]
    pub(crate) fn next_entry(&self) -> u64 {
        let entry = self.entries.get() + 1;
        self.entries.set(entry);
        entry
    }

    /// Which entry that is, by the low bits of its number: the last one with those.
    pub(crate) fn nth_entry(&self, low: u32) -> u64 {
        let now = self.entries.get();
        now.saturating_sub(u64::from((now as u32).wrapping_sub(low) & ENTRIES))
    }

    /// Whether what was current before the entry `own`, which was `before`, is to be restored now that it ends.
    #[inline]
    pub(crate) fn leaves(&self, own: Place, before: Place) -> bool {
        self.span.entry() == own.entry() || self.leaves_out_of_order(own.entry(), before.entry())
    }

    /// Entries made after this one have not ended: they were forgotten, or will end later, and then must not restore
    /// what was current inside this one. Or this is such an entry.
    #[cold]
    #[inline(never)]
    fn leaves_out_of_order(&self, own: u32, before: u32) -> bool {
        let (own, current) = (self.nth_entry(own), self.nth_entry(self.span.entry()));
        let ranges = self.left_behind.each_ref().map(Cell::get);
        if own > current || ranges.iter().any(|(after, to)| own > *after && own <= *to) {
            return false;
        }
        // What is current from here on lies in entries up to `before`: all later ones have ended or are left behind.
        let before = self.nth_entry(before);
        let mut ranges: Vec<_> = ranges.into_iter().filter(|(after, to)| to > after && *after < before).collect();
        if ranges.len() == LEFT_BEHIND {
            let (after, _) = ranges.remove(0);
            ranges[0].0 = after;
        }
        ranges.push((before, self.entries.get()));
        ranges.resize(LEFT_BEHIND, (0, 0));
        for (place, range) in self.left_behind.iter().zip(ranges) {
            place.set(range);
        }
        true
    }

    #[inline]
    pub(crate) fn take_slot(&self) -> Option<&'static Slot> {
        let len = self.slots_len.get();
        if let Some(last) = len.checked_sub(1).and_then(|last| self.slots.get(last)) {
            self.slots_len.set(len - 1);
            return last.get();
        }
        self.watch_end();
        // Where many are open, half of what the thread may keep is taken at once: it has none, so there is room.
        slot::acquire(if self.ending.get() { 0 } else { KEEP / 2 }, |slot| self.give_slot(slot))
    }

    /// Sees to it that what the thread keeps is given back when it ends. If it is ending already, nothing is kept.
    #[cold]
    fn watch_end(&self) {
        if END_OF_THREAD.try_with(|_| ()).is_err() {
            self.ending.set(true);
        }
    }

    #[inline]
    pub(crate) fn give_slot(&self, slot: &'static Slot) {
        let len = self.slots_len.get();
        match self.slots.get(len) {
            Some(place) if !self.ending.get() => {
                place.set(Some(slot));
                self.slots_len.set(len + 1);
            }
            _ => self.give_slot_back(slot),
        }
    }

    /// Keeps half of the slots, so that spans that end here without starting here do not gather. A thread that is ending keeps nothing.
    #[cold]
    fn give_slot_back(&self, slot: &'static Slot) {
        if self.ending.get() {
            self.leave_chunk();
        }
        slot::release(std::iter::once(slot));
        let len = self.slots_len.get();
        if len == KEEP {
            slot::release(self.slots[KEEP / 2..].iter().filter_map(Cell::get));
            self.slots_len.set(KEEP / 2);
        }
    }

    #[cold]
    fn release_slots(&self) {
        slot::release(self.slots[..self.slots_len.get()].iter().filter_map(Cell::get));
        self.slots_len.set(0);
    }

    #[cold]
    pub(crate) fn leave_chunk(&self) {
        if let Some(chunk) = self.chunk.take() {
            chunk::retire(chunk);
        }
    }

    /// Ends the span in `slot` at `end` ticks.
    #[inline(never)]
    pub(crate) fn end(&self, slot: &'static Slot, generation: u32, end: u64) {
        let is_lost = self.record(slot, generation, end);
        slot.close(generation);
        if is_lost {
            drain::count_lost(slot);
        }
        self.give_slot(slot);
    }

    /// Writes the record of the span in `slot`, which ends at `end` ticks. Whether it is lost, as there is no room.
    #[inline(always)]
    pub(crate) fn record(&self, slot: &Slot, generation: u32, end: u64) -> bool {
        if slot.has_spilled(generation) {
            return self.record_spilled(slot, generation, end);
        }
        let entries = slot.inline_entries();
        let word = |nth| if nth == END { end } else { slot.word(nth) };
        !self.write(slot.tracer(), word, entries, &[])
            && self.write_to_new_chunk(slot.tracer(), &std::array::from_fn(word), entries, &[])
    }

    #[cold]
    #[inline(never)]
    fn record_spilled(&self, slot: &Slot, generation: u32, end: u64) -> bool {
        let tracer = slot.tracer();
        let mut header = slot.header();
        header[END] = end;
        let spill = slot.take_spill(generation, &mut header);
        let is_lost = !self.write(tracer, |nth| header[nth], slot.inline_entries(), &spill)
            && self.write_to_new_chunk(tracer, &header, slot.inline_entries(), &spill);
        slot.give_back(spill);
        is_lost
    }

    /// Writes to the chunk at hand, if the record fits there.
    #[inline(always)]
    fn write(&self, tracer: u32, header: impl Fn(usize) -> u64, entries: &[AtomicU64], more: &[AtomicU64]) -> bool {
        let Some(chunk) = self.chunk.get().filter(|chunk| self.chunk_tracer.get() == tracer && !chunk.is_closed())
        else {
            return false;
        };
        let end = self.at.get() + HEADER + entries.len() + more.len();
        let Some(to) = chunk.words().get(self.at.get()..end) else { return false };
        copy(to, header, entries, more);
        let records = self.records.get() + 1;
        self.at.set(end);
        self.records.set(records);
        chunk.publish(end, records);
        fetch_ahead(chunk, end, to.len());
        true
    }

    /// Whether it is lost, as there is no room. Of a tracer that is closed nothing is kept.
    #[cold]
    #[inline(never)]
    fn write_to_new_chunk(
        &self,
        tracer: u32,
        header: &[u64; HEADER],
        entries: &[AtomicU64],
        more: &[AtomicU64],
    ) -> bool {
        let need = HEADER + entries.len() + more.len();
        let begun = self.begin_chunk(tracer, need, 1, |to| copy(to, |nth| header[nth], entries, more));
        if begun != Begun::Written {
            block::let_go((header[CALLSITE] >> 32) as u32);
        }
        begun == Begun::Full
    }

    /// Goes on in a new chunk, with these many words, which `write` writes. If the thread is ending, the caller leaves it, once a span's slot
    /// is closed: until then the drain looks for the record there.
    #[cold]
    fn begin_chunk(&self, tracer: u32, need: usize, records: u32, write: impl FnOnce(&[AtomicU64])) -> Begun {
        if tracer::get(tracer).is_none_or(Tracer::is_closed) {
            return Begun::Closed;
        }
        self.leave_chunk();
        // A thread that goes back and forth between tracers stays with small chunks.
        let nth = if self.chunk_tracer.replace(tracer) == tracer { self.chunks.get() } else { 0 };
        let Some(chunk) = chunk::acquire(tracer, nth, need) else { return Begun::Full };
        self.chunks.set(nth + 1);
        let end = CHUNK_HEADER + need;
        if let Some(to) = chunk.words().get(CHUNK_HEADER..end) {
            write(to);
        }
        self.at.set(end);
        self.records.set(records);
        chunk.publish(end, records);
        // Between the look above and the chunk's listing the tracer may have closed.
        // Its counts then find this record unread, and a late drain counts it as dropped.
        self.watch_end();
        self.chunk.set(Some(chunk));
        Begun::Written
    }
}

/// What became of a new chunk.
#[derive(PartialEq, Eq)]
enum Begun {
    Written,
    /// There is no room for one.
    Full,
    /// The tracer takes no more.
    Closed,
}

/// Where records will lie that are some spans away: the drain read that memory last, so its processor has it.
#[inline(always)]
fn fetch_ahead(chunk: Chunk, end: usize, words: usize) {
    let ahead = chunk.words().get(end + AHEAD..).and_then(<[_]>::split_first_chunk::<{ 4 * LINE }>);
    let Some((lines, more)) = ahead else { return };
    sys::fetch_to_write(&lines[0]);
    sys::fetch_to_write(&lines[LINE]);
    if words > 2 * LINE {
        sys::fetch_to_write(&lines[2 * LINE]);
        sys::fetch_to_write(&lines[3 * LINE]);
        if words > 4 * LINE {
            let more = more.get(..words.min(AHEAD) - 4 * LINE).unwrap_or(more);
            more.iter().step_by(LINE).for_each(sys::fetch_to_write);
        }
    }
}

#[inline(always)]
fn copy(to: &[AtomicU64], header: impl Fn(usize) -> u64, entries: &[AtomicU64], more: &[AtomicU64]) {
    let Some((head, rest)) = to.split_first_chunk::<HEADER>() else { return };
    head[HEAD].store(header(HEAD) | to.len() as u64, Relaxed);
    for (nth, place) in head.iter().enumerate().skip(1) {
        place.store(header(nth), Relaxed);
    }
    let (own, others) = rest.split_at(entries.len().min(rest.len()));
    for (to, from) in [(own, entries), (others, more)] {
        for (place, word) in to.iter().zip(from) {
            place.store(word.load(Relaxed), Relaxed);
        }
    }
}
