//! Memory that outlives the process: where it comes from, and claims on the records that lie there.
//!
//! A record there is *settled* once its span has an outcome: delivered, stored, or counted as lost. Until then its memory is not
//! used again, and after a crash the next process finds it there. Who takes a record from the drain and has not settled it yet holds a
//! [`Claims`]; what nobody claims is settled at once.

use crate::callsite::{self, Callsite};
use crate::chunk::Chunk;
use crate::clock::Timeline;
use crate::shared::{generation, shared};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;

/// Memory whose content is there after the process has died, such as a mapped file.
///
/// Everything is called from threads that record or read records, rarely, and must neither block for long nor start spans.
pub trait CrashMemory: Send + Sync {
    /// So many zeroed words for open spans, to stay for ever. `None`: ordinary memory has to do.
    fn slots(&self, words: usize) -> Option<&'static [AtomicU64]>;

    /// So many zeroed words for finished spans, a power of two, to stay for ever.
    fn chunk(&self, words: usize) -> Option<&'static [AtomicU64]>;

    /// A callsite is about to start its first span. Several threads may say so at once.
    fn callsite(&self, callsite: &'static Callsite);

    /// What makes times of the ticks in slots and records, as of now ([`Remains::new`](crate::export::Remains::new)). One thread at
    /// a time.
    fn clock(&self, words: &[u64]);

    /// Called in a forked child, where only what a signal handler may do is allowed. The memory now has to be the child's own, with what
    /// was in the slots.
    fn forked(&self);
}

/// The memory, and the generation of the process that has it.
static MEMORY: OnceLock<(&'static dyn CrashMemory, u32)> = OnceLock::new();

/// From now on open spans and records of the global tracer are in this memory, as far as it goes. `false`: there is one already.
/// Comes before [`install`](crate::export::install), or spans of before it are elsewhere.
pub fn record_in(memory: &'static dyn CrashMemory) -> bool {
    crate::tracer::prepare();
    let fresh = MEMORY.set((memory, generation())).is_ok();
    if fresh {
        callsite::each(|callsite| {
            memory.callsite(callsite);
            true
        });
    }
    fresh
}

fn memory() -> Option<&'static dyn CrashMemory> {
    MEMORY.get().filter(|(_, of)| *of == generation()).map(|(memory, _)| *memory)
}

/// Whether records of that tracer wait for an outcome.
pub(crate) fn is_recording(tracer: u32) -> bool {
    tracer == crate::tracer::GLOBAL && memory().is_some()
}

pub(crate) fn slots(words: usize) -> Option<&'static [AtomicU64]> {
    memory()?.slots(words)
}

pub(crate) fn chunk(words: usize) -> Option<&'static [AtomicU64]> {
    memory()?.chunk(words)
}

#[cold]
pub(crate) fn note_callsite(callsite: &'static Callsite) {
    if let Some(memory) = memory() {
        memory.callsite(callsite);
    }
}

pub(crate) fn note_clock(timeline: &Timeline) {
    if let Some(memory) = memory() {
        memory.clock(&timeline.save());
    }
}

/// In the forked child, while its generation is still the parent's.
pub(crate) fn forked() {
    if let Some(memory) = memory() {
        memory.forked();
    }
}

/// Records that follow each other in such memory.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    chunk: Chunk,
    from: u32,
    to: u32,
}

impl Place {
    pub(crate) fn new(chunk: Chunk, from: usize, to: usize) -> Self {
        Self { chunk, from: from as u32, to: to as u32 }
    }

    pub(crate) fn settle(self) {
        self.chunk.settle(self.from as usize..self.to as usize);
    }

    /// For one who may keep it for long: few records can keep much memory from being used again. Where there is not plenty of it, they
    /// are settled now.
    pub(crate) fn keep_for_long(self) -> Option<Self> {
        if shared().buffers.has_plenty_like(self.chunk) {
            return Some(self);
        }
        self.settle();
        None
    }
}

/// Finished spans that would be found after a crash, as they have no outcome yet. Dropping it settles them.
#[derive(Default)]
pub struct Claims(Vec<Place>);

impl Claims {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, place: Place) {
        match self.0.last_mut().filter(|last| last.chunk.is(place.chunk) && last.to == place.from) {
            Some(last) => last.to = place.to,
            None => self.0.push(place),
        }
    }

    /// All of both.
    pub fn append(&mut self, mut others: Self) {
        others.0.drain(..).for_each(|place| self.add(place));
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.0.drain(..).for_each(Place::settle);
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}
