//! Which traces are kept, decided when they end.

use crate::bounds::{KEEP_ALL_BYTES, KEEP_TRACE_BYTES, VERDICT, VERDICTS};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};
use trace_runtime::export::{self, Record, Saved, Tracer};
use trace_runtime::{SpanId, TraceId};

/// Verdicts that are looked at for one to forget, when there are too many.
const SEARCHED: usize = 8;

const ACCEPTED: &str = "a list of `errors` and `slow=MILLISECONDS`";

/// What is kept of the traces that the sampler declines, decided when they end. Every span is recorded for it.
///
/// A *local trace* is what one process has of a trace below one span that has no parent there (its local root). When that ends, all
/// of the local trace is exported if
/// - the sampler wanted it (use a ratio: `OTEL_TRACES_SAMPLER=parentbased_traceidratio`),
/// - any of its spans failed (status Error) and [`errors`](Self::errors) is set,
/// - the local root took as long as [`slower_than`](Self::slower_than), or
/// - [`force_keep`](trace_runtime::CurrentSpan::force_keep) was called in it, at any time.
///
/// Otherwise it is counted as `discarded`. Spans that end before their local root, or within 30 s after it, share its fate. A local trace
/// whose spans take more than 1 MiB before that, and the oldest when all together take more than 64 MiB, are decided at once: exported
/// so far if one of the reasons holds already, else given up, which is counted as `dropped.undecided`.
///
/// Other processes are told what the sampler said, so a trace that is kept for an error has no parts from those that
/// sample by it.
///
/// ```
/// use std::time::Duration;
/// use trace_export::Keep;
/// use trace_runtime::Sampler;
/// # fn main() -> Result<(), trace_export::InitError> {
/// let hundredth = Sampler::parent_based(Sampler::ratio(0.01).expect("from 0 to 1"));
/// let keep = Keep::default().errors().slower_than(Duration::from_millis(250));
/// trace_export::builder().sampler(hundredth).keep(keep).init()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    errors: bool,
    slow: Option<Duration>,
    trace_bytes: Option<usize>,
    all_bytes: Option<usize>,
}

impl Keep {
    /// Local traces in which a span failed.
    #[must_use]
    pub fn errors(mut self) -> Self {
        self.errors = true;
        self
    }

    /// Local traces whose local root took at least this long.
    #[must_use]
    pub fn slower_than(mut self, duration: Duration) -> Self {
        self.slow = Some(duration);
        self
    }

    /// Memory for one local trace, and for all, until they are decided. Default 1 MiB and 64 MiB; a span takes 90 bytes and what its
    /// attributes take.
    #[must_use]
    pub fn bounds(mut self, trace_bytes: usize, all_bytes: usize) -> Self {
        (self.trace_bytes, self.all_bytes) = (Some(trace_bytes), Some(all_bytes));
        self
    }
}

/// The form of `TRACE_KEEP`: `errors,slow=250`.
impl FromStr for Keep {
    type Err = KeepError;

    fn from_str(text: &str) -> Result<Self, KeepError> {
        text.split(',').map(str::trim).try_fold(Self::default(), |keep, part| match part.split_once('=') {
            None if part == "errors" => Ok(keep.errors()),
            Some(("slow", millis)) => {
                let millis = millis.trim().parse().map_err(|_| KeepError)?;
                Ok(keep.slower_than(Duration::from_millis(millis)))
            }
            _ => Err(KeepError),
        })
    }
}

/// The text of a [`Keep`] makes no sense; the message says what is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepError;

impl KeepError {
    pub(crate) const ACCEPTED: &'static str = ACCEPTED;
}

impl fmt::Display for KeepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "what is kept is said by {ACCEPTED}")
    }
}

impl std::error::Error for KeepError {}

/// By trace and local root.
type Local = (TraceId, SpanId);

/// What to do with a record.
pub(crate) enum Verdict {
    Export,
    Discard,
    /// It is saved here, until more is known.
    Later,
    /// It ends the wait for those saved: with it, they are exported.
    ExportAll(Saved),
    /// Or discarded.
    DiscardAll(u64),
}

/// Local traces under way.
pub(crate) struct Keeper {
    tracer: &'static Tracer,
    rules: Keep,
    waiting: HashMap<Local, Waiting>,
    /// The oldest first, by number.
    order: BTreeMap<u64, Local>,
    next: u64,
    bytes: usize,
    decided: HashMap<Local, Decided>,
    /// When they were looked at, the oldest first.
    when: VecDeque<(Instant, Local)>,
}

/// What was decided on a local trace.
struct Decided {
    keep: bool,
    /// When its local root ended. Before that it is not forgotten: more spans will come.
    ended: Option<Instant>,
}

impl Decided {
    fn is_needed(&self, now: Instant) -> bool {
        self.ended.is_none_or(|ended| now.saturating_duration_since(ended) <= VERDICT)
    }
}

#[derive(Default)]
struct Waiting {
    saved: Saved,
    number: u64,
    /// There is a reason to keep it.
    keep: bool,
}

impl Keeper {
    pub(crate) fn new(tracer: &'static Tracer, rules: Keep) -> Self {
        Self {
            tracer,
            rules,
            waiting: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
            bytes: 0,
            decided: HashMap::new(),
            when: VecDeque::new(),
        }
    }

    /// What the program wants kept.
    fn look_for_forced(&mut self) {
        for local in export::take_kept(self.tracer) {
            self.force(local);
        }
    }

    fn force(&mut self, local: Local) {
        match (self.waiting.get_mut(&local), self.decided.get_mut(&local)) {
            (Some(waiting), _) => waiting.keep = true,
            (None, Some(decided)) => decided.keep = true,
            // Its first span has not ended yet.
            (None, None) => self.decide(local, true, false),
        }
    }

    pub(crate) fn judge(&mut self, record: &Record<'_>) -> Verdict {
        let local = (record.trace_id(), record.local_root_id());
        let is_root = record.is_local_root();
        if let Some(decided) = self.decided.get_mut(&local) {
            if is_root {
                decided.ended = Some(Instant::now());
            }
            return if decided.keep { Verdict::Export } else { Verdict::Discard };
        }
        if record.is_sampled() && !self.waiting.contains_key(&local) {
            return Verdict::Export;
        }
        let reason = self.is_reason(record, is_root);
        if is_root && !reason {
            self.look_for_forced();
            if self.decided.contains_key(&local) {
                return self.judge(record);
            }
        }
        if is_root || reason {
            let waiting = self.take_out(local).unwrap_or_default();
            let keep = reason || waiting.keep;
            self.decide(local, keep, is_root);
            return if keep { Verdict::ExportAll(waiting.saved) } else { Verdict::DiscardAll(waiting.saved.spans()) };
        }
        self.save(local, record);
        Verdict::Later
    }

    fn is_reason(&self, record: &Record<'_>, is_root: bool) -> bool {
        let is_slow = |slow: Duration| {
            let (start, end) = record.clock_nanos();
            u128::from(end - start) >= slow.as_nanos()
        };
        let failed = self.rules.errors && record.is_error();
        record.is_sampled() || failed || is_root && self.rules.slow.is_some_and(is_slow)
    }

    fn save(&mut self, local: Local, record: &Record<'_>) {
        let waiting = self.waiting.entry(local).or_insert_with(|| {
            self.next += 1;
            self.order.insert(self.next, local);
            Waiting { number: self.next, ..Waiting::default() }
        });
        let before = waiting.saved.bytes();
        waiting.saved.push(record);
        self.bytes += waiting.saved.bytes() - before;
    }

    /// Local traces that have to be decided at once, for want of room: spans to export, or how many are given up.
    pub(crate) fn overflow(&mut self, last: &Record<'_>) -> Option<Result<Saved, u64>> {
        let (trace_bytes, all_bytes) =
            (self.rules.trace_bytes.unwrap_or(KEEP_TRACE_BYTES), self.rules.all_bytes.unwrap_or(KEEP_ALL_BYTES));
        let last = (last.trace_id(), last.local_root_id());
        let local = match self.waiting.get(&last) {
            Some(waiting) if waiting.saved.bytes() > trace_bytes => last,
            _ if self.bytes > all_bytes => *self.order.values().next()?,
            _ => return None,
        };
        self.look_for_forced();
        let waiting = self.take_out(local)?;
        self.decide(local, waiting.keep, false);
        Some(if waiting.keep { Ok(waiting.saved) } else { Err(waiting.saved.spans()) })
    }

    /// At the end: spans to export, and how many are left out.
    pub(crate) fn finish(&mut self) -> (Vec<Saved>, u64) {
        self.look_for_forced();
        let (mut kept, mut discarded) = (Vec::new(), 0);
        for waiting in std::mem::take(&mut self.waiting).into_values() {
            if waiting.keep {
                kept.push(waiting.saved);
            } else {
                discarded += waiting.saved.spans();
            }
        }
        self.order.clear();
        self.bytes = 0;
        (kept, discarded)
    }

    fn take_out(&mut self, local: Local) -> Option<Waiting> {
        let waiting = self.waiting.remove(&local)?;
        self.order.remove(&waiting.number);
        self.bytes -= waiting.saved.bytes();
        Some(waiting)
    }

    fn decide(&mut self, local: Local, keep: bool, ended: bool) {
        let now = Instant::now();
        self.decided.insert(local, Decided { keep, ended: ended.then_some(now) });
        self.when.push_back((now, local));
        if self.when.len() > VERDICTS {
            self.forget_one(now);
        }
    }

    /// Forgets what was decided on local traces that ended long ago.
    pub(crate) fn forget(&mut self, now: Instant) {
        while self.when.front().is_some_and(|(when, _)| now.saturating_duration_since(*when) > VERDICT) {
            self.forget_oldest(|decided| decided.is_needed(now), now);
        }
    }

    /// There is no room for all: rather one that has ended goes, as far as that is quickly found.
    fn forget_one(&mut self, now: Instant) {
        let found = (0..SEARCHED).any(|_| self.forget_oldest(|decided| decided.ended.is_none(), now));
        if !found {
            self.forget_oldest(|_| false, now);
        }
    }

    /// Forgets what was looked at the longest time ago, or looks at it again later if it `stays`. Whether it is forgotten.
    fn forget_oldest(&mut self, stays: impl FnOnce(&Decided) -> bool, now: Instant) -> bool {
        let Some((_, local)) = self.when.pop_front() else { return false };
        let stays = self.decided.get(&local).is_some_and(stays);
        if stays {
            self.when.push_back((now, local));
        } else {
            self.decided.remove(&local);
        }
        !stays
    }
}

#[cfg(test)]
mod tests;
