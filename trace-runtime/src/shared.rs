//! What the threads of one process share, and what a fork makes new.
//!
//! All state behind a lock is in [`Shared`], one for each generation of the process: a forked child
//! counts its generation up and so begins with unlocked locks and empty buffers, whatever other
//! threads of the parent held at the fork.

use crate::chunk::Buffers;
use crate::ctx::TraceCtx;
use crate::drain::DrainState;
use crate::free_slots::FreeSlots;
use crate::id::{SpanId, TraceId};
use crate::slot::{self, lock};
use crate::table::Table;
use crate::tracer::Tracer;
use crate::{crash, sys, thread};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

static GENERATIONS: Table<Shared> = Table::new();
static GENERATION: AtomicU32 = AtomicU32::new(0);

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) buffers: Buffers,
    pub(crate) drain: Mutex<DrainState>,
    pub(crate) free_slots: Mutex<FreeSlots>,
    /// The tracer that finishes, plus 1; else 0.
    pub(crate) finishing: AtomicU64,
    /// Its spans that found no room meanwhile: tracer, span.
    pub(crate) lost: Mutex<Vec<(u32, u64)>>,
    /// Local traces that the program wants kept: tracer, trace, local root.
    kept: Mutex<Vec<(u32, [u64; 2], u64)>>,
    #[cfg(feature = "otel")]
    pub(crate) places: crate::otel::Places,
    #[cfg(feature = "otel")]
    pub(crate) scopes: crate::otel::Scopes,
}

pub(crate) fn shared() -> &'static Shared {
    GENERATIONS.get(generation())
}

/// Requests of which nobody has asked yet; beyond it the oldest go.
const KEPT_MAX: usize = 100_000;

/// The program wants this local trace kept.
#[cold]
pub(crate) fn force_keep(trace: &TraceCtx) {
    let mut kept = lock(&shared().kept);
    let wanted = (trace.tracer(), trace.id, trace.local_root);
    if kept.last() == Some(&wanted) {
        return;
    }
    if kept.len() == KEPT_MAX {
        kept.remove(0);
    }
    kept.push(wanted);
}

/// The local traces of `tracer` for which [`CurrentSpan::force_keep`](crate::CurrentSpan::force_keep) was called since this was: each by
/// trace and local root.
pub fn take_kept(tracer: &Tracer) -> Vec<(TraceId, SpanId)> {
    let mut kept = lock(&shared().kept);
    let (ours, others) = std::mem::take(&mut *kept).into_iter().partition(|(of, ..)| *of == tracer.id());
    *kept = others;
    let ids = |(_, [high, low], root): (u32, [u64; 2], u64)| {
        (TraceId::from_u128(u128::from(high) << 64 | u128::from(low)), SpanId::from_u64(root))
    };
    let ours: Vec<_> = ours;
    ours.into_iter().map(ids).collect()
}

/// How many forks lie between this process and the one that was executed.
pub fn generation() -> u32 {
    GENERATION.load(Relaxed)
}

/// Registers the fork handler, once.
pub(crate) fn watch_forks() {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| sys::on_fork(in_child));
}

extern "C" fn in_child() {
    // First: what comes next looks at slots.
    crash::forked();
    GENERATION.fetch_add(1, Relaxed);
    slot::abandon_all();
    thread::forget_buffers();
    #[cfg(feature = "otel")]
    crate::otel::forget_places();
}
