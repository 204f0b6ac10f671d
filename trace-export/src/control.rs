//! What the program's threads, the collector's and the senders' share.

use crate::costs::{Costs, TakesTimes};
use crate::counts::{Counts, Report};
use crate::crash::Progress;
use crate::lane::Lane;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};
use trace_runtime::export::{self, Tracer};

/// One for each generation of the process; see [`export::generation`].
pub(crate) struct Control {
    threads: Mutex<Vec<ThreadId>>,
    pub(crate) started: AtomicBool,
    /// The destinations; at least one. Only the first may have a spool.
    pub(crate) lanes: Vec<Lane>,
    /// Of what processes left behind that died.
    pub(crate) recovery: Progress,
    /// If it was asked for.
    pub(crate) costs: Option<Mutex<Costs>>,
    /// Who wants to know what each call took.
    take_times: Mutex<Vec<TakesTimes>>,
    requests: Mutex<Requests>,
    /// For those who wait for the collector.
    changed: Condvar,
    /// For the collector. Not its park token: libraries it calls may use that up.
    work: Condvar,
    woken: AtomicBool,
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
    pub(crate) fn new(lanes: Vec<Lane>, costs: bool) -> Self {
        Self {
            threads: Mutex::default(),
            started: AtomicBool::default(),
            lanes,
            recovery: Progress::default(),
            costs: costs.then(Mutex::default),
            take_times: Mutex::default(),
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

    /// The collector has nothing to do until it is woken. Whether it was.
    pub(crate) fn sleep(&self, within: Duration) -> bool {
        let requests = lock(&self.requests);
        let asleep = |_: &mut Requests| !self.woken.load(Relaxed);
        drop(self.work.wait_timeout_while(requests, within, asleep));
        self.woken.swap(false, Relaxed)
    }

    fn on_own_thread(&self) -> bool {
        lock(&self.threads).contains(&std::thread::current().id())
    }

    /// The collector has read a span.
    pub(crate) fn taken(&self) {
        self.lanes.iter().for_each(|lane| lane.taken(1));
    }

    /// Passes on what calls took. Not while records are read: who takes it may ask for counts.
    pub(crate) fn pass_times_on(&self) {
        let Some(costs) = &self.costs else { return };
        let times = lock(costs).take_times();
        if !times.is_empty() {
            lock(&self.take_times).iter().for_each(|take| take(&times));
        }
    }

    /// From now on what calls take is passed on to this, too.
    #[cfg(feature = "metrics")]
    pub(crate) fn take_times(&self, take: TakesTimes) {
        if let Some(costs) = &self.costs {
            lock(&self.take_times).push(take);
            lock(costs).want_times();
        }
    }

    /// The number of the last flush asked for, and when to stop if that was asked for.
    pub(crate) fn requests(&self) -> (u64, Option<Instant>) {
        let requests = lock(&self.requests);
        (requests.flush, requests.shutdown)
    }

    /// Answers the flushes that have what they wait for, at every destination.
    pub(crate) fn answer_flushes(&self) {
        let mut requests = lock(&self.requests);
        let flushed = self.lanes.iter().map(|lane| lane.outbox.flushed()).min().unwrap_or_default();
        if requests.flushed < flushed {
            requests.flushed = flushed;
            self.changed.notify_all();
        }
    }

    pub(crate) fn finish(&self) {
        lock(&self.requests).finished = true;
        self.changed.notify_all();
    }

    // What the program asks.

    /// What became of the spans at each destination, as of one moment.
    pub(crate) fn counts(&self, tracer: &Tracer) -> Vec<(&str, Counts)> {
        let now = || self.lanes.iter().map(Lane::now).collect::<Vec<_>>();
        let (recorded, now) = export::counts(tracer, now);
        self.lanes.iter().zip(now).map(|(lane, now)| (lane.name.as_str(), lane.counts(&recorded, now))).collect()
    }

    fn report(&self, tracer: &Tracer, complete: bool) -> Report {
        let first = self.counts(tracer).into_iter().next();
        Report { counts: first.map(|(_, counts)| counts).unwrap_or_default(), complete }
    }

    pub(crate) fn flush(&self, tracer: &Tracer, within: Duration) -> Report {
        let flush = {
            let mut requests = lock(&self.requests);
            requests.flush += 1;
            requests.flush
        };
        let complete = self.wait(within, |requests| requests.finished || requests.flushed >= flush);
        self.report(tracer, complete)
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
        self.report(tracer, finished || !own)
    }

    fn abandon(&self, tracer: &Tracer) {
        if self.lanes.iter().filter(|lane| lane.abandon()).count() == 0 {
            return;
        }
        // The collector is busy; what it has not read is read here.
        export::finish(tracer, &mut |_| self.taken());
        self.lanes.iter().for_each(Lane::give_up);
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
