//! A table that only grows, is read without a lock, and whose entries live for ever.

use once_cell::race::OnceBox;
use std::marker::PhantomData;
use std::ops::Deref;

/// Entries in the first segment; each further segment doubles.
const FIRST: usize = 64;
/// Enough segments for every 32-bit index.
const SEGMENTS: usize = 27;

/// Entries are made a segment at a time, the first time one of them is asked for. `S` is what holds a segment: of two that are made at
/// once, one is dropped.
pub(crate) struct Table<T: 'static, S: 'static = Box<[T]>> {
    segments: [OnceBox<S>; SEGMENTS],
    entries: PhantomData<fn() -> T>,
}

impl<T: Default> Table<T> {
    /// The entry at `index`. Costs two loads; the first use of a segment allocates it.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> &T {
        self.get_or_make(index, |count| (0..count).map(|_| T::default()).collect())
    }
}

impl<T, S: Deref<Target = [T]>> Table<T, S> {
    pub(crate) const fn new() -> Self {
        Self { segments: [const { OnceBox::new() }; SEGMENTS], entries: PhantomData }
    }

    /// The same where entries are made in a way of their own. `make` gives at least so many.
    #[inline]
    pub(crate) fn get_or_make(&self, index: u32, make: impl FnOnce(usize) -> S) -> &T {
        let (segment, offset) = place(index);
        let entries = self.segments[segment].get_or_init(|| Box::new(make(FIRST << segment)));
        &entries[offset]
    }

    /// The entries of the segments in use below `end`, in order.
    pub(crate) fn up_to(&self, end: u32) -> impl Iterator<Item = (u32, &T)> {
        let mut segments = self.segments.iter().zip(0u32..);
        let mut start = 0;
        std::iter::from_fn(move || {
            let (segment, nth) = segments.next()?;
            let first = start;
            start += (FIRST as u32) << nth;
            Some((first, segment.get()?))
        })
        .flat_map(|(first, entries)| (first..).zip(entries.iter()))
        .take_while(move |(index, _)| *index < end)
    }
}

const fn place(index: u32) -> (usize, usize) {
    let shifted = index as usize + FIRST;
    let segment = (shifted / FIRST).ilog2() as usize;
    (segment, shifted - (FIRST << segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    #[test]
    fn every_index_has_its_own_entry() {
        let table: Table<AtomicU32> = Table::new();
        for index in 0..1000 {
            table.get(index).store(index, Relaxed);
        }
        for index in 0..1000 {
            assert_eq!(table.get(index).load(Relaxed), index);
        }
        let listed: Vec<_> = table.up_to(777).map(|(i, e)| (i, e.load(Relaxed))).collect();
        assert_eq!(listed, (0..777).map(|i| (i, i)).collect::<Vec<_>>());
    }
}
