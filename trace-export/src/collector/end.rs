//! The collector's last round.

use super::Collector;
use crate::bounds::{EXIT_GRACE, RECOVERY_GRACE};
use std::time::Instant;
use trace_runtime::export::{self, Flow, Reader as _};

impl Collector<'_> {
    /// For records that are left at the end: on disk, or when something was sent. `false`: it is no use to wait.
    fn make_room(&mut self, end: Instant) -> bool {
        if self.store_waiting() > 0 || self.has_room() {
            return true;
        }
        let works = self.control.lanes.iter().any(|lane| !lane.outbox.is_away());
        if works {
            self.control.sleep(end.saturating_duration_since(Instant::now()));
        }
        works
    }

    /// Everything that is there gets its outcome, within the time.
    pub(super) fn shut_down(&mut self, end: Instant) {
        let control = self.control;
        let lanes = &control.lanes;
        if !control.recovery.wait(RECOVERY_GRACE) {
            control.recovery.stop(end);
        }
        while !self.read_all() && Instant::now() < end && self.make_room(end) {}
        self.ends = true;
        self.look_for_room();
        export::finish(self.tracer, &mut |record| {
            // When the queue is full at the very end, the disk may still have room.
            let full = self.take(record) == Flow::Stop;
            if full && (self.store_waiting() == 0 || self.take(record) == Flow::Stop) {
                control.taken();
                for lane in lanes {
                    lane.undelivered(1);
                }
            }
            self.tell();
        });
        if let Some(mut keeper) = self.making.keeper.take() {
            let (kept, discarded) = keeper.finish();
            self.discard(discarded);
            for saved in kept {
                saved.replay(&mut |record| self.accept(record));
            }
        }
        control.pass_times_on();
        self.pass_on();
        self.close_batch(true);
        // Those without a spool send meanwhile.
        lanes.iter().filter(|lane| lane.store.is_none()).for_each(|lane| lane.outbox.end_at(end));
        if let Some(lane) = lanes.first().filter(|lane| lane.store.is_some()) {
            lane.outbox.hold();
            self.store_waiting();
            lane.outbox.take_back(end.min(Instant::now() + EXIT_GRACE));
            // That one, or one that failed meanwhile.
            if lane.outbox.has_waiting() {
                self.store_waiting();
            }
            // The disk may take nothing.
            lane.outbox.end_at(end);
        }
        for lane in lanes {
            for parcel in lane.outbox.take_rest(end, lane.closes) {
                lane.undelivered(parcel.batch.spans);
            }
        }
    }
}
