//! What the program's threads, the collector's and the sender's share.

use crate::counts::{Adopted, Counts, Dropped, Report};
use crate::outbox::Outbox;
use crate::spool::{Losses, Store};
use crate::watch::Target;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use trace_runtime::export::{self, Tracer};

/// One for each generation of the process; see [`export::generation`].
pub(crate) struct Control {
    threads: Mutex<Vec<ThreadId>>,
    pub(crate) started: AtomicBool,
    pub(crate) outbox: Outbox,
    pub(crate) store: Option<Mutex<Store>>,
    pub(crate) target: Target,
    /// Spans taken from the records and without an outcome. Grows only while records are read.
    in_flight: AtomicU64,
    spool_bytes: AtomicU64,
    outcomes: Mutex<Outcomes>,
    requests: Mutex<Requests>,
    /// For those who wait for the collector.
    changed: Condvar,
    /// For the collector. Not its park token: libraries it calls may use that up.
    work: Condvar,
    woken: AtomicBool,
}

/// Every change moves spans from `in_flight`, or from `stored`, to one of these, in one step.
#[derive(Default, Clone, Copy)]
struct Outcomes {
    delivered: u64,
    stored: u64,
    rejected: u64,
    undelivered: u64,
    evicted: u64,
    damaged: u64,
    memory_full: u64,
    adopted: Adopted,
    retries: u64,
    /// The program did not wait any longer: what comes now has been counted.
    abandoned: bool,
}

#[derive(Default, Clone, Copy)]
struct Requests {
    /// Flushes asked for, and answered.
    flush: u64,
    flushed: u64,
    /// When the collector has to be done.
    shutdown: Option<Instant>,
    finished: bool,
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stands for "for ever".
const LONG: Duration = Duration::from_secs(365 * 24 * 3600);

impl Control {
    pub(crate) fn new(target: Target, store: Option<Store>) -> Self {
        Self {
            threads: Mutex::default(),
            started: AtomicBool::default(),
            outbox: Outbox::default(),
            store: store.map(Mutex::new),
            target,
            in_flight: AtomicU64::default(),
            spool_bytes: AtomicU64::default(),
            outcomes: Mutex::default(),
            requests: Mutex::default(),
            changed: Condvar::default(),
            work: Condvar::default(),
            woken: AtomicBool::default(),
        }
    }

    /// Called by the threads of the toolkit when they begin.
    pub(crate) fn attach(&self) {
        lock(&self.threads).push(std::thread::current().id());
    }

    /// Ends the collector's sleep, or keeps it from falling asleep.
    pub(crate) fn wake(&self) {
        if !self.woken.swap(true, Relaxed) {
            let _asleep_or_not_yet_looking = lock(&self.requests);
            self.work.notify_all();
        }
    }

    /// The collector has nothing to do until it is woken.
    pub(crate) fn sleep(&self, within: Duration) {
        let requests = lock(&self.requests);
        let asleep = |_: &mut Requests| !self.woken.load(Relaxed);
        drop(self.work.wait_timeout_while(requests, within, asleep));
        self.woken.store(false, Relaxed);
    }

    fn on_own_thread(&self) -> bool {
        lock(&self.threads).contains(&std::thread::current().id())
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

    pub(crate) fn rejected(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.rejected += spans);
    }

    pub(crate) fn undelivered(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.undelivered += spans);
    }

    pub(crate) fn memory_full(&self, spans: u64) {
        self.settle(spans, |outcomes| outcomes.memory_full += spans);
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
        if is_own {
            outcomes.stored = outcomes.stored.saturating_sub(spans);
            outcomes.delivered += spans - rejected;
            outcomes.rejected += rejected;
        } else {
            outcomes.adopted.delivered += spans - rejected;
            outcomes.adopted.dropped += rejected;
        }
    }

    pub(crate) fn lost(&self, losses: Losses) {
        let mut outcomes = lock(&self.outcomes);
        let evicted = losses.evicted.own.min(outcomes.stored);
        let damaged = losses.damaged.own.min(outcomes.stored - evicted);
        outcomes.stored -= evicted + damaged;
        outcomes.evicted += evicted;
        outcomes.damaged += damaged;
        outcomes.adopted.dropped += losses.evicted.adopted + losses.damaged.adopted;
    }

    pub(crate) fn set_spool_bytes(&self, bytes: u64) {
        self.spool_bytes.store(bytes, Relaxed);
    }

    #[cfg(test)]
    pub(crate) fn delivered_so_far(&self) -> u64 {
        lock(&self.outcomes).delivered
    }

    /// The number of the last flush asked for, and when to stop if that was asked for.
    pub(crate) fn requests(&self) -> (u64, Option<Instant>) {
        let requests = lock(&self.requests);
        (requests.flush, requests.shutdown)
    }

    /// Answers the flushes that have what they wait for.
    pub(crate) fn answer_flushes(&self) {
        if let Some(flush) = self.outbox.flushed() {
            self.flushed(flush);
        }
    }

    pub(crate) fn flushed(&self, flush: u64) {
        let mut requests = lock(&self.requests);
        if requests.flushed < flush {
            requests.flushed = flush;
            self.changed.notify_all();
        }
    }

    pub(crate) fn finish(&self) {
        lock(&self.requests).finished = true;
        self.changed.notify_all();
    }

    // What the program asks.

    pub(crate) fn counts(&self, tracer: &Tracer) -> Counts {
        let (recorded, (outcomes, taken)) =
            export::counts(tracer, || (*lock(&self.outcomes), self.in_flight.load(Relaxed)));
        Counts {
            recorded: recorded.recorded,
            delivered: outcomes.delivered,
            stored: outcomes.stored,
            discarded: 0,
            dropped: Dropped {
                memory_full: recorded.dropped_full + outcomes.memory_full,
                too_many_open: recorded.dropped_open,
                late: recorded.dropped_late,
                rejected: outcomes.rejected,
                undelivered: outcomes.undelivered,
                evicted: outcomes.evicted,
                damaged: outcomes.damaged,
            },
            in_flight: recorded.unread + taken,
            adopted: outcomes.adopted,
            retries: outcomes.retries,
            spool_bytes: self.spool_bytes.load(Relaxed),
            callsites: export::callsites(),
        }
    }

    pub(crate) fn flush(&self, tracer: &Tracer, within: Duration) -> Report {
        let flush = {
            let mut requests = lock(&self.requests);
            requests.flush += 1;
            requests.flush
        };
        let complete = self.wait(within, |requests| requests.finished || requests.flushed >= flush);
        Report { counts: self.counts(tracer), complete }
    }

    /// Ends the collector. Whatever has no outcome when the time is over is counted as undelivered.
    pub(crate) fn shutdown(&self, tracer: &Tracer, within: Duration) -> Report {
        let now = Instant::now();
        let end = now.checked_add(within).unwrap_or(now + LONG);
        lock(&self.requests).shutdown.get_or_insert(end);
        let finished = self.wait(within, |requests| requests.finished);
        let own = self.on_own_thread();
        if !finished && !own {
            self.abandon(tracer);
        }
        Report { counts: self.counts(tracer), complete: finished || !own }
    }

    fn abandon(&self, tracer: &Tracer) {
        let mut outcomes = lock(&self.outcomes);
        if outcomes.abandoned {
            return;
        }
        outcomes.abandoned = true;
        drop(outcomes);
        // The collector is busy; what it has not read is read here.
        export::finish(tracer, &mut |_| self.taken(1));
        let mut outcomes = lock(&self.outcomes);
        outcomes.undelivered += self.in_flight.swap(0, Relaxed);
        drop(outcomes);
        // Every span has its outcome now; nobody else waits for the collector.
        self.finish();
    }

    fn wait(&self, within: Duration, done: impl Fn(&Requests) -> bool) -> bool {
        self.wake();
        if self.on_own_thread() {
            return false;
        }
        let requests = lock(&self.requests);
        let waited = self.changed.wait_timeout_while(requests, within, |requests| !done(requests));
        let (requests, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&requests)
    }
}
