//! Time: raw ticks on the hot path, nanoseconds since the Unix epoch when a record is read.
//!
//! The hot path stores whatever [`now`] returns. Each drain pairs ticks with the monotonic clock
//! ([`Timeline::anchor`]) and converts only ticks that lie before that pair, so a tick has one
//! meaning for ever and order is kept. The wall clock's offset is fixed per local root (its *wall
//! epoch*), so that a step of the wall clock never bends a trace.

use crate::sys;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

static USE_TICKS: AtomicBool = AtomicBool::new(false);
static WALL_EPOCH: AtomicU16 = AtomicU16::new(0);

/// How often the wall clock's offset is read again.
const WALL_CHECK_NS: u64 = 60_000_000_000;
/// A change of the offset below this is reading noise, not a step.
const WALL_STEP_NS: u64 = 100_000;
/// How often the clocks are read for a pair: the readings that lie closest together count. Between two of them the thread may have to
/// wait for its processor, and with few anchors that error grows with the distance.
const PAIRINGS: usize = 4;
/// Bits of a tick's length behind the point: over an hour they add up to some nanoseconds.
const RATE_BITS: u32 = 40;
/// Anchors kept; beyond it every second one of the older half goes.
const ANCHORS: usize = 4096;

fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Chooses the source of ticks. Called before the first span of the process can be recorded.
pub(crate) fn choose() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        origin();
        USE_TICKS.store(sys::ticks_usable(), Relaxed);
    });
}

/// The present, in ticks.
#[inline(always)]
pub(crate) fn now() -> u64 {
    if USE_TICKS.load(Relaxed) { sys::ticks() } else { monotonic() }
}

/// Nanoseconds of the monotonic clock since the first call.
#[inline(never)]
fn monotonic() -> u64 {
    origin().elapsed().as_nanos() as u64
}

/// The wall epoch that a local root starting now belongs to.
#[inline]
pub(crate) fn wall_epoch() -> u16 {
    WALL_EPOCH.load(Relaxed)
}

/// Two clocks at one moment: the first is read before and after the second.
fn paired(clock: impl Fn() -> u64, other: impl Fn() -> u64) -> (u64, u64) {
    let read = |_| {
        let (before, there, after) = (clock(), other(), clock());
        (after.saturating_sub(before), before.midpoint(after), there)
    };
    let (_, here, there) = (0..PAIRINGS).map(read).min().unwrap_or_default();
    (here, there)
}

/// Nanoseconds from the Unix epoch to the origin of the monotonic clock, as of now.
fn wall_offset() -> u64 {
    let wall = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos() as u64;
    let (monotonic, wall) = paired(monotonic, wall);
    wall.saturating_sub(monotonic)
}

/// Turns ticks into time. One a process, behind the drain's lock.
pub(crate) struct Timeline {
    /// (ticks, monotonic ns), ascending in both.
    anchors: Vec<(u64, u64)>,
    /// Nanoseconds a tick between the last two, which is where nearly all lie; with [`RATE_BITS`] bits of fraction.
    last_rate: u64,
    /// Offset by wall epoch; the first entry belongs to epoch `first_epoch`.
    walls: Vec<u64>,
    first_epoch: u16,
    wall_checked: u64,
}

impl Default for Timeline {
    fn default() -> Self {
        let mut line = Self {
            anchors: Vec::new(),
            last_rate: 0,
            walls: vec![wall_offset()],
            first_epoch: wall_epoch(),
            wall_checked: monotonic(),
        };
        line.push();
        line
    }
}

impl Timeline {
    fn push(&mut self) {
        let (ticks, ns) = paired(now, monotonic);
        let newer = self.anchors.last().is_none_or(|last| ticks > last.0 && ns >= last.1);
        if newer {
            self.anchors.push((ticks, ns));
        }
        if self.anchors.len() > ANCHORS {
            let mut nth = 0;
            self.anchors.retain(|_| {
                nth += 1;
                nth > ANCHORS / 2 || nth % 2 == 1
            });
        }
        if let [.., from, to] = self.anchors[..] {
            self.last_rate = rate(from, to);
        }
    }

    /// Pairs the clocks. Ticks read before this call can be converted after it.
    pub(crate) fn anchor(&mut self) {
        self.push();
        let now = monotonic();
        if now.saturating_sub(self.wall_checked) > WALL_CHECK_NS {
            self.wall_checked = now;
            let offset = wall_offset();
            if self.walls.last().is_none_or(|last| last.abs_diff(offset) > WALL_STEP_NS) {
                self.walls.push(offset);
                WALL_EPOCH.store(self.first_epoch.wrapping_add(self.walls.len() as u16 - 1), Relaxed);
            }
        }
    }

    /// Nanoseconds since the Unix epoch, in the wall epoch of the span's local root.
    #[inline]
    pub(crate) fn unix_nanos(&self, ticks: u64, epoch: u16) -> u64 {
        let nth = usize::from(epoch.wrapping_sub(self.first_epoch)).min(self.walls.len() - 1);
        self.walls[nth].saturating_add_signed(self.monotonic_of(ticks))
    }

    /// The same for the start and the end of a span.
    #[inline]
    pub(crate) fn span_nanos(&self, start: u64, end: u64, epoch: u16) -> (u64, u64) {
        let nth = usize::from(epoch.wrapping_sub(self.first_epoch)).min(self.walls.len() - 1);
        let wall = self.walls[nth];
        let (start, end) = match self.anchors[..] {
            [.., from, _] if start >= from.0 => (self.behind(from, start), self.behind(from, end)),
            _ => (self.monotonic_of(start), self.monotonic_of(end)),
        };
        let start = wall.wrapping_add_signed(start);
        (start, wall.wrapping_add_signed(end).max(start))
    }

    /// The time of ticks behind the last anchor but one.
    #[inline(always)]
    fn behind(&self, from: (u64, u64), ticks: u64) -> i64 {
        from.1.wrapping_add(nanos(ticks.wrapping_sub(from.0), self.last_rate)) as i64
    }

    /// Nanoseconds a tick, as of all that was seen so far.
    pub(crate) fn nanos_a_tick(&self) -> f64 {
        match self.anchors[..] {
            [first, .., last] => slope(first, last),
            _ => 1.0,
        }
    }

    /// Interpolates between the two anchors around `ticks`; before the first, on their line.
    #[inline]
    fn monotonic_of(&self, ticks: u64) -> i64 {
        let last = self.anchors.len() - 1;
        if last == 0 {
            return self.anchors[0].1 as i64;
        }
        let from = self.anchors[last - 1];
        if ticks >= from.0 {
            return self.behind(from, ticks);
        }
        let right = self.anchors.partition_point(|anchor| anchor.0 < ticks).max(1);
        let (from, to) = (self.anchors[right - 1], self.anchors[right]);
        let rate = rate(from, to);
        // The same line, so that a tick means the same however many anchors have come since.
        match ticks.checked_sub(from.0) {
            Some(later) => from.1.saturating_add(nanos(later, rate)) as i64,
            None => (from.1 as i64).saturating_sub(nanos(from.0 - ticks, rate) as i64),
        }
    }

    /// What makes times of ticks after the process is gone: the first anchor, the last one, the newest offsets.
    pub(crate) fn save(&self) -> [u64; SAVED] {
        let walls = &self.walls[self.walls.len().saturating_sub(SAVED_WALLS)..];
        let first_epoch = self.first_epoch.wrapping_add((self.walls.len() - walls.len()) as u16);
        let (first, last) = (self.anchors[0], self.anchors[self.anchors.len() - 1]);
        let mut words = [0; SAVED];
        words[..5].copy_from_slice(&[
            first.0,
            first.1,
            last.0,
            last.1,
            u64::from(first_epoch) << 32 | walls.len() as u64,
        ]);
        words[5..5 + walls.len()].copy_from_slice(walls);
        words
    }

    /// The same again. `None`: that is not what was saved.
    pub(crate) fn restore(words: &[u64]) -> Option<Self> {
        let words: &[u64; SAVED] = words.try_into().ok()?;
        let [first, last] = [(words[0], words[1]), (words[2], words[3])];
        let walls = words[5..].get(..words[4] as u32 as usize).filter(|walls| !walls.is_empty())?.to_vec();
        let anchors = if first == last { vec![first] } else { vec![first, last] };
        let ascends = last.0 > first.0 && last.1 >= first.1;
        let last_rate = if ascends { rate(first, last) } else { 0 };
        let first_epoch = (words[4] >> 32) as u16;
        (anchors.len() == 1 || ascends).then_some(Self { anchors, last_rate, walls, first_epoch, wall_checked: 0 })
    }

    /// Ticks of the last anchor.
    pub(crate) fn latest(&self) -> u64 {
        self.anchors.last().map_or(0, |last| last.0)
    }

    /// Whether these ticks can be of the time that the anchors are of.
    pub(crate) fn may_be(&self, ticks: u64) -> bool {
        let ([first, .., last], nanos_a_tick) = (&self.anchors[..], self.nanos_a_tick()) else { return true };
        let life = (last.1 - first.1) as f64;
        let nanos_of = |ticks: u64| ticks as f64 * nanos_a_tick;
        if ticks > last.0 { nanos_of(ticks - last.0) < DAY } else { nanos_of(last.0 - ticks) <= life + DAY }
    }
}

/// Words of a saved timeline, and offsets of the wall clock among them.
const SAVED: usize = 5 + SAVED_WALLS;
const SAVED_WALLS: usize = 8;
/// In nanoseconds.
const DAY: f64 = 24.0 * 3600.0 * 1e9;

/// So many ticks at that rate.
#[inline(always)]
fn nanos(ticks: u64, rate: u64) -> u64 {
    ((u128::from(ticks) * u128::from(rate)) >> RATE_BITS) as u64
}

/// Nanoseconds a tick, as a whole number; see [`RATE_BITS`].
fn rate(from: (u64, u64), to: (u64, u64)) -> u64 {
    (slope(from, to) * (1u64 << RATE_BITS) as f64) as u64
}

fn slope(from: (u64, u64), to: (u64, u64)) -> f64 {
    (to.1 - from.1) as f64 / (to.0 - from.0) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(anchors: &[(u64, u64)]) -> Timeline {
        let last_rate = rate(anchors[anchors.len() - 2], anchors[anchors.len() - 1]);
        Timeline { anchors: anchors.to_vec(), last_rate, walls: vec![1_000_000, 500], first_epoch: 7, wall_checked: 0 }
    }

    #[test]
    fn ticks_between_anchors_are_interpolated_and_keep_their_order() {
        let line = line(&[(100, 0), (200, 1000), (300, 1100)]);
        let at: Vec<u64> = [50, 100, 150, 200, 250, 300].map(|t| line.unix_nanos(t, 7)).to_vec();
        assert_eq!(at, [999_500, 1_000_000, 1_000_500, 1_001_000, 1_001_050, 1_001_100]);
    }

    #[test]
    fn a_reading_that_had_to_wait_makes_no_pair() {
        // The second clock is late the first time, as where the thread lost its processor between the two.
        let (time, waits) = (std::cell::Cell::new(0), std::cell::Cell::new(1_000_000));
        let clock = || time.replace(time.get() + 10);
        let other = || time.replace(time.get() + 10 + waits.take());
        let (here, there) = paired(clock, other);
        assert!(here.abs_diff(there) <= 10, "{here} {there}");
        assert!(there > 1_000_000, "of a later try");
    }

    #[test]
    fn a_step_of_the_wall_clock_applies_to_later_local_roots_only() {
        let line = line(&[(100, 0), (200, 1000)]);
        assert_eq!(line.unix_nanos(150, 7), 1_000_500);
        assert_eq!(line.unix_nanos(150, 8), 1_000);
    }

    #[test]
    fn a_saved_timeline_says_the_same_and_nonsense_is_none() {
        let line = line(&[(100, 0), (200, 1000)]);
        let saved = line.save();
        let again = Timeline::restore(&saved).expect("was saved just now");
        for (ticks, epoch) in [(100, 7), (150, 8), (250, 7)] {
            assert_eq!(again.unix_nanos(ticks, epoch), line.unix_nanos(ticks, epoch));
        }
        assert!(again.may_be(150) && !again.may_be(u64::MAX / 2));
        assert!(Timeline::restore(&saved[1..]).is_none());
        assert!(Timeline::restore(&[u64::MAX; SAVED]).is_none());
        assert!(Timeline::restore(&[0; SAVED]).is_none(), "no offset");
    }

    #[test]
    fn a_new_anchor_leaves_the_meaning_of_older_ticks_alone() {
        choose();
        let mut line = Timeline::default();
        let ticks: Vec<u64> = (0..100).map(|_| now()).collect();
        line.anchor();
        let before: Vec<u64> = ticks.iter().map(|t| line.unix_nanos(*t, wall_epoch())).collect();
        line.anchor();
        let after: Vec<u64> = ticks.iter().map(|t| line.unix_nanos(*t, wall_epoch())).collect();
        assert_eq!(before, after);
        assert!(before.is_sorted());
    }
}
