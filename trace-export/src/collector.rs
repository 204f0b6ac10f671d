//! The collector: one thread that reads records, makes batches, and sends them.
//!
//! It promises: every span it takes gets an outcome; a batch that is refused does not hold up the next;
//! a panic while sending is a failed attempt; nothing it does is traced.

use crate::bounds::{DEADLINE, LAST_ATTEMPTS, QUEUE_BYTES, RETRY_FIRST, RETRY_LONGEST};
use crate::config::{Destination, Resource};
use crate::console::Console;
use crate::control::Control;
use crate::diag::Problem;
use crate::encode::{Batch, Encoder};
use crate::transport::{Failure, Http, Outcome, Transport};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use trace_runtime::export::{self, Flow, Record, Tracer};

/// Where records go.
enum Sink {
    Otlp(Box<Sender>),
    Console(Box<Console>),
}

struct Collector<'a> {
    tracer: &'static Tracer,
    control: &'a Control,
    sink: Sink,
    /// Flushes under way, and the last batch each waits for.
    flushes: VecDeque<(u64, u64)>,
    /// The newest of them.
    flushed_to: u64,
    /// Lost spans that were reported.
    said: u64,
    full: Problem,
}

/// Runs until the program shuts down.
pub(crate) fn run(tracer: &'static Tracer, control: &Control, destination: &Destination, resource: &Resource) {
    control.attach(std::thread::current().id());
    let sink = match destination {
        Destination::Otlp(otlp) => Sink::Otlp(Box::new(Sender::new(Box::new(Http::new(otlp)), resource))),
        Destination::Console => Sink::Console(Box::default()),
    };
    let mut collector =
        Collector { tracer, control, sink, flushes: VecDeque::new(), flushed_to: 0, said: 0, full: Problem::default() };
    export::muted(|| {
        loop {
            // A panic of a logger, say, is not the end of delivery.
            match catch_unwind(AssertUnwindSafe(|| collector.turn())) {
                Ok(true) => break,
                Ok(false) => {}
                Err(_) if control.requests().1.is_some() => break,
                Err(_) => control.sleep(DEADLINE),
            }
        }
    });
    control.finish();
}

impl Collector<'_> {
    /// One round; `true` when all is over.
    fn turn(&mut self) -> bool {
        let (flush, shutdown) = self.control.requests();
        if let Some(end) = shutdown {
            self.shut_down(end);
            return true;
        }
        let control = self.control;
        let all = export::drain(self.tracer, &mut |record| {
            let flow = self.sink.take(record);
            if flow == Flow::Taken {
                control.taken(1);
            }
            flow
        });
        let target = self.sink.close_batch(control);
        let asked = all && self.flushed_to < flush;
        if asked {
            self.flushed_to = flush;
            self.flushes.push_back((flush, target));
        }
        let sent = self.sink.send_due(control, asked);
        while let Some((flush, target)) = self.flushes.front().copied() {
            if self.sink.oldest().is_some_and(|oldest| oldest <= target) {
                break;
            }
            control.flushed(flush);
            self.flushes.pop_front();
        }
        self.say_drops();
        // With room again, records that had to wait are read at once.
        if all || !sent {
            control.sleep(self.sink.pause());
        }
        false
    }

    fn say_drops(&mut self) {
        let dropped = self.tracer.dropped();
        if dropped > self.said {
            self.said = dropped;
            self.full.say(&format!("{dropped} spans are lost so far: more are recorded than the backend takes"));
        }
    }

    /// Everything that is there gets its outcome, within the time.
    fn shut_down(&mut self, end: Instant) {
        let control = self.control;
        export::finish(self.tracer, &mut |record| {
            control.taken(1);
            if self.sink.take(record) == Flow::Stop {
                // The queue is full at the very end.
                control.undelivered(1);
            }
        });
        self.sink.close_batch(control);
        match &mut self.sink {
            Sink::Otlp(sender) => sender.send_last(control, end),
            Sink::Console(console) => console.print(control, true),
        }
    }
}

impl Sink {
    fn take(&mut self, record: &Record<'_>) -> Flow {
        match self {
            Self::Otlp(sender) => sender.take(record),
            Self::Console(console) => {
                console.take(record);
                Flow::Taken
            }
        }
    }

    /// Ends the batch under way; gives the number of the newest batch.
    fn close_batch(&mut self, control: &Control) -> u64 {
        match self {
            Self::Otlp(sender) => sender.close_batch(),
            Self::Console(console) => {
                console.print(control, false);
                0
            }
        }
    }

    /// Sends what is due; whether anything went.
    fn send_due(&mut self, control: &Control, now: bool) -> bool {
        match self {
            Self::Otlp(sender) => sender.send_due(control, now),
            Self::Console(console) => {
                if now {
                    console.print(control, true);
                }
                false
            }
        }
    }

    fn oldest(&self) -> Option<u64> {
        match self {
            Self::Otlp(sender) => sender.queue.iter().map(|(number, _)| *number).min(),
            Self::Console(_) => None,
        }
    }

    fn pause(&self) -> Duration {
        match self {
            Self::Otlp(sender) => sender.pause(),
            Self::Console(_) => DEADLINE,
        }
    }
}

/// Batches on their way to a backend.
struct Sender {
    transport: Box<dyn Transport>,
    encoder: Encoder,
    /// Numbered from 1. Oldest first, but for those that failed: they go to the back.
    queue: VecDeque<(u64, Batch)>,
    queue_bytes: usize,
    newest: u64,
    failures: u32,
    /// No attempt before this, unless a flush asks.
    not_before: Option<Instant>,
    unreachable: Problem,
    refused: Problem,
    partly_refused: Problem,
}

impl Sender {
    fn new(transport: Box<dyn Transport>, resource: &Resource) -> Self {
        Self {
            transport,
            encoder: Encoder::new(resource.iter()),
            queue: VecDeque::new(),
            queue_bytes: 0,
            newest: 0,
            failures: 0,
            not_before: None,
            unreachable: Problem::default(),
            refused: Problem::default(),
            partly_refused: Problem::default(),
        }
    }

    fn take(&mut self, record: &Record<'_>) -> Flow {
        if self.queue_bytes + self.encoder.bytes() >= QUEUE_BYTES {
            return Flow::Stop;
        }
        if self.encoder.push(record) {
            self.close_batch();
        }
        Flow::Taken
    }

    fn close_batch(&mut self) -> u64 {
        if let Some(batch) = self.encoder.take() {
            self.newest += 1;
            self.queue_bytes += batch.bytes.len();
            self.queue.push_back((self.newest, batch));
        }
        self.newest
    }

    /// Until the queue is empty or an attempt fails.
    fn send_due(&mut self, control: &Control, now: bool) -> bool {
        if !now && self.not_before.is_some_and(|time| time > Instant::now()) {
            return false;
        }
        let mut sent = false;
        while !self.queue.is_empty() && control.requests().1.is_none() {
            if self.send_first(control, Duration::MAX).is_some() {
                break;
            }
            sent = true;
        }
        sent
    }

    /// Within the time. A backend that says nothing is not asked twice, one that cannot be reached a few times.
    fn send_last(&mut self, control: &Control, end: Instant) {
        let mut attempts = LAST_ATTEMPTS.saturating_sub(self.failures).max(1);
        while let Some((_, batch)) = self.queue.front() {
            let spans = batch.spans;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                control.undelivered(spans);
                self.queue.pop_front();
                continue;
            }
            match self.send_first(control, left) {
                None => continue,
                Some(Failure::Busy) => {}
                Some(Failure::Broken) => attempts -= 1,
                Some(Failure::Silence) => attempts = 0,
            }
            let pause = self.not_before.map_or(Duration::ZERO, |time| time.saturating_duration_since(Instant::now()));
            if attempts == 0 || Instant::now() + pause >= end {
                self.queue.drain(..).for_each(|(_, batch)| control.undelivered(batch.spans));
                return;
            }
            std::thread::sleep(pause);
        }
    }

    /// One attempt with the oldest batch. If it has its outcome it is gone, else it stays.
    fn send_first(&mut self, control: &Control, within: Duration) -> Option<Failure> {
        let (_, batch) = self.queue.front()?;
        let attempt = catch_unwind(AssertUnwindSafe(|| self.transport.send(batch, within)));
        let outcome = attempt.unwrap_or_else(|_| Outcome::Failed {
            how: Failure::Broken,
            why: "sending panicked".to_owned(),
            after: None,
        });
        match outcome {
            Outcome::Delivered { rejected, message } => {
                control.delivered(batch.spans, rejected);
                if rejected > 0 || !message.is_empty() {
                    self.partly_refused.say(&format!("the backend refused {rejected} spans: {message}"));
                }
            }
            Outcome::Rejected { why } => {
                control.rejected(batch.spans);
                self.refused.say(&format!("{why}; {} spans are lost, check endpoint and headers", batch.spans));
            }
            Outcome::Failed { how, why, after } => {
                control.retried();
                self.back_off(after);
                // If something about this batch breaks connections, the next one still gets its turn.
                self.queue.rotate_left(1);
                self.unreachable.say(&format!("spans wait: {why}"));
                return Some(how);
            }
        }
        self.failures = 0;
        self.not_before = None;
        if let Some((_, batch)) = self.queue.pop_front() {
            self.queue_bytes -= batch.bytes.len();
        }
        None
    }

    /// Doubles the pause, with jitter, so that many programs do not come back at the same moment.
    fn back_off(&mut self, after: Option<Duration>) {
        let doubled = RETRY_FIRST.saturating_mul(1 << self.failures.min(16));
        self.failures += 1;
        let pause = jittered(doubled.min(RETRY_LONGEST)).max(after.unwrap_or_default());
        self.not_before = Instant::now().checked_add(pause);
    }

    /// How long there is nothing to do.
    fn pause(&self) -> Duration {
        let wait = self.not_before.map(|time| time.saturating_duration_since(Instant::now()));
        match wait {
            Some(wait) if !self.queue.is_empty() => wait.clamp(Duration::from_millis(1), DEADLINE),
            _ => DEADLINE,
        }
    }
}

/// Between half and all of `pause`.
fn jittered(pause: Duration) -> Duration {
    use std::hash::BuildHasher as _;
    let random = std::hash::RandomState::new().hash_one(0) as u32;
    pause / 2 + (pause / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
}
