//! Memory for finished spans: chunks of words with one producer (a thread) and one consumer (the drain).

use crate::crash;
use crate::layout;
use crate::shared::shared;
use crate::slot::lock;
use crate::tracer::{self, Wake};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

/// Words of a chunk before its first record. No pointer is among them.
pub(crate) const CHUNK_HEADER: usize = 8;
/// Words published (32) | records published (32). Written by the producer with Release.
const PUBLISHED: usize = 0;
/// The same two, as far as they were consumed.
const DRAINED: usize = 1;
const TRACER: usize = 2;
const STATE: usize = 3;
/// Not zero once the tracer takes no more records.
const CLOSED: usize = 4;
/// Records that have an outcome, where that matters.
const SETTLED: usize = 5;
/// Not zero if the memory outlives the process. As long as it is a chunk.
const LASTING: usize = 6;

const FREE: u64 = 0;
const OWNED: u64 = 1;
const RETIRED: u64 = 2;

/// A thread's first chunk is 2 KiB, then 8 KiB, then 64 KiB: ten thousand threads stay small.
const SIZES: [u32; 3] = [8, 10, 13];
const SMALLEST: u32 = 8;
/// Chunks above this size are for single spans with large values.
const COMMON: u32 = 13;
/// 1 MiB: one span with all the entries it may have.
pub(crate) const LARGEST: u32 = 17;
const CLASSES: usize = (LARGEST - SMALLEST + 1) as usize;
/// Bytes of records in a process, read or not, in common and in large chunks: 64 MiB in all. Memory once taken keeps its size, so large
/// spans have their own share, and find room after any burst of small ones.
const BYTES_MAX: [usize; 2] = [48 << 20, 16 << 20];
/// Unread bytes at which the collector is woken.
const PRESSURE: usize = 256 << 10;

#[derive(Clone, Copy)]
pub(crate) struct Chunk(&'static [AtomicU64]);

impl Chunk {
    #[inline]
    pub(crate) fn words(self) -> &'static [AtomicU64] {
        self.0
    }

    fn bytes(self) -> usize {
        self.0.len() * 8
    }

    /// 0 for common chunks, 1 for large ones.
    fn share(self) -> usize {
        usize::from(self.0.len() > 1 << COMMON)
    }

    pub(crate) fn is(self, other: Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }

    /// With memory that outlives the process if there is some, else ordinary memory. It is never given back to the system: what is
    /// not in use waits in the pool.
    fn fresh(class: u32) -> Self {
        let words = 1usize << class;
        if let Some(lasting) = crash::chunk(words) {
            lasting[LASTING].store(1, Relaxed);
            return Self(lasting);
        }
        Self(std::iter::repeat_with(AtomicU64::default).take(words).collect::<Vec<_>>().leak())
    }

    /// Whether its records stay until they have an outcome, so that they are found after a crash.
    pub(crate) fn is_lasting(self) -> bool {
        self.0[LASTING].load(Relaxed) != 0 && crash::is_recording(self.tracer())
    }

    /// The spans whose records these are have an outcome.
    pub(crate) fn settle(self, records: Range<usize>) {
        let count = layout::settle(self.0, records);
        // Behind the marks: who sees them all counted may use the memory again.
        self.0[SETTLED].fetch_add(count, Release);
    }

    /// Whether all that was published has been read, and has its outcome where that matters.
    fn is_done(self) -> bool {
        let (words, records) = self.published();
        let is_read = self.drained() == (words, records);
        is_read && (!self.is_lasting() || self.0[SETTLED].load(Acquire) >= u64::from(records))
    }

    pub(crate) fn tracer(self) -> u32 {
        self.0[TRACER].load(Relaxed) as u32
    }

    #[inline]
    pub(crate) fn is_closed(self) -> bool {
        self.0[CLOSED].load(Relaxed) != 0
    }

    /// Makes all before `words` visible to the drain.
    #[inline]
    pub(crate) fn publish(self, words: usize, records: u32) {
        self.0[PUBLISHED].store((words as u64) << 32 | u64::from(records), Release);
    }

    /// (words, records)
    pub(crate) fn published(self) -> (usize, u32) {
        let published = self.0[PUBLISHED].load(Acquire);
        ((published >> 32) as usize, published as u32)
    }

    pub(crate) fn drained(self) -> (usize, u32) {
        let drained = self.0[DRAINED].load(Relaxed);
        ((drained >> 32) as usize, drained as u32)
    }

    pub(crate) fn set_drained(self, words: usize, records: u32) {
        self.0[DRAINED].store((words as u64) << 32 | u64::from(records), Relaxed);
    }

    /// Tracer, words and records of a chunk with these words, of a process that is gone. `None`: it has no records.
    pub(crate) fn of_remains(words: &[AtomicU64]) -> Option<(u32, usize, u32)> {
        let published = words.get(PUBLISHED)?.load(Relaxed);
        let tracer = words.get(TRACER)?.load(Relaxed) as u32;
        let end = (published >> 32) as usize;
        (published != 0).then(|| (tracer, end.min(words.len()), published as u32))
    }

    fn is_free(self) -> bool {
        self.0[STATE].load(Relaxed) == FREE
    }
}

/// All chunks of the process.
#[derive(Default)]
pub(crate) struct Buffers {
    live: Mutex<Vec<Chunk>>,
    pool: Mutex<[Vec<Chunk>; CLASSES]>,
    /// Bytes taken from the source, in common and in large chunks.
    taken: [AtomicUsize; 2],
    /// Bytes of them in the pool.
    pooled: [AtomicUsize; 2],
    /// The last request found no room.
    full: AtomicBool,
    /// Bytes in chunks that their threads have left and the drain has not emptied.
    waiting: AtomicUsize,
}

/// A chunk for a thread that has had `nth` chunks, with room for `need` words of record. `None`: the bound is reached.
#[cold]
pub(crate) fn acquire(tracer: u32, nth: usize, need: usize) -> Option<Chunk> {
    let buffers = &shared().buffers;
    let fitting = (CHUNK_HEADER + need).next_power_of_two().ilog2();
    let mut class = SIZES[nth.min(SIZES.len() - 1)];
    if !buffers.is_plentiful() {
        // Many threads hold memory: with the smallest chunks more of them find room.
        class = SMALLEST;
    }
    let class = class.max(fitting);
    if class > LARGEST || fitting <= COMMON && buffers.full.load(Relaxed) {
        return None;
    }
    let chunk = buffers.pooled(class).or_else(|| buffers.fresh(class)).or_else(|| buffers.any_pooled(fitting));
    let Some(chunk) = chunk else {
        buffers.full.store(fitting <= COMMON, Relaxed);
        return None;
    };
    // First of all nothing is published.
    for word in &chunk.0[..LASTING] {
        word.store(0, Release);
    }
    chunk.0[TRACER].store(u64::from(tracer), Relaxed);
    chunk.0[STATE].store(OWNED, Relaxed);
    chunk.publish(CHUNK_HEADER, 0);
    chunk.set_drained(CHUNK_HEADER, 0);
    lock(&buffers.live).push(chunk);
    let pressure = buffers.waiting.load(Relaxed) > PRESSURE;
    tracer::announce(tracer, if pressure { Wake::Pressure } else { Wake::Recording });
    Some(chunk)
}

/// Whether there is room for spans only: without it, calls that are only counted could take it all.
#[cold]
pub(crate) fn is_for_spans() -> bool {
    shared().buffers.in_use(0) > BYTES_MAX[0] / 4 * 3
}

/// The producer has left the chunk.
#[cold]
pub(crate) fn retire(chunk: Chunk) {
    shared().buffers.waiting.fetch_add(chunk.bytes(), Relaxed);
    chunk.0[STATE].store(RETIRED, Release);
}

impl Buffers {
    /// Bytes of chunks of a share that threads have, or that were left and are not done.
    fn in_use(&self, share: usize) -> usize {
        self.taken[share].load(Relaxed).saturating_sub(self.pooled[share].load(Relaxed))
    }

    /// Whether less than half of the memory for common records is in use.
    fn is_plentiful(&self) -> bool {
        self.is_share_plentiful(0)
    }

    /// The same of the memory for records such as are in this chunk.
    pub(crate) fn has_plenty_like(&self, chunk: Chunk) -> bool {
        self.is_share_plentiful(chunk.share())
    }

    fn is_share_plentiful(&self, share: usize) -> bool {
        self.in_use(share) <= BYTES_MAX[share] / 2
    }

    fn pooled(&self, class: u32) -> Option<Chunk> {
        let chunk = lock(&self.pool)[(class - SMALLEST) as usize].pop()?;
        self.left_pool(chunk);
        Some(chunk)
    }

    /// Of any size that fits, but a large one only for a large span.
    fn any_pooled(&self, fitting: u32) -> Option<Chunk> {
        let largest = if fitting > COMMON { LARGEST } else { COMMON };
        let classes = (fitting.max(SMALLEST) - SMALLEST) as usize..=(largest - SMALLEST) as usize;
        let chunk = lock(&self.pool)[classes].iter_mut().find_map(Vec::pop)?;
        self.left_pool(chunk);
        Some(chunk)
    }

    fn left_pool(&self, chunk: Chunk) {
        self.pooled[chunk.share()].fetch_sub(chunk.bytes(), Relaxed);
    }

    fn fresh(&self, class: u32) -> Option<Chunk> {
        let bytes = 8usize << class;
        let share = usize::from(class > COMMON);
        let add = |taken: usize| (taken + bytes <= BYTES_MAX[share]).then_some(taken + bytes);
        self.taken[share].fetch_update(Relaxed, Relaxed, add).ok()?;
        Some(Chunk::fresh(class))
    }

    /// The chunks of `tracer`, as they are now.
    pub(crate) fn of(&self, tracer: u32) -> Vec<Chunk> {
        self.where_tracer(|of| of == tracer)
    }

    /// The chunks of tracers for which `of` holds.
    pub(crate) fn where_tracer(&self, of: impl Fn(u32) -> bool) -> Vec<Chunk> {
        lock(&self.live).iter().copied().filter(|chunk| of(chunk.tracer())).collect()
    }

    /// Tells the producers of `tracer` that it takes no more records.
    pub(crate) fn close(&self, tracer: u32) {
        for chunk in self.of(tracer) {
            chunk.0[CLOSED].store(1, Relaxed);
        }
    }

    /// Takes back those of `chunks` that were left by their thread and are empty.
    pub(crate) fn reclaim(&self, chunks: &[Chunk]) {
        let mut empty = Vec::new();
        for chunk in chunks {
            // The state first: what was published before retiring is then seen.
            let retired = chunk.0[STATE].load(Acquire) == RETIRED;
            if retired && chunk.is_done() {
                chunk.0[STATE].store(FREE, Relaxed);
                self.waiting.fetch_sub(chunk.bytes(), Relaxed);
                empty.push(*chunk);
            }
        }
        if empty.is_empty() {
            return;
        }
        lock(&self.live).retain(|chunk| !chunk.is_free());
        self.full.store(false, Relaxed);
        let mut pool = lock(&self.pool);
        for chunk in empty {
            self.pooled[chunk.share()].fetch_add(chunk.bytes(), Relaxed);
            pool[(chunk.0.len().ilog2() - SMALLEST) as usize].push(chunk);
        }
    }
}
