//! Records that are kept for later.

use crate::block;
use crate::clock::Timeline;
use crate::crash::Place;
use crate::drain;
use crate::layout::{CALLSITE, HEAD, HEADER};
use crate::record::Record;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Records that were read and are not exported yet: of a trace about which nothing is decided, say.
///
/// Takes about 90 bytes a span, and what its attributes take.
#[derive(Default)]
pub struct Saved {
    words: Vec<AtomicU64>,
    spans: u64,
    /// Where they were, for those that are to be found there after a crash. Not longer than it has to be.
    places: Vec<Cell<Option<Place>>>,
}

impl Saved {
    /// How many there are.
    pub fn spans(&self) -> u64 {
        self.spans
    }

    /// The memory they take.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }

    /// Adds one.
    pub fn push(&mut self, record: &Record<'_>) {
        block::hold(record.block());
        let words = HEADER + record.entries.len();
        self.words.extend(
            record
                .words()
                .enumerate()
                .map(|(nth, word)| AtomicU64::new(if nth == HEAD { word & !0xffff_ffff | words as u64 } else { word })),
        );
        self.keep_place(record);
        self.spans += 1;
    }

    fn keep_place(&mut self, record: &Record<'_>) {
        let place = record.place.take().and_then(Place::keep_for_long);
        if place.is_some() {
            self.places.resize_with(self.spans as usize, Cell::default);
            self.places.push(Cell::new(place));
        }
    }

    /// Passes them on, in the order in which they came. For one who is not reading records now; one who is has
    /// [`Record::replay`].
    pub fn replay(self, take: &mut dyn FnMut(&Record<'_>)) {
        drain::with_timeline(|timeline| self.pass_on(timeline, take));
    }

    fn pass_on(&self, timeline: &Timeline, mut take: impl FnMut(&Record<'_>)) {
        let mut places = self.places.iter();
        self.each(|header, entries| {
            let record = Record::new(header, entries, timeline);
            record.place.set(places.next().and_then(Cell::take));
            take(&record);
            record.settle_unclaimed();
        });
    }

    fn each(&self, mut take: impl FnMut(&[AtomicU64; HEADER], &[AtomicU64])) {
        let mut rest = &*self.words;
        while let Some((header, after)) = rest.split_first_chunk::<HEADER>() {
            let len = (header[HEAD].load(Relaxed) as u32) as usize;
            let (entries, next) = after.split_at_checked(len.saturating_sub(HEADER)).unwrap_or((after, &[]));
            take(header, entries);
            rest = next;
        }
    }
}

impl Drop for Saved {
    fn drop(&mut self) {
        self.each(|header, _| block::let_go((header[CALLSITE].load(Relaxed) >> 32) as u32));
        self.places.iter().filter_map(Cell::take).for_each(Place::settle);
    }
}

impl std::fmt::Debug for Saved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saved").field("spans", &self.spans).finish_non_exhaustive()
    }
}

impl Record<'_> {
    /// Passes on what was saved, before this one.
    pub fn replay(&self, saved: &Saved, take: impl FnMut(&Record<'_>)) {
        saved.pass_on(self.timeline, take);
    }
}
