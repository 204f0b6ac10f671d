//! The sender: one thread a destination that gives it batches, those in memory and those on disk.
//!
//! It promises: a batch that fails or is refused does not hold up the next; a panic while sending is a failed attempt;
//! a backend that is away is asked seldom and cheaply; nothing it does is traced.

use crate::batch::Batch;
use crate::bounds::{DEADLINE, LAST_ATTEMPTS, LEASE_LONGEST, LEASE_SLACK, SMALLEST_LIMIT, TRY_LARGER};
use crate::circuit::Circuit;
use crate::control::{Control, lock};
use crate::diag::Problem;
use crate::lane::Lane;
use crate::outbox::{Parcel, Phase};
use crate::spool::{Lease, Store};
use crate::transport::{Failure, Outcome};
use crate::way::{Reach, Way};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use trace_runtime::export;

#[cfg(test)]
mod tests;

/// Something to send.
enum Job<'a> {
    Fresh(Parcel),
    /// And the store that it is from.
    Stored(Lease, &'a Mutex<Store>),
}

impl Job<'_> {
    fn batch(&self) -> &Batch {
        match self {
            Self::Fresh(parcel) => &parcel.batch,
            Self::Stored(lease, _) => &lease.batch,
        }
    }
}

pub(crate) struct Sender<'a> {
    control: &'a Control,
    lane: &'a Lane,
    way: Way<'a>,
    circuit: Circuit,
    /// The backend refused requests of twice this size.
    largest: usize,
    /// Requests that it took since then.
    taken: u32,
    /// Memory and disk take turns.
    disk_next: bool,
    unreachable: Problem,
    given_up: Problem,
    refused: Problem,
    partly_refused: Problem,
    damaged: Problem,
}

/// Runs until the program shuts down.
pub(crate) fn run<'a>(control: &'a Control, lane: &'a Lane, way: Way<'a>) {
    control.attach();
    let mut sender = Sender {
        control,
        lane,
        way,
        circuit: Circuit::default(),
        largest: usize::MAX,
        taken: 0,
        disk_next: true,
        unreachable: lane.problem(),
        given_up: lane.problem(),
        refused: lane.problem(),
        partly_refused: lane.problem(),
        damaged: lane.problem(),
    };
    // Nor is what libraries do on this thread.
    #[cfg(feature = "otel")]
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    export::muted(|| {
        loop {
            // A panic of a logger, say, is not the end of delivery.
            match catch_unwind(AssertUnwindSafe(|| sender.turn())) {
                Ok(true) => break,
                Ok(false) => {}
                Err(_) => {
                    lane.outbox.failed(true);
                    lane.outbox.sleep(DEADLINE);
                }
            }
        }
        let _ = catch_unwind(AssertUnwindSafe(|| sender.way.close(lane.outbox.phase().left())));
    });
    lane.outbox.give_up();
}

impl<'a> Sender<'a> {
    /// One round; `true` when all is over.
    fn turn(&mut self) -> bool {
        let outbox = &self.lane.outbox;
        match outbox.phase() {
            Phase::Over => return true,
            Phase::Until(end) => {
                self.send_last(end);
                return true;
            }
            Phase::Held => {
                outbox.sleep(DEADLINE);
                return false;
            }
            Phase::Running => {}
        }
        self.way.look(&self.lane.target);
        let wait = if self.reach() { self.circuit.wait(outbox.is_in_hurry()) } else { DEADLINE };
        if !wait.is_zero() {
            outbox.sleep(wait.min(DEADLINE));
            return false;
        }
        if self.circuit.should_probe() && self.has_work() && self.probe(Duration::MAX).is_some() {
            self.control.wake();
            return false;
        }
        match self.next() {
            Some(job) => {
                let failed = self.attempt(&job, Duration::MAX).is_some();
                outbox.end_stored();
                // With a spool, what waits goes to disk after a failure.
                if failed || outbox.has_room_again() {
                    self.control.wake();
                }
                self.control.answer_flushes();
            }
            None => outbox.sleep(DEADLINE),
        }
        false
    }

    /// Makes ready to speak with the present destination. `false`: there is none, or it cannot be used.
    fn reach(&mut self) -> bool {
        match self.way.reach(&self.lane.target) {
            Reach::Same => return true,
            Reach::New(timeout) => {
                if let Some(store) = &self.lane.store {
                    lock(store).set_request(timeout);
                }
                self.circuit.worked();
                self.largest = usize::MAX;
                return true;
            }
            Reach::Nobody => {}
            Reach::Unusable(why) => self.unreachable.say(&format!("spans wait: {why}")),
        }
        self.go_away();
        false
    }

    /// Batches had better go to disk.
    fn go_away(&self) {
        if self.lane.outbox.set_away(true) && self.lane.store.is_some() {
            self.control.wake();
        }
    }

    fn has_work(&self) -> bool {
        let in_store = |store: &Mutex<Store>| lock(store).usage().0 > 0;
        self.lane.outbox.has_waiting() || self.lane.store.as_ref().is_some_and(in_store)
    }

    /// The oldest of memory or disk, by turns.
    fn next(&mut self) -> Option<Job<'a>> {
        self.disk_next = !self.disk_next;
        if self.disk_next { self.stored().or_else(|| self.fresh()) } else { self.fresh().or_else(|| self.stored()) }
    }

    fn fresh(&self) -> Option<Job<'a>> {
        self.lane.outbox.next().map(Job::Fresh)
    }

    fn stored(&mut self) -> Option<Job<'a>> {
        let shared = self.lane.store.as_ref()?;
        let mut store = lock(shared);
        let lease = store.lease();
        let losses = store.take_losses();
        self.lane.set_spool_bytes(store.usage().1);
        drop(store);
        self.lane.lost(losses);
        if losses.damaged_files > 0 {
            self.damaged.say(&format!("{} files of the spool are damaged and in its quarantine", losses.damaged_files));
        }
        match lease {
            Ok(Some(lease)) if self.lane.outbox.begin_stored() => Some(Job::Stored(lease, shared)),
            Ok(Some(lease)) => {
                // The end came between.
                lock(shared).release(&lease, false);
                None
            }
            Ok(None) => None,
            Err(error) => {
                self.lane.say_spool_fails(&error);
                None
            }
        }
    }

    /// Within the time. A backend that says nothing is not asked twice, one that cannot be reached a few times.
    fn send_last(&mut self, end: Instant) {
        let mut attempts = LAST_ATTEMPTS.saturating_sub(self.circuit.failures).max(1);
        self.way.look(&self.lane.target);
        while attempts > 0 && self.reach() {
            let Some(attempt) = self.last_attempt(end) else { return };
            match attempt {
                Ok(()) => {
                    attempts = LAST_ATTEMPTS;
                    continue;
                }
                Err(Failure::Busy) => {}
                Err(Failure::Broken) => attempts -= 1,
                Err(Failure::Silence) => attempts = 0,
            }
            let pause = self.circuit.wait(false);
            if attempts == 0 || Instant::now() + pause >= end {
                return;
            }
            std::thread::sleep(pause);
        }
    }

    /// `None`: nothing is left, or no time.
    fn last_attempt(&mut self, end: Instant) -> Option<Result<(), Failure>> {
        let left = || end.saturating_duration_since(Instant::now());
        if self.circuit.should_probe() {
            if let Some(failure) = self.probe(left()) {
                return Some(Err(failure));
            }
        }
        let job = self.fresh().filter(|_| !left().is_zero())?;
        Some(self.attempt(&job, left()).map_or(Ok(()), Err))
    }

    /// One attempt. If the batch has its outcome it is gone, else it stays.
    fn attempt(&mut self, job: &Job, within: Duration) -> Option<Failure> {
        // Where an empty request works and this one does not, the batch may be the reason.
        let suspicious = self.circuit.should_probe();
        let batch = job.batch();
        let within = match job {
            Job::Fresh(_) => within,
            // A lease ends.
            Job::Stored(..) => within.min(LEASE_LONGEST.saturating_sub(LEASE_SLACK)),
        };
        let too_large = batch.bytes.len() > self.largest;
        let outcome = match too_large.then(|| batch.halves()).flatten() {
            Some(halves) => return self.split(job, halves),
            None => self.send(batch, within),
        };
        match outcome {
            Outcome::Delivered { rejected, message } => {
                if rejected > 0 || !message.is_empty() {
                    self.partly_refused.say(&format!("the backend refused {rejected} spans: {message}"));
                }
                self.settle(job, rejected);
                self.try_larger();
            }
            Outcome::TooLarge { why } => match batch.halves() {
                Some(halves) => {
                    self.largest = (batch.bytes.len() / 2).max(SMALLEST_LIMIT);
                    self.taken = 0;
                    self.works();
                    return self.split(job, halves);
                }
                None => self.rejected(job, &why),
            },
            Outcome::Rejected { why } => self.rejected(job, &why),
            Outcome::Lost { why } => self.lost(job, &why),
            Outcome::Failed { how, why, after } => return Some(self.failed(job, how, &why, after, suspicious)),
        }
        self.works();
        None
    }

    /// Asks whether the backend is back, with a request that costs nothing.
    fn probe(&mut self, within: Duration) -> Option<Failure> {
        let nothing = Batch::new(Vec::new(), 0);
        match self.send(&nothing, within) {
            Outcome::Failed { how, why, after } => Some(self.back_off(how, &why, after)),
            _ => None,
        }
    }

    /// A limit that was met once need not stay.
    fn try_larger(&mut self) {
        self.taken += 1;
        if self.taken >= TRY_LARGER {
            self.taken = 0;
            self.largest = self.largest.saturating_mul(2);
        }
    }

    fn works(&mut self) {
        self.circuit.worked();
        self.lane.outbox.set_away(false);
    }

    fn send(&mut self, batch: &Batch, within: Duration) -> Outcome {
        let Some(transport) = self.way.transport() else {
            return Outcome::Failed { how: Failure::Broken, why: "no destination".to_owned(), after: None };
        };
        let attempt = catch_unwind(AssertUnwindSafe(|| transport.send(batch, within)));
        let outcome = attempt.unwrap_or_else(|_| Outcome::Failed {
            how: Failure::Broken,
            why: "sending panicked".to_owned(),
            after: None,
        });
        let to = self.lane.target.known().to;
        outcome.without_secrets(to.as_ref().map_or(&[], |to| &to.headers))
    }

    /// The backend has the batch, but for those it rejected.
    fn settle(&mut self, job: &Job, rejected: u64) {
        let lane = self.lane;
        job.batch().settle();
        match job {
            Job::Fresh(parcel) => {
                if lane.outbox.settled(|| lane.delivered(parcel.batch.spans, rejected)) {
                    return;
                }
                if let (Some(store), Some(file)) = (&lane.store, lane.outbox.file_of(parcel.number)) {
                    lock(store).forget(file);
                    lane.stored_delivered(true, parcel.batch.spans, rejected);
                }
            }
            Job::Stored(lease, store) => {
                lock(store).delivered(lease);
                lane.stored_delivered(lease.is_own, lease.batch.spans, rejected);
            }
        }
    }

    fn rejected(&mut self, job: &Job, why: &str) {
        let batch = job.batch();
        let lane = self.lane;
        let kept = if lane.store.is_some() { "in the spool's quarantine" } else { "lost" };
        self.refused.say(&format!("{why}; {} spans are {kept}", batch.spans));
        match job {
            Job::Fresh(_) => {
                let ours = lane.outbox.settled(|| lane.rejected(batch.spans));
                if let Some(store) = lane.store.as_ref().filter(|_| ours) {
                    lock(store).quarantine(batch);
                }
            }
            Job::Stored(lease, store) => {
                lock(store).rejected(lease);
                lane.stored_delivered(lease.is_own, batch.spans, batch.spans);
            }
        }
    }

    /// Nobody has it, and another attempt would not help.
    fn lost(&mut self, job: &Job, why: &str) {
        let spans = job.batch().spans;
        self.given_up.say(&format!("{why}; {spans} spans are lost"));
        self.lane.outbox.settled(|| self.lane.undelivered(spans));
    }

    fn failed(&mut self, job: &Job, how: Failure, why: &str, after: Option<Duration>, suspicious: bool) -> Failure {
        match job {
            Job::Fresh(_) => self.lane.outbox.failed(suspicious),
            Job::Stored(lease, store) => lock(store).release(lease, suspicious),
        }
        self.back_off(how, why, after)
    }

    fn back_off(&mut self, how: Failure, why: &str, after: Option<Duration>) -> Failure {
        self.lane.retried();
        self.circuit.failed(after);
        self.lane.outbox.set_away(true);
        if how == Failure::Broken {
            // Certificates may have been renewed: they are read again.
            self.way.hang_up();
        }
        self.unreachable.say(&format!("spans wait: {why}"));
        how
    }

    /// Both halves take the place of a batch that is too large.
    fn split(&mut self, job: &Job, halves: [Batch; 2]) -> Option<Failure> {
        match job {
            Job::Fresh(_) => self.lane.outbox.replace(halves),
            Job::Stored(lease, store) => {
                let split = lock(store).split(lease, &halves);
                if let Err(error) = split {
                    let why = format!("a batch is too large for the backend and cannot be split on disk: {error}");
                    return Some(self.failed(job, Failure::Busy, &why, None, true));
                }
            }
        }
        None
    }
}
