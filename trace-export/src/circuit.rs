//! When to try again.

use crate::bounds::{PROBE_AFTER, RETRY_FIRST, RETRY_LONGEST};
use std::time::{Duration, Instant};

/// What the last attempts say of the backend.
#[derive(Default)]
pub(crate) struct Circuit {
    /// In a row.
    pub(crate) failures: u32,
    /// By our own rule; a flush may ask for an attempt before it.
    not_before: Option<Instant>,
    /// By the backend's word.
    told: Option<Instant>,
}

impl Circuit {
    /// How long to wait for the next attempt.
    pub(crate) fn wait(&self, hurry: bool) -> Duration {
        let now = Instant::now();
        let own = self.not_before.filter(|_| !hurry);
        let latest = own.max(self.told);
        latest.map_or(Duration::ZERO, |time| time.saturating_duration_since(now))
    }

    /// Whether a small question should go ahead of a big request.
    pub(crate) fn should_probe(&self) -> bool {
        self.failures >= PROBE_AFTER
    }

    pub(crate) fn worked(&mut self) {
        *self = Self::default();
    }

    /// Doubles the pause, with jitter, so that many programs do not come back at the same moment.
    pub(crate) fn failed(&mut self, after: Option<Duration>) {
        let doubled = RETRY_FIRST.saturating_mul(1 << self.failures.min(16));
        self.failures += 1;
        let now = Instant::now();
        self.not_before = now.checked_add(jittered(doubled.min(RETRY_LONGEST)));
        self.told = after.and_then(|after| now.checked_add(after));
    }
}

/// Between half and all of `pause`.
fn jittered(pause: Duration) -> Duration {
    use std::hash::BuildHasher as _;
    let random = std::hash::RandomState::new().hash_one(0) as u32;
    pause / 2 + (pause / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
}
