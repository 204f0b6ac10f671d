//! Turning traced functions on and off while the program runs.
//!
//! Each callsite has a switch, which is all that a call looks at. It is on if some tracer records, tracing is
//! [enabled](set_enabled), and the [filter](set_filter) allows it. A call to a function that is off costs what it costs without a
//! tracer; spans that are open go on, and what is called below belongs to the span above.
//!
//! To leave out what one thread or task does, see [`untraced`] and [`TraceFuture::untraced`](crate::TraceFuture::untraced).

use crate::callsite::{self, Callsite};
use crate::ctx::{MUTED, SpanCtx, TraceCtx, VALID};
use crate::export::COMPILED_OUT;
pub use crate::filter::{Filter, FilterError};
use crate::otel::Entry;
use crate::snapshot::Snapshot;
use crate::table::Table;
use crate::thread::{self, Restore};
use crate::tracer;
use std::marker::PhantomData;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst, fence};

static ENABLED: AtomicBool = AtomicBool::new(true);
/// Every filter there was. No lock: a forked child would wait for a thread that it does not have.
static FILTERS: Table<OnceLock<Filter>> = Table::new();
/// The number of filters, and which of them counts; 0 is none, and others are one more than their place.
static LISTED: AtomicU32 = AtomicU32::new(0);
static FILTER: AtomicU32 = AtomicU32::new(0);
/// Counts the changes of all that a switch depends on.
static CHANGES: AtomicU32 = AtomicU32::new(0);

/// Turns tracing on or off for the whole program, at once. It is on at the start; without a tracer that makes no difference.
///
/// Cost: a few nanoseconds for each callsite reached so far.
///
/// ```
/// trace_runtime::control::set_enabled(false);
/// assert!(!trace_runtime::control::is_enabled());
/// # trace_runtime::control::set_enabled(true);
/// ```
pub fn set_enabled(on: bool) {
    ENABLED.store(on, SeqCst);
    changed();
}

/// What [`set_enabled`] said last.
pub fn is_enabled() -> bool {
    ENABLED.load(SeqCst)
}

/// Switches callsites on and off by a [`Filter`], in place of the one before, at once.
///
/// Each different filter is kept for the life of the process. Cost: a microsecond or so for each callsite reached so far, in this call;
/// later calls of traced functions cost the same as before.
pub fn set_filter(filter: Filter) {
    let listed = LISTED.load(SeqCst);
    let known = (0..listed).find(|nth| FILTERS.get(*nth).get() == Some(&filter));
    let nth = known.unwrap_or_else(|| {
        let nth = LISTED.fetch_add(1, SeqCst);
        let _ = FILTERS.get(nth).set(filter);
        nth
    });
    FILTER.store(nth + 1, SeqCst);
    changed();
}

fn filter() -> Option<&'static Filter> {
    FILTERS.get(FILTER.load(SeqCst).checked_sub(1)?).get()
}

/// Something that switches depend on has changed.
pub(crate) fn changed() {
    CHANGES.fetch_add(1, SeqCst);
    // Who is not listed yet sees this change when its turn comes.
    fence(SeqCst);
    callsite::each(settle);
}

/// Sets the switch of a callsite that is listed already.
pub(crate) fn settle(callsite: &'static Callsite) -> bool {
    loop {
        let before = CHANGES.load(SeqCst);
        let wanted = tracer::any() && is_enabled() && filter().is_none_or(|filter| filter.allows(callsite));
        callsite.set(wanted);
        // Who changed something meanwhile may have set the switch before this did.
        if CHANGES.load(SeqCst) == before {
            return wanted;
        }
    }
}

/// A callsite that was reached, as it is now.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallsiteState {
    /// Which one.
    pub callsite: &'static Callsite,
    /// Whether calls make spans, or would if they were sampled.
    pub is_on: bool,
    /// Spans that ended and were collected so far.
    pub spans: u64,
    /// Of those, spans whose status is Error.
    pub errors: u64,
}

/// The callsites that were reached so far, in the order in which they were.
///
/// ```
/// use trace_runtime::{control, trace};
/// #[trace]
/// fn work() {}
/// work();
/// let state = control::callsites().find(|state| state.callsite.name().ends_with("work")).unwrap();
/// assert!(!state.is_on, "no tracer is there");
/// ```
pub fn callsites() -> impl Iterator<Item = CallsiteState> {
    callsite::reached().map(|(callsite, counts)| CallsiteState {
        callsite,
        is_on: callsite.is_set(),
        spans: counts.spans(),
        errors: counts.errors(),
    })
}

/// Nothing is traced on this thread until the result is dropped: neither traced functions nor what reaches us through the
/// OpenTelemetry API. May be nested, and ends with a panic that unwinds through it; as with
/// spans, one that is dropped before those inside of it ends these, too. Other threads and tasks are not concerned, unless
/// they are given a [`Snapshot`] that was taken here. A traced call costs here what one costs that is not sampled, a few nanoseconds.
///
/// ```
/// use trace_runtime::{capture::Capture, control::untraced, trace};
/// #[trace]
/// fn work() {}
///
/// let spans = Capture::start();
/// {
///     let _untraced = untraced();
///     work();
/// }
/// spans.assert_count(0);
/// ```
pub fn untraced() -> Untraced {
    let restore = (!COMPILED_OUT).then(|| thread::replace_current(&muted(), &SpanCtx::NONE, Entry::Shared));
    Untraced { _restore: restore, _thread: PhantomData }
}

/// What is current where nothing is traced. The tracer stays, so that nothing goes to another one.
fn muted() -> TraceCtx {
    let tracer = thread::with(|thread| thread.trace.get().tracer());
    TraceCtx::of_tracer(tracer).with_flags(VALID | MUTED)
}

/// A place where nothing is traced.
pub(crate) fn untraced_place() -> Snapshot {
    Snapshot { trace: muted(), span: SpanCtx::NONE }
}

/// Nothing is traced on this thread until this is dropped; see [`untraced`].
#[must_use = "nothing is traced until this is dropped"]
pub struct Untraced {
    _restore: Option<Restore>,
    _thread: PhantomData<*const ()>,
}

impl std::fmt::Debug for Untraced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Untraced")
    }
}
