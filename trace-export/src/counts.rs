//! What became of every span.

use std::fmt;

/// What became of the spans of a tracer. Always
/// `recorded = delivered + discarded + dropped + in flight`, exact whenever no thread is recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Sampled spans that have ended.
    pub recorded: u64,
    /// The backend answered 2xx for their request, and did not reject them; or they were printed.
    pub delivered: u64,
    /// Left out by decision.
    pub discarded: u64,
    /// Lost, by reason.
    pub dropped: Dropped,
    /// Ended, and without an outcome yet.
    pub in_flight: u64,
    /// Attempts to send that failed and were repeated.
    pub retries: u64,
}

/// Lost spans, by reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Dropped {
    /// The memory for records was full.
    pub memory_full: u64,
    /// Too many spans were open at once.
    pub too_many_open: u64,
    /// Ended while the tracer was shutting down.
    pub late: u64,
    /// The backend refused them.
    pub rejected: u64,
    /// The backend could not be reached before the program ended.
    pub undelivered: u64,
}

impl Dropped {
    /// All reasons together.
    pub fn total(&self) -> u64 {
        self.memory_full + self.too_many_open + self.late + self.rejected + self.undelivered
    }
}

impl Counts {
    /// Whether the equation holds: false only while threads are recording.
    pub fn balanced(&self) -> bool {
        self.recorded == self.delivered + self.discarded + self.dropped.total() + self.in_flight
    }
}

impl Report {
    /// Where nothing was recorded.
    pub(crate) fn nothing() -> Self {
        Self { counts: Counts::default(), complete: true }
    }
}

/// One line for people.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans recorded, {} delivered", self.recorded, self.delivered)?;
        let reasons = [
            (self.dropped.undelivered, "not delivered in time"),
            (self.dropped.rejected, "rejected by the backend"),
            (self.dropped.memory_full, "dropped because the memory for records was full"),
            (self.dropped.too_many_open, "dropped because too many spans were open"),
            (self.dropped.late, "ended during shutdown"),
            (self.in_flight, "still waiting"),
        ];
        for (count, reason) in reasons {
            if count > 0 {
                write!(f, ", {count} {reason}")?;
            }
        }
        Ok(())
    }
}

/// The answer of a flush or shutdown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Report {
    /// What became of the spans so far.
    pub counts: Counts,
    /// Whether every span that had ended before the call has an outcome: delivered or counted as dropped.
    pub complete: bool,
}
