//! Reading records. One reader at a time in a process; each tracer's records go to its own reader.

use crate::block;
use crate::callsite;
use crate::chunk::{CHUNK_HEADER, Chunk};
use crate::clock::{self, Timeline};
use crate::counted::Calls;
use crate::crash::{self, Place};
use crate::layout::{self, CALL, CALLSITE, END, HEAD, HEADER, LOCAL_ROOT, SPAN, START};
use crate::record::Record;
use crate::shared::shared;
use crate::slot::{self, Slot, lock};
use crate::tracer::{self, Recorded, Tracer};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, Ordering::SeqCst, fence};

/// What the reader keeps from one time to the next, behind the one lock that makes it the only reader.
#[derive(Default)]
pub(crate) struct DrainState {
    timeline: Timeline,
    /// Spans that were reported while still open, by tracer. Their own records come too late.
    reported_open: HashMap<u32, HashSet<u64>>,
}

impl DrainState {
    fn anchor(&mut self) {
        self.timeline.anchor();
        crash::note_clock(&self.timeline);
    }
}

/// Pairs the clocks without reading anything: what is recorded from now on can be given times, also after a crash.
pub fn anchor() {
    lock(&shared().drain).anchor();
}

/// The reader's answer to a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// Taken; go on.
    Taken,
    /// Not taken, and stop: it is offered again next time.
    Stop,
}

/// Offers every span of `tracer` that ended before this call to `take`, thread by thread.
/// Returns whether all were taken. Costs nothing on the recording threads. `take` must not call this module.
pub fn drain(tracer: &Tracer, mut take: &mut dyn FnMut(&Record<'_>) -> Flow) -> bool {
    drain_to(tracer, &mut take)
}

/// Who reads records, and counts them together instead of one by one. Must not call this module meanwhile.
pub trait Reader {
    /// A span that ended.
    fn take(&mut self, record: &Record<'_>) -> Flow;

    /// What was taken since the last time counts as read from now on. Nobody looks at [`counts`] in between.
    fn counted(&mut self);
}

impl<F: FnMut(&Record<'_>) -> Flow> Reader for F {
    fn take(&mut self, record: &Record<'_>) -> Flow {
        self(record)
    }

    fn counted(&mut self) {}
}

/// [`drain`] for such a reader.
pub fn drain_to(tracer: &Tracer, reader: &mut dyn Reader) -> bool {
    let state = &mut *lock(&shared().drain);
    sweep_closed(state);
    let all = read(state, tracer, reader);
    reader.counted();
    all
}

/// The last drain of a tracer: spans that are still open are offered too, as ended now (`trace.end` = `shutdown`), each span once.
/// Afterwards the tracer records nothing. `take` cannot stop this.
pub fn finish(tracer: &Tracer, take: &mut dyn FnMut(&Record<'_>)) {
    let state = &mut *lock(&shared().drain);
    if tracer.is_closed() {
        return;
    }
    let _finishing = Finishing::begin(tracer);
    let mut open: HashMap<u64, ([u64; HEADER], Vec<AtomicU64>)> = HashMap::new();
    for slot in slot::all() {
        if let Some((header, entries)) = slot.peek().filter(|(header, _)| (header[END] >> 32) as u32 == tracer.id()) {
            open.insert(header[SPAN], (header, entries));
        }
    }
    // An earlier drain may have read the record of one that its thread was about to close: then the chunk is there, at least until the next
    // drain.
    if !open.is_empty() {
        for chunk in shared().buffers.of(tracer.id()) {
            spans_read(chunk).for_each(|span| drop(open.remove(&span)));
        }
    }
    // A span that was open above and has ended since is in the records now: its own record counts.
    read(state, tracer, &mut |record: &Record<'_>| {
        open.remove(&record.word(SPAN));
        take(record);
        Flow::Taken
    });
    let now = clock::now();
    state.anchor();
    // Children first, as they would end: what is above them is judged by what they say.
    let mut children_first: Vec<_> = open.values().collect();
    children_first.sort_by_key(|(header, _)| (header[SPAN] == header[LOCAL_ROOT], Reverse(header[START])));
    for (mut header, entries) in children_first.into_iter().map(|(header, entries)| (*header, entries)) {
        header[END] = now;
        header[HEAD] |= u64::from(layout::SHUTDOWN) << 48;
        tracer.count_read(1);
        callsite::count(header[CALLSITE] as u32, (header[HEAD] >> 40) as u8 == layout::ERROR);
        take(&Record::new(&header.map(AtomicU64::new), entries, &state.timeline));
    }
    if !open.is_empty() {
        state.reported_open.insert(tracer.id(), open.into_keys().collect());
    }
    tracer.close();
}

/// What happened to the tracer's spans, together with what `other` finds, as of one moment: no record is read meanwhile.
pub fn counts<R>(tracer: &Tracer, other: impl FnOnce() -> R) -> (Recorded, R) {
    let state = &mut *lock(&shared().drain);
    sweep_closed(state);
    (tracer.counts(), other())
}

/// Does something with what turns ticks into time.
pub(crate) fn with_timeline<R>(f: impl FnOnce(&Timeline) -> R) -> R {
    f(&lock(&shared().drain).timeline)
}

fn read(state: &mut DrainState, tracer: &Tracer, reader: &mut dyn Reader) -> bool {
    let buffers = &shared().buffers;
    let chunks = buffers.of(tracer.id());
    let ends: Vec<_> = chunks.iter().map(|chunk| chunk.published()).collect();
    // After this all ticks in what was published can be converted.
    state.anchor();
    let mut all = true;
    let mut calls = Calls::new(tracer, state.timeline.nanos_a_tick());
    let mut spans = Spans { tracer, count: 0 };
    for (chunk, end) in chunks.iter().zip(ends) {
        let is_lasting = chunk.is_lasting();
        read_chunk(
            *chunk,
            end,
            |call| calls.push(call),
            |at, header, entries| {
                let record = Record::new(header, entries, &state.timeline);
                if is_lasting {
                    record.place.set(Some(Place::new(*chunk, at, at + HEADER + entries.len())));
                }
                let flow = reader.take(&record);
                if flow == Flow::Taken {
                    record.settle_unclaimed();
                    spans.count += 1;
                    callsite::count(record.callsite_id(), record.is_error());
                }
                flow
            },
        );
        if chunk.drained() != end {
            all = false;
            break;
        }
    }
    buffers.reclaim(&chunks);
    all
}

/// Spans that were read and not counted yet: to count each by itself costs as much as to encode it.
struct Spans<'a> {
    tracer: &'a Tracer,
    count: u64,
}

/// Also when a reader panics.
impl Drop for Spans<'_> {
    fn drop(&mut self) {
        self.tracer.count_read(self.count);
    }
}

/// How far a chunk was read.
struct Progress {
    chunk: Chunk,
    at: usize,
    nth: u32,
}

/// What was taken is remembered, also when a reader panics.
impl Drop for Progress {
    fn drop(&mut self) {
        self.chunk.set_drained(self.at, self.nth);
    }
}

/// Offers the records up to `end`, each with its place, and those of calls without spans to `count`.
#[inline]
fn read_chunk(
    chunk: Chunk,
    end: (usize, u32),
    mut count: impl FnMut([u64; CALL]),
    mut take: impl FnMut(usize, &[AtomicU64; HEADER], &[AtomicU64]) -> Flow,
) {
    let (at, nth) = chunk.drained();
    let mut progress = Progress { chunk, at, nth };
    while progress.at < end.0 {
        let at = progress.at;
        if let Some(call) = call_at(chunk, at) {
            progress.at += CALL;
            count(call);
            continue;
        }
        let Some((header, rest)) = chunk.words().get(at..end.0).and_then(<[_]>::split_first_chunk::<HEADER>) else {
            break;
        };
        let len = (header[HEAD].load(Relaxed) as u32) as usize;
        let Some(entries) = rest.get(..len.saturating_sub(HEADER)) else { break };
        if take(at, header, entries) == Flow::Stop {
            break;
        }
        progress.at += len.max(HEADER);
        progress.nth += 1;
        block::let_go((header[CALLSITE].load(Relaxed) >> 32) as u32);
    }
}

/// The ids of the spans whose records in this chunk were read.
fn spans_read(chunk: Chunk) -> impl Iterator<Item = u64> {
    let (mut at, end) = (CHUNK_HEADER, chunk.drained().0);
    std::iter::from_fn(move || {
        while call_at(chunk, at).is_some() {
            at += CALL;
        }
        let record = chunk.words().get(at..end).filter(|record| record.len() >= HEADER)?;
        at += (record[HEAD].load(Relaxed) as u32 as usize).max(HEADER);
        Some(record[SPAN].load(Relaxed))
    })
}

/// The record of a call without a span, if it is one.
fn call_at(chunk: Chunk, at: usize) -> Option<[u64; CALL]> {
    let words: &[_; CALL] = chunk.words().get(at..)?.first_chunk()?;
    layout::is_call(words[HEAD].load(Relaxed)).then(|| words.each_ref().map(|word| word.load(Relaxed)))
}

/// A tracer finishes until this is dropped, also when a reader panics.
struct Finishing;

impl Finishing {
    fn begin(tracer: &Tracer) -> Self {
        shared().finishing.store(u64::from(tracer.id()) + 1, Release);
        fence(SeqCst);
        Self
    }
}

impl Drop for Finishing {
    fn drop(&mut self) {
        shared().finishing.store(0, Release);
    }
}

/// A span has ended for which there was no room. Its slot is closed, but not used again.
#[cold]
#[inline(never)]
pub(crate) fn count_lost(slot: &Slot) {
    // Who finishes says so, and then looks at the slots; here one was closed before this looks. Either sees the other. Who finishes no more
    // has closed the tracer before.
    fence(SeqCst);
    let id = slot.tracer();
    let Some(tracer) = tracer::get(id) else { return };
    if shared().finishing.load(Acquire) == u64::from(id) + 1 || tracer.is_closed() {
        lock(&shared().lost).push((id, slot.word(SPAN)));
    } else {
        tracer.count_full();
    }
}

/// Spans that ended while their tracer closed: those reported as open are known, others are counted as dropped.
fn sweep_closed(state: &DrainState) {
    let closed = |id| tracer::get(id).is_none_or(Tracer::is_closed);
    let is_known = |id, span| state.reported_open.get(&id).is_some_and(|known| known.contains(&span));
    lock(&shared().lost).retain(|&(id, span)| {
        let is_closed = closed(id);
        if is_closed && !is_known(id, span) {
            tracer::get(id).into_iter().for_each(Tracer::count_full);
        }
        !is_closed
    });
    let buffers = &shared().buffers;
    let chunks = buffers.where_tracer(closed);
    for chunk in &chunks {
        let id = chunk.tracer();
        let mut late = 0;
        let is_lasting = chunk.is_lasting();
        read_chunk(
            *chunk,
            chunk.published(),
            |_| {},
            |at, header, entries| {
                if is_lasting {
                    Place::new(*chunk, at, at + HEADER + entries.len()).settle();
                }
                late += u64::from(!is_known(id, header[SPAN].load(Relaxed)));
                Flow::Taken
            },
        );
        if let Some(tracer) = tracer::get(id) {
            tracer.count_late(late);
        }
    }
    buffers.reclaim(&chunks);
}

#[cfg(test)]
mod tests;
