//! The collector: one thread that reads records, makes batches, and stores them where that is asked for.
//!
//! It promises: every span it takes gets an outcome; nothing it does waits for the network; nothing it does is traced.

mod end;

use crate::bounds::{CLOCK_AGAIN, DEADLINE, SPILL_BYTES};
use crate::console::Console;
use crate::control::{Control, lock};
use crate::crash::CrashFile;
use crate::diag::Problem;
use crate::encode::Encoder;
use crate::keep::{Keeper, Verdict};
use crate::lane::Lane;
use crate::on_end::{OnEnd, Waiting};
use crate::outbox::Parcel;
use crate::spool::Mode;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};
use trace_runtime::export::{self, Claims, Flow, Reader, Record, Tracer};

/// What the collector makes of records.
pub(crate) struct Making {
    pub(crate) encoder: Encoder,
    /// There are destinations other than the console.
    pub(crate) sends: bool,
    pub(crate) keeper: Option<Keeper>,
    pub(crate) on_end: Option<OnEnd>,
    pub(crate) console: Option<Console>,
    pub(crate) crash: Option<&'static CrashFile>,
    pub(crate) spool: Option<Mode>,
    /// How long a span waits at most.
    pub(crate) deadline: Duration,
}

struct Collector<'a> {
    tracer: &'static Tracer,
    control: &'a Control,
    making: Making,
    /// Bytes and spans that the destination with the most room can take, as of the last batch.
    left: (usize, u64),
    /// Spans since then.
    spans: u64,
    /// Spans that were taken and of which the destinations do not know yet.
    untold: u64,
    flushed_to: u64,
    /// All that is read by then goes, also in a batch that is not full. What is read earlier, as there is much of it, fills batches.
    due: Instant,
    ends: bool,
    /// Lost spans that were reported.
    said: u64,
    full: Problem,
    evicted: Problem,
    short: Problem,
}

/// Runs until the program shuts down.
pub(crate) fn run(tracer: &'static Tracer, control: &Control, making: Making) {
    control.attach();
    if making.spool == Some(Mode::First) {
        control.lanes[0].outbox.disk_first();
    }
    let mut collector = Collector {
        tracer,
        control,
        making,
        left: (0, 0),
        spans: 0,
        untold: 0,
        flushed_to: 0,
        due: Instant::now(),
        ends: false,
        said: 0,
        full: Problem::default(),
        evicted: Problem::default(),
        short: Problem::default(),
    };
    // Nor is what libraries do on this thread.
    #[cfg(feature = "otel")]
    let _suppressed = opentelemetry::Context::enter_telemetry_suppressed_scope();
    export::muted(|| {
        collector.wait_for_first();
        loop {
            // A panic of a logger, say, is not the end of delivery.
            match catch_unwind(AssertUnwindSafe(|| collector.turn())) {
                Ok(true) => break,
                Ok(false) => {}
                Err(_) => {
                    collector.tell();
                    if control.requests().1.is_some() {
                        break;
                    }
                    control.sleep(DEADLINE);
                }
            }
        }
    });
    control.finish();
}

impl Reader for Collector<'_> {
    fn take(&mut self, record: &Record<'_>) -> Flow {
        if self.making.encoder.bytes() >= self.left.0 || self.spans >= self.left.1 {
            // One that is slow holds up nobody: only where all are full, records wait.
            if !self.control.lanes.iter().any(|lane| lane.late_bytes().is_some()) {
                return Flow::Stop;
            }
            self.untold += 1;
            self.tell();
            self.control.lanes.iter().for_each(|lane| lane.memory_full(1));
            return Flow::Taken;
        }
        if self.making.on_end.as_ref().is_some_and(OnEnd::is_full) && !self.ends {
            return Flow::Stop;
        }
        self.untold += 1;
        if let Some(costs) = &self.control.costs {
            lock(costs).note(record);
        }
        self.judge(record);
        Flow::Taken
    }

    fn counted(&mut self) {
        self.tell();
    }
}

impl Collector<'_> {
    /// There is nothing yet; what comes first shall not be torn into two batches.
    fn wait_for_first(&self) {
        let mut left = self.making.deadline;
        if self.making.crash.is_some() {
            let early = CLOCK_AGAIN.min(left);
            if self.control.sleep(early) {
                return;
            }
            export::anchor();
            left -= early;
        }
        self.control.sleep(left);
    }

    /// One round; `true` when all is over.
    fn turn(&mut self) -> bool {
        let (flush, shutdown) = self.control.requests();
        if let Some(end) = shutdown {
            self.shut_down(end);
            return true;
        }
        if self.flushed_to < flush {
            self.control.lanes.iter().for_each(|lane| lane.outbox.hurry());
        }
        let all = self.read_all();
        if all && self.flushed_to < flush {
            self.flushed_to = flush;
            self.close_all(true);
            self.control.lanes.iter().for_each(|lane| lane.outbox.flush(flush));
        }
        let stored = self.store_if_due();
        self.control.answer_flushes();
        if let Some(keeper) = &mut self.making.keeper {
            keeper.forget(Instant::now());
        }
        self.say_drops();
        // With room again, records that had to wait are read at once.
        if all || !(stored || self.has_room()) {
            self.control.sleep(self.due.saturating_duration_since(Instant::now()));
        }
        false
    }

    /// If nowhere, the first sender that has some again says so.
    fn has_room(&self) -> bool {
        // All are asked, so that each tells.
        let full = self.control.lanes.iter().filter(|lane| lane.wait_for_room()).count();
        full < self.control.lanes.len()
    }

    fn look_for_room(&mut self) {
        let left = self.control.lanes.iter().map(Lane::left);
        self.left = left.fold((0, 0), |most, left| (most.0.max(left.0), most.1.max(left.1)));
        self.spans = 0;
    }

    /// Where it is decided at their end which local traces are kept, that comes first.
    fn judge(&mut self, record: &Record<'_>) {
        let verdict = self.making.keeper.as_mut().map_or(Verdict::Export, |keeper| keeper.judge(record));
        match verdict {
            Verdict::Export => self.accept(record),
            Verdict::Discard => self.discard(1),
            Verdict::ExportAll(saved) => {
                record.replay(&saved, |record| self.accept(record));
                self.accept(record);
            }
            Verdict::DiscardAll(spans) => self.discard(spans + 1),
            Verdict::Later => {
                while let Some(decided) = self.making.keeper.as_mut().and_then(|keeper| keeper.overflow(record)) {
                    self.tell();
                    match decided {
                        Ok(saved) => record.replay(&saved, |record| self.accept(record)),
                        Err(spans) => self.control.lanes.iter().for_each(|lane| lane.undecided(spans)),
                    }
                }
            }
        }
    }

    /// Counts what was taken as in flight, before anything else is counted of it.
    fn tell(&mut self) {
        let spans = std::mem::take(&mut self.untold);
        if spans > 0 {
            self.control.lanes.iter().for_each(|lane| lane.taken(spans));
        }
    }

    fn discard(&mut self, spans: u64) {
        self.tell();
        self.control.lanes.iter().for_each(|lane| lane.discarded(spans));
    }

    fn accept(&mut self, record: &Record<'_>) {
        let making = &mut self.making;
        self.spans += 1;
        if let Some(on_end) = &mut making.on_end {
            let shown = making.console.as_mut().map(|console| console.read(record));
            let mut claims = Claims::default();
            if making.sends {
                record.claim(&mut claims);
            } else {
                record.claim_for_long(&mut claims);
            }
            on_end.keep(Waiting { callsite: record.callsite_id(), span: making.encoder.read(record), claims, shown });
            return;
        }
        if let Some(console) = &mut making.console {
            let (span, mut claims) = (console.read(record), Claims::default());
            if !making.sends {
                record.claim_for_long(&mut claims);
            }
            console.take(span, claims);
        }
        if making.sends && making.encoder.push(record) {
            self.close_batch(false);
        }
    }

    /// Lets the program see what was read, and goes on with what it made of that.
    fn pass_on(&mut self) {
        while let Some(Waiting { callsite, span, claims, shown }) = self.making.on_end.as_mut().and_then(OnEnd::next) {
            if span.discarded {
                if let (Some(console), Some(shown)) = (&mut self.making.console, shown) {
                    console.ended(&shown);
                }
                self.discard(1);
                continue;
            }
            // They are the first destination's.
            let (claims, shown_claims) =
                if self.making.sends { (claims, Claims::default()) } else { (Claims::default(), claims) };
            if let (Some(console), Some(shown)) = (&mut self.making.console, shown) {
                console.take_changed(shown, &span, shown_claims);
            }
            if self.making.sends && self.making.encoder.push_ended(callsite, &span, claims) {
                self.close_batch(false);
            }
        }
    }

    /// Lets go all that was read. From now on counts how long the next may wait.
    fn close_all(&mut self, all: bool) {
        self.close_batch(all);
        self.due = Instant::now() + self.making.deadline;
    }

    /// Ends the batch under way. `all`: and the trees of traces that are not over.
    fn close_batch(&mut self, all: bool) {
        self.tell();
        let batch = self.making.encoder.take();
        let trees = self.making.console.as_mut().and_then(|console| console.trees(all));
        for (nth, lane) in self.control.lanes.iter().enumerate() {
            let Some(batch) = (if lane.is_console { &trees } else { &batch }) else { continue };
            if self.control.lanes.len() > 1 && lane.was_full(batch.spans) {
                lane.memory_full(batch.spans);
                self.full.say(&format!("{} takes too little: {} spans are lost there", lane.name, batch.spans));
            } else {
                lane.outbox.push(if nth == 0 { batch.clone() } else { batch.without_claims() });
            }
        }
        self.look_for_room();
    }

    /// Puts on disk what waits, if it is better there. Whether anything went.
    fn store_if_due(&mut self) -> bool {
        let Some(mode) = self.making.spool else { return false };
        let outbox = &self.control.lanes[0].outbox;
        let due = match mode {
            Mode::First => true,
            Mode::Overflow => outbox.is_stuck(SPILL_BYTES),
            Mode::Beside => outbox.is_stuck(usize::MAX),
        };
        due && outbox.has_waiting() && self.store_waiting() > 0
    }

    /// How many batches are on disk now that were not.
    fn store_waiting(&mut self) -> usize {
        let control = self.control;
        let lane = &control.lanes[0];
        let Some(store) = &lane.store else { return 0 };
        let parcels = lane.outbox.take_waiting();
        let batches: Vec<_> = parcels.iter().map(|parcel| parcel.batch.clone()).collect();
        let mut store = lock(store);
        let (files, result) = store.store(&batches);
        let losses = store.take_losses();
        lane.set_spool_bytes(store.usage().1);
        for (Parcel { number, batch }, file) in parcels.iter().zip(&files) {
            if let Some(file) = file {
                lane.stored(batch.spans);
                lane.outbox.stored_as(*number, *file);
            }
        }
        lane.lost(losses);
        // Not before: the sender may deliver them at once, which is counted as no longer stored.
        drop(store);
        let on_disk: Vec<_> = files.iter().map(Option::is_some).collect();
        lane.outbox.stored(&on_disk);
        self.look_for_room();
        if let Err(error) = result {
            lane.say_spool_fails(&error);
        }
        if losses.evicted.own + losses.evicted.adopted > 0 {
            self.evicted.say("the spool is full: its oldest batches go");
        }
        on_disk.iter().filter(|stored| **stored).count()
    }

    fn say_drops(&mut self) {
        let dropped = self.tracer.dropped();
        if dropped > self.said {
            self.said = dropped;
            self.full.say(&format!("{dropped} spans are lost so far: more are recorded than the backend takes"));
        }
        if self.making.crash.is_some_and(CrashFile::take_short) {
            self.short.say(
                "the crash recorder has no room on its disk: spans that do not fit are recorded in ordinary memory",
            );
        }
    }

    /// Reads what there is, as far as there is room. Whether that was all.
    fn read_all(&mut self) -> bool {
        self.look_for_room();
        let all = export::drain_to(self.tracer, self);
        self.control.pass_times_on();
        self.pass_on();
        // People wait for trees, and what the console holds of them is no batch that fills.
        if !all || Instant::now() >= self.due || self.making.console.is_some() {
            self.close_all(false);
        }
        all
    }
}
