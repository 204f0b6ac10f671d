//! How long a span was current, and how long it was open and was not.

use std::time::Instant;
use trace_runtime::export::AdoptedPlace;

pub(super) struct Timings {
    busy: i64,
    idle: i64,
    last: Instant,
    /// Entries that have not ended.
    entries: u32,
}

impl Timings {
    pub(super) fn new() -> Self {
        Self { busy: 0, idle: 0, last: Instant::now(), entries: 0 }
    }

    pub(super) fn enter(&mut self) {
        if self.entries == 0 {
            self.idle += self.since_last();
        }
        self.entries += 1;
    }

    pub(super) fn exit(&mut self) {
        self.entries = self.entries.saturating_sub(1);
        if self.entries == 0 {
            self.busy += self.since_last();
        }
    }

    fn since_last(&mut self) -> i64 {
        let now = Instant::now();
        let since = now.saturating_duration_since(self.last);
        self.last = now;
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }

    pub(super) fn tell(&self, there: &AdoptedPlace) {
        there.set_attribute("busy_ns", &self.busy);
        there.set_attribute("idle_ns", &self.idle);
    }
}
