//! The places that spans of a Context stand for. A Context has room for ids only; under those, what it leaves out is kept
//! here for as long as the span is in anybody's hands, also after its end.

use crate::block;
use crate::ctx::{LOCKED, REMOTE, SpanCtx, TraceCtx};
use crate::shared::shared;
use crate::slot::lock;
use crate::snapshot::Snapshot;
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Mutex;

/// By id: places, and how many hold them.
pub(crate) type Places = [Mutex<Map>; 16];

type Map = HashMap<Key, (Snapshot, usize), Seed>;

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

fn shard(key: Key) -> &'static Mutex<Map> {
    let places = &shared().places;
    &places[key.span as usize % places.len()]
}

pub(super) fn find(key: Key) -> Option<Snapshot> {
    lock(shard(key)).get(&key).map(|(place, _)| place.clone())
}

/// The place is known by its id until this is dropped.
pub(super) struct Held(Key);

impl Held {
    pub(super) fn new(trace: TraceCtx, span: SpanCtx) -> Self {
        let key = Key { trace: trace.id, span: span.id, is_remote: trace.flags() & REMOTE != 0 };
        match lock(shard(key)).entry(key) {
            Entry::Occupied(mut known) => known.get_mut().1 += 1,
            Entry::Vacant(free) => {
                block::hold(trace.block());
                let trace = trace.with_flags(trace.flags() & !LOCKED);
                let place = Snapshot { trace, span: SpanCtx { place: span.place.shared(), ..span } };
                free.insert((place, 1));
            }
        }
        Self(key)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut places = lock(shard(self.0));
        let Some((_, holders)) = places.get_mut(&self.0) else { return };
        *holders -= 1;
        if *holders == 0 {
            let last = places.remove(&self.0);
            drop(places);
            drop(last);
        }
    }
}
