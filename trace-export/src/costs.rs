//! What functions cost, counted from their spans.

use crate::console::duration;
use crate::terminal;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;
use trace_runtime::export::{CountedCall, Record, callsite};
use trace_runtime::{Callsite, SpanId};

/// Spans whose children ended and that did not themselves yet; beyond it, all are forgotten, and their own time is too long.
const PARENTS: usize = 1 << 16;
/// Buckets of an octave.
const PARTS: usize = 16;

/// What the calls of one function cost so far, as far as they were recorded, or [counted](crate::Builder::function_costs_of_unsampled).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FunctionCost {
    /// The function. Spans that came through the OpenTelemetry API are counted by scope.
    pub callsite: &'static Callsite,
    /// Calls that ended.
    pub calls: u64,
    /// Of those, calls that were not sampled, and so made no span.
    pub unsampled: u64,
    /// Of all, those that failed: the span has the status Error, or without a span the call returned an error or panicked.
    pub errors: u64,
    /// The time of all calls.
    pub total: Duration,
    /// The same without the time of traced calls inside of them. Calls inside that run at the same time count one after the other.
    pub own: Duration,
    /// Half of the calls took at most this long, within 7 %.
    pub p50: Duration,
    /// 99 of 100 calls did.
    pub p99: Duration,
}

/// Whose costs are counted.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Wanted {
    pub(crate) counted: bool,
    /// Those of calls that are not sampled, too.
    pub(crate) unsampled: bool,
    /// There is a table at the end.
    pub(crate) printed: bool,
}

/// All functions'.
#[derive(Default)]
pub(crate) struct Costs {
    /// By the callsite's number.
    by_callsite: Vec<Cost>,
    /// Nanoseconds of the children that ended, by parent.
    children: HashMap<SpanId, u64>,
    /// What each call took, if somebody wants that, since it was last taken: no more than was in the records.
    times: Option<Vec<Time>>,
}

/// A call: its callsite's number, and nanoseconds.
pub(crate) type Time = (u32, u64);

/// Who wants to know what each call took.
pub(crate) type TakesTimes = Box<dyn Fn(&[Time]) + Send>;

#[derive(Default)]
struct Cost {
    calls: u64,
    unsampled: u64,
    errors: u64,
    total: u64,
    own: u64,
    /// Calls by how long they took; see [`bucket`].
    times: Vec<u32>,
}

impl Costs {
    pub(crate) fn note(&mut self, record: &Record<'_>) {
        let (start, end) = record.clock_nanos();
        let nanos = end - start;
        let inside = self.children.remove(&record.span_id()).unwrap_or(0);
        if !record.parent_id().is_zero() && !record.has_remote_parent() {
            if self.children.len() >= PARENTS {
                self.children.clear();
            }
            *self.children.entry(record.parent_id()).or_default() += nanos;
        }
        self.note_time(record.callsite_id(), nanos);
        self.of(record.callsite_id()).add(nanos, nanos.saturating_sub(inside), record.is_error());
    }

    /// Calls that were not sampled.
    pub(crate) fn note_calls(&mut self, calls: &[CountedCall]) {
        for call in calls {
            self.note_time(call.callsite_id, call.nanos);
            let cost = self.of(call.callsite_id);
            cost.unsampled += 1;
            cost.add(call.nanos, call.own_nanos, call.failed);
        }
    }

    fn note_time(&mut self, callsite: u32, nanos: u64) {
        if let Some(times) = &mut self.times {
            times.push((callsite, nanos));
        }
    }

    /// From now on somebody wants to know what each call took.
    #[cfg(feature = "metrics")]
    pub(crate) fn want_times(&mut self) {
        self.times.get_or_insert_default();
    }

    /// Those since the last time.
    pub(crate) fn take_times(&mut self) -> Vec<Time> {
        self.times.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn of(&mut self, callsite: u32) -> &mut Cost {
        let index = callsite as usize;
        if self.by_callsite.len() <= index {
            self.by_callsite.resize_with(index + 1, Cost::default);
        }
        &mut self.by_callsite[index]
    }

    /// The most expensive first.
    pub(crate) fn list(&self) -> Vec<FunctionCost> {
        let cost = |(id, cost): (usize, &Cost)| {
            Some(FunctionCost {
                callsite: callsite(u32::try_from(id).ok()?)?,
                calls: cost.calls,
                unsampled: cost.unsampled,
                errors: cost.errors,
                total: Duration::from_nanos(cost.total),
                own: Duration::from_nanos(cost.own),
                p50: cost.quantile(50),
                p99: cost.quantile(99),
            })
        };
        let mut list: Vec<_> =
            self.by_callsite.iter().enumerate().filter(|(_, cost)| cost.calls > 0).filter_map(cost).collect();
        list.sort_by(|a, b| b.own.cmp(&a.own).then_with(|| a.callsite.name().cmp(b.callsite.name())));
        list
    }
}

impl Cost {
    fn add(&mut self, nanos: u64, own: u64, failed: bool) {
        self.calls += 1;
        self.errors += u64::from(failed);
        self.total += nanos;
        self.own += own;
        let bucket = bucket(nanos);
        if self.times.len() <= bucket {
            self.times.resize(bucket + 1, 0);
        }
        self.times[bucket] = self.times[bucket].saturating_add(1);
    }

    fn quantile(&self, percent: u64) -> Duration {
        let all: u64 = self.times.iter().map(|calls| u64::from(*calls)).sum();
        let mut rest = (all * percent).div_ceil(100);
        let at = self.times.iter().position(|calls| {
            let is_here = rest <= u64::from(*calls);
            rest = rest.saturating_sub(u64::from(*calls));
            is_here
        });
        Duration::from_nanos(most(at.unwrap_or_default()))
    }
}

/// Nanoseconds below 16 each have a bucket, then each octave has 16.
fn bucket(nanos: u64) -> usize {
    if nanos < PARTS as u64 {
        return nanos as usize;
    }
    let octave = nanos.ilog2() as usize - 4;
    (octave + 1) * PARTS + (nanos >> octave) as usize % PARTS
}

/// The most nanoseconds that are in the bucket.
fn most(bucket: usize) -> u64 {
    if bucket < PARTS {
        return bucket as u64;
    }
    let octave = bucket / PARTS - 1;
    (((PARTS + bucket % PARTS + 1) as u128) << octave).saturating_sub(1) as u64
}

/// One line a function, for people. `missed`: calls that are in none.
pub(crate) fn table(costs: &[FunctionCost], missed: u64) -> String {
    let mut text =
        format!("{:>10} {:>8} {:>9} {:>9} {:>9} {:>9}  function\n", "calls", "errors", "total", "self", "p50", "p99");
    for cost in costs {
        let name = if cost.callsite.name().is_empty() { cost.callsite.scope_name() } else { cost.callsite.name() };
        let [total, own, p50, p99] =
            [cost.total, cost.own, cost.p50, cost.p99].map(|time| duration(time.as_nanos() as u64));
        let _ = writeln!(
            text,
            "{:>10} {:>8} {total:>9} {own:>9} {p50:>9} {p99:>9}  {}",
            cost.calls,
            cost.errors,
            terminal::plain(name, 120)
        );
    }
    if missed > 0 {
        let _ = writeln!(text, "{missed:>10} more calls were not counted: they ended faster than could be read");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_order_and_no_wider_than_they_say() {
        let mut last = 0;
        for nanos in
            (0..100_000).chain((17..64).flat_map(|bit| [(1u64 << bit) - 1, 1 << bit, (1 << bit) + 1])).chain([u64::MAX])
        {
            let at = bucket(nanos);
            assert!(at >= last || nanos < 1 << 18, "{nanos}");
            assert!(most(at) >= nanos && most(at) - nanos <= nanos / 16, "{nanos} in a bucket up to {}", most(at));
            last = at;
        }
    }
}
