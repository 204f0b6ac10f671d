//! One destination: what waits for it, and what became of every span on its way there.

use crate::config::Room;
use crate::control::lock;
use crate::counts::{Adopted, Counts, Dropped};
use crate::diag::Problem;
use crate::outbox::Outbox;
use crate::spool::{Losses, Store};
use crate::watch::Target;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use trace_runtime::export::{self, Recorded};

/// Shared by the collector, which fills it, and by its sender.
pub(crate) struct Lane {
    /// As the program knows it.
    pub(crate) name: String,
    /// Stands before what is said of its problems.
    pub(crate) label: String,
    /// Takes text for people instead of OTLP.
    pub(crate) is_console: bool,
    /// Its sender has something to do at the end, which the program waits for.
    pub(crate) closes: bool,
    pub(crate) room: Room,
    pub(crate) outbox: Outbox,
    pub(crate) store: Option<Mutex<Store>>,
    pub(crate) target: Target,
    /// Spans taken from the records and without an outcome. Grows only while records are read.
    in_flight: AtomicU64,
    spool_bytes: AtomicU64,
    /// Whoever meets it first, says it.
    spool_problem: Mutex<Problem>,
    outcomes: Mutex<Outcomes>,
}

/// Every change moves spans from `in_flight`, or from `stored`, to one of these, in one step.
#[derive(Default, Clone, Copy)]
struct Outcomes {
    delivered: u64,
    stored: u64,
    discarded: u64,
    rejected: u64,
    undelivered: u64,
    evicted: u64,
    damaged: u64,
    memory_full: u64,
    undecided: u64,
    adopted: Adopted,
    retries: u64,
    /// The program did not wait any longer: what comes now has been counted.
    abandoned: bool,
}

/// What a lane says of itself at one moment.
pub(crate) struct Now(Outcomes, u64);

impl Lane {
    pub(crate) fn new(name: String, room: Room, target: Target, store: Option<Store>) -> Self {
        Self {
            name,
            label: String::new(),
            is_console: false,
            closes: false,
            room,
            outbox: Outbox::default(),
            store: store.map(Mutex::new),
            target,
            in_flight: AtomicU64::default(),
            spool_bytes: AtomicU64::default(),
            spool_problem: Mutex::default(),
            outcomes: Mutex::default(),
        }
    }

    /// One kind of problem with this destination.
    pub(crate) fn problem(&self) -> Problem {
        Problem::of(self.label.clone())
    }

    /// Whether spans wait here for a destination that is not known yet, and how many bytes of them may.
    pub(crate) fn late_bytes(&self) -> Option<usize> {
        self.room.late_bytes.filter(|_| self.target.known().to.is_none())
    }

    fn most_bytes(&self) -> usize {
        self.late_bytes().unwrap_or(self.room.bytes)
    }

    /// Bytes and spans that it can still take.
    pub(crate) fn left(&self) -> (usize, u64) {
        let bytes = self.most_bytes().saturating_sub(self.outbox.bytes());
        (bytes, self.room.spans.saturating_sub(self.in_flight.load(Relaxed)))
    }

    /// Whether it was full before these spans, which are counted in flight already.
    pub(crate) fn was_full(&self, spans: u64) -> bool {
        let in_flight = self.in_flight.load(Relaxed).saturating_sub(spans);
        self.outbox.bytes() >= self.most_bytes() || in_flight >= self.room.spans
    }

    /// If there is no room, its sender wakes the collector when there is.
    pub(crate) fn wait_for_room(&self) -> bool {
        let many = || self.in_flight.load(Relaxed) >= self.room.spans;
        self.outbox.wait_for_room(self.most_bytes(), many)
    }

    // What the collector and the sender say.

    pub(crate) fn taken(&self, spans: u64) {
        self.in_flight.fetch_add(spans, Relaxed);
    }

    fn settle(&self, spans: u64, how: impl FnOnce(&mut Outcomes)) {
        let mut outcomes = lock(&self.outcomes);
        if !outcomes.abandoned {
            self.in_flight.fetch_sub(spans, Relaxed);
            how(&mut outcomes);
        }
    }

    pub(crate) fn delivered(&self, spans: u64, rejected: u64) {
        let rejected = rejected.min(spans);
        self.settle(spans, |outcomes| {
            outcomes.delivered += spans - rejected;
            outcomes.rejected += rejected;
        });
    }

    pub(crate) fn discarded(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.discarded += spans);
    }

    pub(crate) fn rejected(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.rejected += spans);
    }

    pub(crate) fn undelivered(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.undelivered += spans);
    }

    pub(crate) fn memory_full(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.memory_full += spans);
    }

    pub(crate) fn undecided(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.undecided += spans);
    }

    pub(crate) fn stored(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.stored += spans);
    }

    pub(crate) fn retried(&self) {
        self.settle(0, |outcomes| outcomes.retries += 1);
    }

    /// A stored batch has its outcome: of this tracer, or of somebody else.
    pub(crate) fn stored_delivered(&self, is_own: bool, spans: u64, rejected: u64) {
        let rejected = rejected.min(spans);
        let mut outcomes = lock(&self.outcomes);
        if is_own && outcomes.abandoned {
            return;
        }
        if is_own {
            outcomes.stored -= spans;
            outcomes.delivered += spans - rejected;
            outcomes.rejected += rejected;
        } else {
            outcomes.adopted.delivered += spans - rejected;
            outcomes.adopted.dropped += rejected;
        }
    }

    pub(crate) fn lost(&self, losses: Losses) {
        let mut outcomes = lock(&self.outcomes);
        if !outcomes.abandoned {
            // What a name says of its spans may be wrong where a file is damaged.
            let evicted = losses.evicted.own.min(outcomes.stored);
            let damaged = losses.damaged.own.min(outcomes.stored - evicted);
            outcomes.stored -= evicted + damaged;
            outcomes.evicted += evicted;
            outcomes.damaged += damaged;
        }
        outcomes.adopted.dropped += losses.evicted.adopted + losses.damaged.adopted;
    }

    pub(crate) fn set_spool_bytes(&self, bytes: u64) {
        self.spool_bytes.store(bytes, Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn delivered_so_far(&self) -> u64 {
        lock(&self.outcomes).delivered
    }

    pub(crate) fn say_spool_fails(&self, error: &io::Error) {
        lock(&self.spool_problem).say(&format!("the spool cannot be used, spans wait in memory: {error}"));
    }

    // The end that the program did not wait for.

    /// `false`: it was so already.
    pub(crate) fn abandon(&self) -> bool {
        !std::mem::replace(&mut lock(&self.outcomes).abandoned, true)
    }

    /// What has no outcome gets one.
    pub(crate) fn give_up(&self) {
        let mut outcomes = lock(&self.outcomes);
        outcomes.undelivered += self.in_flight.swap(0, Relaxed);
    }

    // What the program asks.

    pub(crate) fn now(&self) -> Now {
        Now(*lock(&self.outcomes), self.in_flight.load(Relaxed))
    }

    pub(crate) fn counts(&self, recorded: &Recorded, Now(outcomes, taken): Now) -> Counts {
        Counts {
            recorded: recorded.recorded,
            delivered: outcomes.delivered,
            stored: outcomes.stored,
            discarded: outcomes.discarded,
            dropped: Dropped {
                memory_full: recorded.dropped_full + outcomes.memory_full,
                too_many_open: recorded.dropped_open,
                late: recorded.dropped_late,
                rejected: outcomes.rejected,
                undelivered: outcomes.undelivered,
                evicted: outcomes.evicted,
                damaged: outcomes.damaged,
                undecided: outcomes.undecided,
            },
            in_flight: recorded.unread + taken,
            adopted: outcomes.adopted,
            retries: outcomes.retries,
            spool_bytes: self.spool_bytes.load(Relaxed),
            callsites: export::callsites(),
        }
    }
}
