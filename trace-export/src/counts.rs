//! What became of every span.

use std::fmt;

/// What became of the spans of a tracer. Always
/// `recorded = delivered + stored + discarded + dropped + in flight`, exact whenever no thread is recording.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Sampled spans that have ended.
    pub recorded: u64,
    /// The backend answered 2xx for their request, and did not reject them; or they were printed.
    pub delivered: u64,
    /// On disk in the spool, and not delivered by this process so far. Another process may have.
    pub stored: u64,
    /// Left out by decision.
    pub discarded: u64,
    /// Lost, by reason.
    pub dropped: Dropped,
    /// Ended, and without an outcome yet.
    pub in_flight: u64,
    /// Spans that other processes stored in the spool and this one took over; they are not in `recorded`.
    pub adopted: Adopted,
    /// Attempts to send that failed and were repeated.
    pub retries: u64,
    /// Bytes of all batches in the spool, as this process last saw it.
    pub spool_bytes: u64,
    /// Places in the program that started spans so far, of all tracers.
    pub callsites: u64,
}

/// What became of other processes' spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Adopted {
    /// The backend answered 2xx for their request, and did not reject them.
    pub delivered: u64,
    /// Rejected, damaged, or beyond the spool's limits.
    pub dropped: u64,
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
    /// The oldest in the spool, when it was full.
    pub evicted: u64,
    /// Stored in files that could not be read again.
    pub damaged: u64,
    /// Of local traces that took too much memory before it was known whether to keep them ([`Keep`](crate::Keep)).
    pub undecided: u64,
}

impl Dropped {
    /// Each reason's name, and how many spans it cost.
    pub fn by_reason(&self) -> [(&'static str, u64); 8] {
        [
            ("memory_full", self.memory_full),
            ("too_many_open", self.too_many_open),
            ("late", self.late),
            ("rejected", self.rejected),
            ("undelivered", self.undelivered),
            ("evicted", self.evicted),
            ("damaged", self.damaged),
            ("undecided", self.undecided),
        ]
    }

    /// All reasons together.
    pub fn total(&self) -> u64 {
        self.by_reason().iter().map(|(_, spans)| spans).sum()
    }
}

impl Counts {
    /// Whether the equation holds: false only while threads are recording.
    pub fn balanced(&self) -> bool {
        let outcomes = self.delivered + self.stored + self.discarded + self.dropped.total();
        self.recorded == outcomes + self.in_flight
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
            (self.dropped.evicted, "dropped because the spool was full"),
            (self.dropped.damaged, "in damaged files of the spool"),
            (self.dropped.undecided, "given up before it was known whether to keep them"),
            (self.discarded, "left out"),
            (self.stored, "stored in the spool"),
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
    /// Whether every span that had ended before the call has an outcome: it is delivered, stored, left out, or
    /// counted as dropped.
    pub complete: bool,
}
