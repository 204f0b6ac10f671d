//! Batches on their way from the collector to the sender, and to the disk.
//!
//! A batch is in exactly one place: waiting, being stored (the collector has it), or being sent (the sender has it). It
//! leaves with an outcome.

use crate::batch::Batch;
use crate::control::lock;
use crate::spool::Id;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Numbered from 1, in the order they were made. Parts of a batch keep its number.
#[derive(Clone)]
pub(crate) struct Parcel {
    pub(crate) number: u64,
    pub(crate) batch: Batch,
}

#[derive(Default)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// For the sender.
    work: Condvar,
    /// For a shutdown.
    less: Condvar,
}

#[derive(Default)]
struct State {
    /// Oldest first, but for those that failed: they go to the back.
    waiting: VecDeque<Parcel>,
    sending: Sending,
    storing: Vec<Parcel>,
    bytes: usize,
    newest: u64,
    /// What is newer than this has to be tried on disk before it is sent. `None`: nothing has to.
    tried: Option<u64>,
    /// Flushes under way, and the last batch each waits for.
    flushes: VecDeque<(u64, u64)>,
    flushed: u64,
    /// Was being sent when the end came, and where it was stored.
    taken_back: Option<(u64, Option<Id>)>,
    nudged: bool,
    hurry: bool,
    /// Sending does not work at present.
    away: bool,
    /// The collector has records left, until there are fewer bytes than this.
    wants_below: Option<usize>,
    phase: Phase,
}

/// What the sender has in its hands.
#[derive(Default)]
enum Sending {
    #[default]
    Nothing,
    Fresh(Parcel),
    /// A batch of the spool.
    Stored,
}

/// How much longer.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    #[default]
    Running,
    /// Start nothing new, for a moment.
    Held,
    /// Send what is there until then; the sender may give up earlier.
    Until(Instant),
    /// Send nothing more.
    Over,
}

impl Phase {
    /// What is left of the time.
    pub(crate) fn left(self) -> Duration {
        match self {
            Self::Until(end) => end.saturating_duration_since(Instant::now()),
            Self::Running | Self::Held | Self::Over => Duration::ZERO,
        }
    }
}

impl State {
    fn oldest(&self) -> Option<u64> {
        let sending = match &self.sending {
            Sending::Fresh(parcel) => Some(parcel),
            Sending::Nothing | Sending::Stored => None,
        };
        self.waiting.iter().chain(sending).chain(&self.storing).map(|parcel| parcel.number).min()
    }

    fn sent(&mut self) -> Option<Parcel> {
        let sent = self.take_sending();
        self.bytes -= sent.as_ref().map_or(0, |parcel| parcel.batch.bytes.len());
        sent
    }

    fn take_sending(&mut self) -> Option<Parcel> {
        match std::mem::take(&mut self.sending) {
            Sending::Fresh(parcel) => Some(parcel),
            Sending::Nothing | Sending::Stored => None,
        }
    }

    fn is_sending_fresh(&self) -> bool {
        matches!(self.sending, Sending::Fresh(_))
    }

    fn is_sending(&self) -> bool {
        !matches!(self.sending, Sending::Nothing)
    }
}

impl Outbox {
    // The collector's side.

    /// From now on batches may be sent from memory only if the disk does not take them.
    pub(crate) fn disk_first(&self) {
        lock(&self.state).tried = Some(0);
    }

    pub(crate) fn push(&self, batch: Batch) {
        let mut state = lock(&self.state);
        state.newest += 1;
        state.bytes += batch.bytes.len();
        let number = state.newest;
        state.waiting.push_back(Parcel { number, batch });
        self.wake(&mut state);
    }

    pub(crate) fn bytes(&self) -> usize {
        lock(&self.state).bytes
    }

    /// Whether the disk is the better place: sending does not work, or is too slow.
    pub(crate) fn is_stuck(&self, beyond: usize) -> bool {
        let state = lock(&self.state);
        !state.waiting.is_empty() && (state.away || state.bytes > beyond)
    }

    /// Whether there is no room; then the sender will wake the collector when there is. With too `many` spans, after the next outcome.
    pub(crate) fn wait_for_room(&self, most: usize, many: impl FnOnce() -> bool) -> bool {
        let mut state = lock(&self.state);
        state.wants_below = if many() { Some(usize::MAX) } else { (state.bytes >= most / 2).then_some(most / 2) };
        state.wants_below.is_some()
    }

    /// A flush is going to ask for one attempt ahead of its time, with what is there or comes next.
    pub(crate) fn hurry(&self) {
        lock(&self.state).hurry = true;
    }

    /// A flush waits for all that has been pushed.
    pub(crate) fn flush(&self, flush: u64) {
        let mut state = lock(&self.state);
        let newest = state.newest;
        state.flushes.push_back((flush, newest));
        self.wake(&mut state);
    }

    /// The last flush that has what it waits for.
    pub(crate) fn flushed(&self) -> u64 {
        let mut state = lock(&self.state);
        let oldest = state.oldest().unwrap_or(u64::MAX);
        while let Some((flush, _)) = state.flushes.front().copied().filter(|(_, target)| *target < oldest) {
            state.flushed = flush;
            state.flushes.pop_front();
        }
        state.flushed
    }

    /// Everything that waits, oldest first, to be stored. [`stored`](Self::stored) must follow.
    pub(crate) fn take_waiting(&self) -> Vec<Parcel> {
        let mut state = lock(&self.state);
        let mut parcels: Vec<_> = state.waiting.drain(..).collect();
        parcels.sort_by_key(|parcel| parcel.number);
        state.storing.clone_from(&parcels);
        parcels
    }

    /// Those of what was taken for which this is `true` are on disk; the others wait again.
    pub(crate) fn stored(&self, on_disk: &[bool]) {
        let mut state = lock(&self.state);
        let tried = state.tried.map(|_| state.newest);
        let is_new = tried != state.tried || on_disk.contains(&true);
        state.tried = tried;
        let taken = std::mem::take(&mut state.storing);
        for (parcel, stored) in taken.into_iter().zip(on_disk).rev() {
            if *stored {
                state.bytes -= parcel.batch.bytes.len();
            } else {
                state.waiting.push_front(parcel);
            }
        }
        // Where nothing changed, the sender has nothing to look at.
        if is_new {
            self.wake(&mut state);
        }
    }

    /// The sender has until then.
    pub(crate) fn end_at(&self, end: Instant) {
        lock(&self.state).phase = Phase::Until(end);
        self.nudge();
    }

    /// After [`end_at`](Self::end_at): waits until all is gone, the sender gives up, or the time is over, and takes what is left.
    /// `closes`: the sender has more to do than to send.
    pub(crate) fn take_rest(&self, end: Instant, closes: bool) -> Vec<Parcel> {
        let state = self.wait_for_less(lock(&self.state), end, |state| {
            state.phase != Phase::Over && (closes || state.is_sending_fresh() || !state.waiting.is_empty())
        });
        self.close(state)
    }

    /// Lets the sender start nothing new.
    pub(crate) fn hold(&self) {
        lock(&self.state).phase = Phase::Held;
    }

    /// Waits a moment for the request that is under way, and takes its batch back if it still is. The sender will be
    /// told that somebody else has it. A batch from disk stays with its lease.
    pub(crate) fn take_back(&self, end: Instant) {
        let mut state = self.wait_for_less(lock(&self.state), end, |state| state.is_sending());
        if let Some(parcel) = state.sent() {
            state.bytes += parcel.batch.bytes.len();
            state.taken_back = Some((parcel.number, None));
            state.waiting.push_front(parcel);
        }
    }

    /// The batch with this number went into a file.
    pub(crate) fn stored_as(&self, number: u64, file: Id) {
        let mut state = lock(&self.state);
        if let Some((taken, place)) = &mut state.taken_back {
            if *taken == number {
                *place = Some(file);
            }
        }
    }

    fn wait_for_less<'a>(
        &self,
        state: MutexGuard<'a, State>,
        end: Instant,
        more: impl FnMut(&mut State) -> bool,
    ) -> MutexGuard<'a, State> {
        let left = end.saturating_duration_since(Instant::now());
        let waited = self.less.wait_timeout_while(state, left, more);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn close(&self, mut state: MutexGuard<'_, State>) -> Vec<Parcel> {
        state.phase = Phase::Over;
        state.bytes = 0;
        let sending = state.take_sending();
        let rest = sending.into_iter().chain(state.waiting.drain(..)).collect();
        self.wake(&mut state);
        rest
    }

    // The sender's side.

    /// Something has changed that the sender may want to know.
    pub(crate) fn nudge(&self) {
        self.wake(&mut lock(&self.state));
    }

    fn wake(&self, state: &mut State) {
        state.nudged = true;
        self.work.notify_one();
    }

    /// Sleeps until something changes.
    pub(crate) fn sleep(&self, within: Duration) {
        let state = lock(&self.state);
        let waited = self.work.wait_timeout_while(state, within, |state| !state.nudged);
        waited.unwrap_or_else(PoisonError::into_inner).0.nudged = false;
    }

    pub(crate) fn phase(&self) -> Phase {
        lock(&self.state).phase
    }

    /// Whether a flush asks for an attempt before its time.
    pub(crate) fn is_in_hurry(&self) -> bool {
        lock(&self.state).hurry
    }

    /// Whether sending does not work at present.
    pub(crate) fn is_away(&self) -> bool {
        lock(&self.state).away
    }

    /// Whether there is something to be sent.
    pub(crate) fn has_waiting(&self) -> bool {
        !lock(&self.state).waiting.is_empty()
    }

    /// The next one to send. One of the three that follow must be told.
    pub(crate) fn next(&self) -> Option<Parcel> {
        let mut state = lock(&self.state);
        // This is the attempt that a flush asks for.
        state.hurry = false;
        if matches!(state.phase, Phase::Held | Phase::Over) {
            return None;
        }
        let tried = state.tried.unwrap_or(u64::MAX);
        let parcel = state.waiting.front().filter(|parcel| parcel.number <= tried)?.clone();
        state.waiting.pop_front();
        state.sending = Sending::Fresh(parcel.clone());
        Some(parcel)
    }

    /// It has its outcome, which `count` counts: before anybody can see that it is gone. `false`: it was taken back meanwhile.
    pub(crate) fn settled(&self, count: impl FnOnce()) -> bool {
        let mut state = lock(&self.state);
        let ours = state.sent().is_some();
        if ours {
            count();
        }
        self.less.notify_all();
        ours
    }

    /// The file of the batch that was taken back from the sender.
    pub(crate) fn file_of(&self, number: u64) -> Option<Id> {
        lock(&self.state).taken_back.and_then(|(taken, file)| file.filter(|_| taken == number))
    }

    /// These take its place.
    pub(crate) fn replace(&self, parts: [Batch; 2]) {
        let mut state = lock(&self.state);
        if let Some(Parcel { number, .. }) = state.sent() {
            for batch in parts.into_iter().rev() {
                state.bytes += batch.bytes.len();
                state.waiting.push_front(Parcel { number, batch });
            }
        }
        self.less.notify_all();
    }

    /// It did not work. If something about this batch breaks connections, the others get their turn first.
    pub(crate) fn failed(&self, suspicious: bool) {
        let mut state = lock(&self.state);
        match state.take_sending() {
            Some(parcel) if suspicious => state.waiting.push_back(parcel),
            Some(parcel) => state.waiting.push_front(parcel),
            None => {}
        }
        self.less.notify_all();
    }

    /// Whether that is new.
    pub(crate) fn set_away(&self, away: bool) -> bool {
        std::mem::replace(&mut lock(&self.state).away, away) != away
    }

    /// Sending a batch of the spool may begin, unless the end is near.
    pub(crate) fn begin_stored(&self) -> bool {
        let mut state = lock(&self.state);
        let may = state.phase == Phase::Running;
        if may {
            state.sending = Sending::Stored;
            state.hurry = false;
        }
        may
    }

    /// And is over, whatever came of it.
    pub(crate) fn end_stored(&self) {
        let mut state = lock(&self.state);
        if matches!(state.sending, Sending::Stored) {
            state.sending = Sending::Nothing;
            self.less.notify_all();
        }
    }

    /// Whether the collector waits for the room that there is now.
    pub(crate) fn has_room_again(&self) -> bool {
        let mut state = lock(&self.state);
        let enough = state.wants_below.is_some_and(|below| state.bytes < below);
        if enough {
            state.wants_below = None;
        }
        enough
    }

    /// The sender will not try again.
    pub(crate) fn give_up(&self) {
        let mut state = lock(&self.state);
        if matches!(state.phase, Phase::Until(_)) {
            state.phase = Phase::Over;
            self.less.notify_all();
        }
    }
}
