//! The memory of batches, which is used again: fresh memory costs the system more than encoding a batch into it.

use crate::bounds::BATCH_BYTES;
use std::ops::{Deref, RangeInclusive};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Large memory has one size, so that any batch can use any of it: room for a whole one, and for the span that made it so.
const BLOCK: usize = BATCH_BYTES + BATCH_BYTES / 16;
/// One that grew by itself may be larger.
const BLOCKS: RangeInclusive<usize> = BLOCK..=BLOCK + BLOCK / 4;
/// Smaller batches have memory of their size, which is cheap.
const LARGE: usize = 128 << 10;

/// Blocks of batches that are gone, for those to come.
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
/// As many as are on their way at once where a backend takes all there is.
const SPARE_MOST: usize = 4;

/// What batches have and do not use, bytes: one that waits long in a block may be a sixteenth of it. Beyond the most, further batches have
/// memory of their size.
static UNUSED: AtomicUsize = AtomicUsize::new(0);
const UNUSED_MOST: usize = SPARE_MOST * BLOCK;

/// Empty memory with room for a batch, used before if possible.
pub(crate) fn block() -> Vec<u8> {
    // Not waited for: in a forked child another thread of the parent may hold it for ever.
    let used = SPARE.try_lock().ok().and_then(|mut spare| spare.pop());
    used.unwrap_or_else(|| Vec::with_capacity(BLOCK))
}

/// Empty memory with room for `len` bytes.
pub(crate) fn memory(len: usize) -> Vec<u8> {
    if len <= BLOCK && suits(BLOCK, len) { block() } else { Vec::with_capacity(len) }
}

/// Whether a batch of `len` bytes may lie in memory of this capacity. If not, it is better copied.
pub(crate) fn suits(capacity: usize, len: usize) -> bool {
    len >= LARGE && capacity >= len && UNUSED.load(Relaxed) + (capacity - len) <= UNUSED_MOST
}

/// Whether memory in which so much was gathered for a batch is to be kept for the next one.
pub(crate) fn is_worth_keeping(capacity: usize, len: usize) -> bool {
    if len >= LARGE { capacity <= *BLOCKS.end() } else { capacity < BLOCK }
}

/// Memory that nobody needs any more.
pub(crate) fn recycle(mut memory: Vec<u8>) {
    if !BLOCKS.contains(&memory.capacity()) {
        return;
    }
    if let Ok(mut spare) = SPARE.try_lock() {
        if spare.len() < SPARE_MOST {
            memory.clear();
            spare.push(memory);
        }
    }
}

/// In a forked child: the batches are the parent's.
pub(crate) fn forget() {
    UNUSED.store(0, Relaxed);
}

/// Bytes that are shared by all who send or store a batch.
#[derive(Clone)]
pub(crate) struct Bytes(Arc<Memory>);

struct Memory(Vec<u8>);

impl Memory {
    fn unused(&self) -> usize {
        self.0.capacity() - self.0.len()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        let memory = Memory(bytes);
        UNUSED.fetch_add(memory.unused(), Relaxed);
        Self(Arc::new(memory))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.0
    }
}

impl Bytes {
    /// Whether both are the same batch's, and not only alike.
    #[cfg(feature = "sdk")]
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // In a forked child, one of the parent's is not counted any more.
        let less = |unused: usize| Some(unused.saturating_sub(self.unused()));
        let _ = UNUSED.fetch_update(Relaxed, Relaxed, less);
        recycle(std::mem::take(&mut self.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_that_wait_have_little_memory_that_they_do_not_use() {
        let batches: Vec<Bytes> = (0..100)
            .map(|_| {
                let mut bytes = memory(LARGE);
                bytes.resize(LARGE, 0);
                bytes.into()
            })
            .collect();
        let unused: usize = batches.iter().map(|batch| batch.0.unused()).sum();
        assert!(unused <= UNUSED_MOST, "{unused}");
        drop(batches);
        assert!(memory(LARGE).capacity() >= BLOCK, "what they had can be used again");
        assert!(memory(1 << 10).capacity() < 2 << 10, "a small batch has memory of its size");
    }
}
