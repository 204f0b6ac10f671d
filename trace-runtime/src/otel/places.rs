//! The places that spans of a Context stand for. A Context has room for ids only; under those, what it leaves out is found
//! here for as long as the span is in anybody's hands, also after its end.
//!
//! Most are open spans of the global tracer without a block: those are in a bucket of a fixed table, which costs one atomic exchange.
//! What outlives its span, or has more to it, or finds its bucket taken, is in a map behind a lock.

use super::resolve::mark;
use crate::block;
use crate::ctx::{DEFERRED, FORCED, LOCKED, Place, REMOTE, SpanCtx, TraceCtx};
use crate::shared::shared;
use crate::slot::{self, lock};
use crate::snapshot::Snapshot;
use crate::thread;
use crate::tracer::GLOBAL;
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, fence};
use std::sync::{Mutex, MutexGuard};

/// By id: places, and how many hold them.
pub(crate) type Places = [Mutex<Map>; 16];

type Map = HashMap<Key, (Snapshot, usize), Seed>;

/// Open spans that a Context shows. One cache line each, and few enough to stay in the cache.
static OPEN: [Bucket; 512] = [const { Bucket::new() }; 512];

/// All that is to be known of a span of the global tracer without a block. It says so itself and does not ask the slot: a span may end
/// on another thread at any time, before it is told that it [`outlives`] itself.
#[repr(align(64))]
struct Bucket {
    /// The span's mark; or [`FREE`], or [`CLAIMED`].
    mark: AtomicU64,
    trace: [AtomicU64; 2],
    local_root: AtomicU64,
    /// The slot's number (32) | generation (32).
    slot: AtomicU64,
    /// Flags (16) | wall epoch (16), as the trace context has them.
    state: AtomicU64,
    span: AtomicU64,
}

/// Of what is [discarded](super::frames::discard): no span's mark.
pub(super) const UNKNOWN: u64 = u64::MAX;

const FREE: u64 = 0;
/// Somebody is about to write.
const CLAIMED: u64 = u64::MAX;

impl Bucket {
    const fn new() -> Self {
        let [local_root, slot, state, span] = [const { AtomicU64::new(0) }; 4];
        Self { mark: AtomicU64::new(FREE), trace: [const { AtomicU64::new(0) }; 2], local_root, slot, state, span }
    }

    fn of(mark: u64) -> &'static Self {
        &OPEN[mark as usize % OPEN.len()]
    }

    /// Whether a bucket has room for all that is to be known of it.
    #[inline(always)]
    fn is_for(trace: &TraceCtx, span: &SpanCtx) -> bool {
        let is_open = || span.slot.is_some_and(|slot| slot.is_open(span.place.generation()));
        trace.tracer() == GLOBAL && trace.block() == 0 && is_open()
    }

    /// Whether there was room.
    fn put(mark: u64, trace: TraceCtx, span: SpanCtx) -> bool {
        let Some(slot) = span.slot.filter(|_| Self::is_for(&trace, &span)) else { return false };
        let bucket = Self::of(mark);
        if bucket.mark.compare_exchange(FREE, CLAIMED, Acquire, Relaxed).is_err() {
            return false;
        }
        // Whoever reads a word of what follows sees that the bucket was claimed.
        fence(Release);
        for (place, word) in bucket.trace.iter().zip(trace.id) {
            place.store(word, Relaxed);
        }
        bucket.local_root.store(trace.local_root, Relaxed);
        bucket.slot.store(u64::from(slot.number()) << 32 | u64::from(span.place.generation()), Relaxed);
        bucket.state.store(u64::from(trace.flags() & !LOCKED) | u64::from(trace.epoch()) << 16, Relaxed);
        bucket.span.store(span.id, Relaxed);
        bucket.mark.store(mark, Release);
        true
    }

    fn has(mark: u64) -> bool {
        Self::of(mark).mark.load(Relaxed) == mark
    }

    /// Whether it was there.
    fn take_out(mark: u64) -> bool {
        Self::has(mark) && Self::of(mark).mark.compare_exchange(mark, FREE, Acquire, Relaxed).is_ok()
    }

    /// The same for who has it [open](Hold::Open). Where [nobody else](super::frames) takes it out meanwhile, without an exchange, which costs
    /// a tenth of what a Context does.
    fn let_go(mark: u64) -> bool {
        match thread::with(|thread| thread.otel.leaves.get()) {
            leaves if leaves == mark => {
                let was_there = Self::has(mark);
                if was_there {
                    Self::of(mark).mark.store(FREE, Relaxed);
                }
                was_there
            }
            UNKNOWN => true,
            _ => Self::take_out(mark),
        }
    }

    /// What is there.
    fn read(mark: u64) -> Option<Snapshot> {
        let bucket = Self::of(mark);
        if bucket.mark.load(Acquire) != mark {
            return None;
        }
        let word = |place: &AtomicU64| place.load(Relaxed);
        let (slot, state) = (word(&bucket.slot), word(&bucket.state));
        let mut trace = TraceCtx::of_tracer(GLOBAL).with_flags(state as u16).with_epoch((state >> 16) as u16);
        trace.id = [word(&bucket.trace[0]), word(&bucket.trace[1])];
        trace.local_root = word(&bucket.local_root);
        let (slot, generation) = (slot::by_number((slot >> 32) as u32), slot as u32);
        let span = SpanCtx { id: word(&bucket.span), slot: Some(slot), place: Place::owner(generation).shared() };
        // What was read belongs together only if the bucket is the same all the while.
        fence(Acquire);
        Self::has(mark).then_some(Snapshot { trace, span })
    }

    fn find(key: Key) -> Option<Snapshot> {
        let found = if key.is_remote { None } else { Self::read(mark(key.trace, key.span)) };
        found.filter(|place| place.trace.id == key.trace && place.span.id == key.span)
    }
}

/// In a forked child: the spans are the parent's.
pub(crate) fn forget() {
    for bucket in &OPEN {
        bucket.mark.store(FREE, Relaxed);
    }
}

/// An id in a trace. A span of another process may be one of this process too, but it is another place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Key {
    pub(super) trace: [u64; 2],
    pub(super) span: u64,
    pub(super) is_remote: bool,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, to: &mut H) {
        for word in [self.trace[0], self.trace[1], self.span] {
            to.write_u64(word);
        }
    }
}

/// Ids are random, and what comes from outside does not know the seed: a hash need not be more than quick.
pub(crate) struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0))
    }
}

impl BuildHasher for Seed {
    type Hasher = Mixed;

    fn build_hasher(&self) -> Mixed {
        Mixed(self.0)
    }
}

pub(crate) struct Mixed(u64);

impl Hasher for Mixed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    #[inline]
    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

fn shard(key: Key) -> MutexGuard<'static, Map> {
    let places = &shared().places;
    lock(&places[key.span as usize % places.len()])
}

pub(super) fn find(key: Key) -> Option<Snapshot> {
    Bucket::find(key).or_else(|| shard(key).get(&key).map(|(place, _)| place.clone()))
}

/// How a place is known by its id, until whoever has this [lets it go](Self::let_go).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hold {
    /// The ids say all there is to say.
    No,
    /// In a bucket, unless the span has [outlived](outlives) it.
    Open,
    /// In the map.
    Known,
}

impl Hold {
    /// What [`begin`](Self::begin) will find, if nobody is quicker.
    #[inline(always)]
    pub(super) fn expected(trace: &TraceCtx, span: &SpanCtx) -> Self {
        let is_plain = trace.tracer() == GLOBAL && trace.block() == 0 && trace.flags() & (FORCED | DEFERRED) == 0;
        if is_plain && span.slot.is_none() {
            return Self::No;
        }
        let is_free = || Bucket::of(mark(trace.id, span.id)).mark.load(Relaxed) == FREE;
        if Bucket::is_for(trace, span) && is_free() { Self::Open } else { Self::Known }
    }

    /// From here on it is known. Whoever asks this of a span that is open should tell when it ends: see [`outlives`].
    #[inline(always)]
    pub(super) fn begin(self, trace: TraceCtx, span: SpanCtx) -> Self {
        if self == Self::No || self == Self::Open && Bucket::put(mark(trace.id, span.id), trace, span) {
            return self;
        }
        let key = Key::of(trace, span);
        key.hold(&mut shard(key), trace, span);
        Self::Known
    }

    pub(super) fn let_go(self, key: Key) {
        if self == Self::No || self == Self::Open && Bucket::let_go(mark(key.trace, key.span)) {
            return;
        }
        let mut places = shard(key);
        let Some((_, holders)) = places.get_mut(&key) else { return };
        *holders -= 1;
        if *holders == 0 {
            let last = places.remove(&key);
            drop(places);
            drop(last);
        }
    }
}

/// The place is known by its id until this is dropped.
pub(super) struct Held {
    key: Key,
    hold: Hold,
}

impl Held {
    /// `None` if the ids say all there is to say.
    pub(super) fn new(trace: TraceCtx, span: SpanCtx) -> Option<Self> {
        let hold = Hold::expected(&trace, &span).begin(trace, span);
        (hold != Hold::No).then(|| Self { key: Key::of(trace, span), hold })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.hold.let_go(self.key);
    }
}

/// Whether a bucket has the span of this mark.
#[inline]
pub(super) fn is_open(mark: u64) -> bool {
    Bucket::has(mark)
}

/// The span of this [mark](alone) ends here: if it is still in somebody's hands, then it leaves the bucket to others.
#[inline]
pub(super) fn outlives(mark: u64) {
    outlives_if(mark, |_| true);
}

/// The same for a span that it holds of.
#[inline]
pub(super) fn outlives_if(mark: u64, leaves: impl FnOnce(&SpanCtx) -> bool) {
    if mark != 0 && Bucket::has(mark) {
        leave_bucket(mark, leaves);
    }
}

#[inline(never)]
fn leave_bucket(mark: u64, leaves: impl FnOnce(&SpanCtx) -> bool) {
    let Some(Snapshot { trace, span }) = Bucket::read(mark).filter(|place| leaves(&place.span)) else { return };
    let key = Key::of(trace, span);
    // Locked first, so that who lets go of it meanwhile finds it in either place.
    let mut places = shard(key);
    if Bucket::take_out(mark) {
        key.hold(&mut places, trace, span);
    }
}

/// The mark of a span of that trace, if the span is alone under its id. Somebody may have been in it with a baggage of their own, and
/// does not know what the bucket's is: then 0.
#[inline]
pub(super) fn alone(trace: &TraceCtx, mark: u64) -> u64 {
    if trace.block() == 0 { mark } else { 0 }
}

impl Key {
    pub(super) fn of(trace: TraceCtx, span: SpanCtx) -> Self {
        Self { trace: trace.id, span: span.id, is_remote: trace.flags() & REMOTE != 0 }
    }

    fn hold(self, places: &mut Map, trace: TraceCtx, span: SpanCtx) {
        match places.entry(self) {
            Entry::Occupied(mut known) => known.get_mut().1 += 1,
            Entry::Vacant(free) => {
                block::hold(trace.block());
                let trace = trace.with_flags(trace.flags() & !LOCKED);
                let place = Snapshot { trace, span: SpanCtx { place: span.place.shared(), ..span } };
                free.insert((place, 1));
            }
        }
    }
}

#[cfg(test)]
mod tests;
