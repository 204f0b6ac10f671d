//! What the program's threads and the collector's thread share.

use crate::counts::{Counts, Dropped, Report};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use trace_runtime::export::{self, Tracer};

/// One for each generation of the process; see [`export::generation`].
#[derive(Default)]
pub(crate) struct Control {
    thread: OnceLock<ThreadId>,
    pub(crate) started: AtomicBool,
    /// Spans taken from the records and without an outcome. Grows only while records are read.
    in_flight: AtomicU64,
    outcomes: Mutex<Outcomes>,
    requests: Mutex<Requests>,
    /// For those who wait for the collector.
    changed: Condvar,
    /// For the collector. Not its park token: libraries it calls may use that up.
    work: Condvar,
    woken: AtomicBool,
}

/// Every change moves spans from `in_flight` to one of these, in one step.
#[derive(Default, Clone, Copy)]
struct Outcomes {
    delivered: u64,
    rejected: u64,
    undelivered: u64,
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Stands for "for ever".
const LONG: Duration = Duration::from_secs(365 * 24 * 3600);

impl Control {
    /// Called by the collector's thread when it begins.
    pub(crate) fn attach(&self, thread: ThreadId) {
        let _ = self.thread.set(thread);
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

    fn on_collector(&self) -> bool {
        self.thread.get() == Some(&std::thread::current().id())
    }

    // What the collector says.

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

    pub(crate) fn retried(&self) {
        self.settle(0, |outcomes| outcomes.retries += 1);
    }

    /// The number of the last flush asked for, and when to stop if that was asked for.
    pub(crate) fn requests(&self) -> (u64, Option<Instant>) {
        let requests = lock(&self.requests);
        (requests.flush, requests.shutdown)
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
            discarded: 0,
            dropped: Dropped {
                memory_full: recorded.dropped_full,
                too_many_open: recorded.dropped_open,
                late: recorded.dropped_late,
                rejected: outcomes.rejected,
                undelivered: outcomes.undelivered,
            },
            in_flight: recorded.unread + taken,
            retries: outcomes.retries,
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
        if !finished && !self.on_collector() {
            self.abandon(tracer);
        }
        Report { counts: self.counts(tracer), complete: finished || !self.on_collector() }
    }

    fn abandon(&self, tracer: &Tracer) {
        let mut outcomes = lock(&self.outcomes);
        if outcomes.abandoned {
            return;
        }
        outcomes.abandoned = true;
        drop(outcomes);
        // The collector is busy sending; what it has not read is read here.
        export::finish(tracer, &mut |_| self.taken(1));
        let mut outcomes = lock(&self.outcomes);
        outcomes.undelivered += self.in_flight.swap(0, Relaxed);
        drop(outcomes);
        // Every span has its outcome now; nobody else waits for the collector.
        self.finish();
    }

    fn wait(&self, within: Duration, done: impl Fn(&Requests) -> bool) -> bool {
        self.wake();
        if self.on_collector() {
            return false;
        }
        let requests = lock(&self.requests);
        let waited = self.changed.wait_timeout_while(requests, within, |requests| !done(requests));
        let (requests, _) = waited.unwrap_or_else(PoisonError::into_inner);
        done(&requests)
    }
}
