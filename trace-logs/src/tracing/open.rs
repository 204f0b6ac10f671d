//! Open spans by the id that the registry gave them.
//!
//! The registry has room for what layers keep of a span, at the price of an allocation, two locks and a map. Most spans are instead in a
//! bucket of a fixed table, at the price of one atomic exchange each when they start and end; those whose bucket is taken are in the registry.

use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence};
use trace_runtime::export::{Adopted, AdoptedPlace, PLACE_WORDS};
use tracing_core::span::Id;

/// 128 KiB.
const BUCKETS: usize = 1 << 11;

static OPEN: [Bucket; BUCKETS] = [const { Bucket::new() }; BUCKETS];

#[repr(align(64))]
struct Bucket {
    /// The span's id; or [`FREE`], or [`CLAIMED`].
    id: AtomicU64,
    /// Its place. The number of its layer is in the last one's high half: registries give the same ids.
    words: [AtomicU64; PLACE_WORDS],
}

/// No id is zero.
const FREE: u64 = 0;
/// Somebody is about to write. The registry has no room for so many spans.
const CLAIMED: u64 = u64::MAX;
const LAYER: usize = PLACE_WORDS - 1;

impl Bucket {
    const fn new() -> Self {
        Self { id: AtomicU64::new(FREE), words: [const { AtomicU64::new(0) }; PLACE_WORDS] }
    }

    /// The registry's ids have a thread's number above a place of that thread's, and in the highest bits how often that was in use. Without
    /// those a thread stays with few buckets.
    #[inline]
    fn of(id: u64) -> &'static Self {
        &OPEN[(id << 13).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> (usize::BITS - 11)]
    }

    /// What is here, if it is this span of this layer, or of any.
    #[inline]
    fn read(&self, layer: Option<u32>, id: u64) -> Option<AdoptedPlace> {
        if self.id.load(Acquire) != id {
            return None;
        }
        let words = self.words.each_ref().map(|word| word.load(Relaxed));
        // What was read belongs together only if the bucket is the same all the while.
        fence(Acquire);
        let is_same = self.id.load(Relaxed) == id && layer.is_none_or(|layer| words[LAYER] >> 32 == u64::from(layer));
        is_same.then(|| AdoptedPlace::from_words(words))
    }

    fn free(&self, layer: u32, id: u64) -> Option<AdoptedPlace> {
        let place = self.read(Some(layer), id)?;
        self.id.compare_exchange(id, FREE, Release, Relaxed).is_ok().then_some(place)
    }
}

/// Keeps a span until it is taken out. `Err` if there is no room.
#[inline]
pub(super) fn put(layer: u32, id: &Id, span: Adopted) -> Result<(), Adopted> {
    let id = id.into_u64();
    let bucket = Bucket::of(id);
    let is_free = bucket.id.load(Relaxed) == FREE && id != CLAIMED;
    if !is_free || bucket.id.compare_exchange(FREE, CLAIMED, Acquire, Relaxed).is_err() {
        return Err(span);
    }
    // Whoever reads a word of what follows sees that the bucket was claimed.
    fence(Release);
    let mut words = span.into_place().to_words();
    words[LAYER] |= u64::from(layer) << 32;
    for (place, word) in bucket.words.iter().zip(words) {
        place.store(word, Relaxed);
    }
    bucket.id.store(id, Release);
    Ok(())
}

/// The place of a span.
#[inline]
pub(super) fn find(layer: u32, id: &Id) -> Option<AdoptedPlace> {
    Bucket::of(id.into_u64()).read(Some(layer), id.into_u64())
}

/// The same, whichever layer's it is.
pub(super) fn find_any(id: &Id) -> Option<AdoptedPlace> {
    Bucket::of(id.into_u64()).read(None, id.into_u64())
}

/// Ends a span, if it is here.
#[inline]
pub(super) fn end(layer: u32, id: &Id) {
    if let Some(place) = Bucket::of(id.into_u64()).free(layer, id.into_u64()) {
        place.end();
    }
}

/// Ends all spans of a layer that is no more.
pub(super) fn end_all(layer: u32) {
    for bucket in &OPEN {
        if let Some(place) = bucket.free(layer, bucket.id.load(Relaxed)) {
            place.end();
        }
    }
}
