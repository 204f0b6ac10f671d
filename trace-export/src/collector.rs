//! The collector: one thread that reads records, makes batches, and stores them where that is asked for.
//!
//! It promises: every span it takes gets an outcome; nothing it does waits for the network; nothing it does is traced.

use crate::bounds::{DEADLINE, EXIT_GRACE, SPILL_BYTES};
use crate::console::Console;
use crate::control::{Control, lock};
use crate::diag::Problem;
use crate::encode::Encoder;
use crate::outbox::Parcel;
use crate::spool::Mode;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use trace_runtime::export::{self, Flow, Record, Tracer};

/// Where records go.
pub(crate) enum Sink {
    Batches(Box<Batches>),
    Console(Box<Console>),
}

/// Batches, and where they wait.
pub(crate) struct Batches {
    pub(crate) encoder: Encoder,
    /// Bytes that may wait in memory.
    pub(crate) most: usize,
    /// Beyond that the newest spans are dropped here, instead of waiting as records.
    pub(crate) drops: bool,
    pub(crate) spool: Option<Mode>,
}

struct Collector<'a> {
    tracer: &'static Tracer,
    control: &'a Control,
    sink: Sink,
    /// Bytes waiting, as of the last batch.
    waiting: usize,
    flushed_to: u64,
    /// Lost spans that were reported.
    said: u64,
    full: Problem,
    evicted: Problem,
}

/// Runs until the program shuts down.
pub(crate) fn run(tracer: &'static Tracer, control: &Control, sink: Sink) {
    control.attach();
    if matches!(&sink, Sink::Batches(batches) if batches.spool == Some(Mode::First)) {
        control.outbox.disk_first();
    }
    let mut collector = Collector {
        tracer,
        control,
        sink,
        waiting: 0,
        flushed_to: 0,
        said: 0,
        full: Problem::default(),
        evicted: Problem::default(),
    };
    // Nor is what libraries do on this thread.
    #[cfg(feature = "otel")]
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    export::muted(|| {
        // There is nothing yet; what comes first shall not be torn into two batches.
        control.sleep(DEADLINE);
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
        if self.flushed_to < flush {
            self.control.outbox.hurry();
        }
        self.waiting = self.control.outbox.bytes();
        let all = export::drain(self.tracer, &mut |record| self.take(record));
        self.close_batch(false);
        if all && self.flushed_to < flush {
            self.flushed_to = flush;
            match &mut self.sink {
                Sink::Batches(_) => self.control.outbox.flush(flush),
                Sink::Console(console) => {
                    console.print(self.control, true);
                    self.control.flushed(flush);
                }
            }
        }
        let stored = self.store_if_due();
        self.control.answer_flushes();
        self.say_drops();
        // With room again, records that had to wait are read at once.
        if all || !(stored || self.has_room()) {
            self.control.sleep(DEADLINE);
        }
        false
    }

    /// If not, the sender says when there is.
    fn has_room(&self) -> bool {
        match &self.sink {
            Sink::Batches(batches) => !self.control.outbox.wait_for_room(batches.most),
            Sink::Console(_) => true,
        }
    }

    fn take(&mut self, record: &Record<'_>) -> Flow {
        match &mut self.sink {
            Sink::Batches(batches) => {
                if self.waiting + batches.encoder.bytes() >= batches.most {
                    if batches.drops {
                        self.control.taken(1);
                        self.control.memory_full(1);
                        return Flow::Taken;
                    }
                    return Flow::Stop;
                }
                self.control.taken(1);
                if batches.encoder.push(record) {
                    self.close_batch(false);
                }
            }
            Sink::Console(console) => {
                self.control.taken(1);
                console.take(record);
            }
        }
        Flow::Taken
    }

    /// Ends the batch under way.
    fn close_batch(&mut self, last: bool) {
        match &mut self.sink {
            Sink::Batches(batches) => {
                if let Some(batch) = batches.encoder.take() {
                    self.control.outbox.push(batch);
                    self.waiting = self.control.outbox.bytes();
                }
            }
            Sink::Console(console) => console.print(self.control, last),
        }
    }

    /// Puts on disk what waits, if it is better there. Whether anything went.
    fn store_if_due(&mut self) -> bool {
        let Sink::Batches(batches) = &self.sink else { return false };
        let Some(mode) = batches.spool else { return false };
        let outbox = &self.control.outbox;
        let due = mode == Mode::First || outbox.is_stuck(SPILL_BYTES);
        due && outbox.has_waiting() && self.store_waiting() > 0
    }

    /// How many batches are on disk now that were not.
    fn store_waiting(&mut self) -> usize {
        let control = self.control;
        let Some(store) = &control.store else { return 0 };
        let parcels = control.outbox.take_waiting();
        let batches: Vec<_> = parcels.iter().map(|parcel| parcel.batch.clone()).collect();
        let mut store = lock(store);
        let (files, result) = store.store(&batches);
        let losses = store.take_losses();
        control.set_spool_bytes(store.usage().1);
        for (Parcel { number, batch }, file) in parcels.iter().zip(&files) {
            control.stored(batch.spans);
            control.outbox.stored_as(*number, *file);
        }
        control.lost(losses);
        // Not before: the sender may deliver them at once, which is counted as no longer stored.
        drop(store);
        control.outbox.stored(files.len());
        self.waiting = control.outbox.bytes();
        if let Err(error) = result {
            control.say_spool_fails(&error);
        }
        if losses.evicted.own + losses.evicted.adopted > 0 {
            self.evicted.say("the spool is full: its oldest batches go");
        }
        files.len()
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
            // When the queue is full at the very end, the disk may still have room.
            let full = self.take(record) == Flow::Stop;
            if full && (self.store_waiting() == 0 || self.take(record) == Flow::Stop) {
                control.taken(1);
                control.undelivered(1);
            }
        });
        self.close_batch(true);
        if let Sink::Console(_) = self.sink {
            return;
        }
        if control.store.is_some() {
            control.outbox.hold();
            self.store_waiting();
            if control.outbox.take_back(end.min(Instant::now() + EXIT_GRACE)).is_some() {
                self.store_waiting();
            }
        }
        // Without a spool, or with one that takes nothing.
        for parcel in control.outbox.send_until(end) {
            control.undelivered(parcel.batch.spans);
        }
    }
}
