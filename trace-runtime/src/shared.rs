//! What the threads of one process share, and what a fork makes new.
//!
//! All state behind a lock is in [`Shared`], one for each generation of the process: a forked child
//! counts its generation up and so begins with unlocked locks and empty buffers, whatever other
//! threads of the parent held at the fork.

use crate::chunk::Buffers;
use crate::drain::DrainState;
use crate::slot::{self, Slot};
use crate::table::Table;
use crate::{sys, thread};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock};

static GENERATIONS: Table<Shared> = Table::new();
static GENERATION: AtomicU32 = AtomicU32::new(0);

#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) buffers: Buffers,
    pub(crate) drain: Mutex<DrainState>,
    pub(crate) free_slots: Mutex<Vec<&'static Slot>>,
    #[cfg(feature = "otel")]
    pub(crate) places: crate::otel::Places,
    #[cfg(feature = "otel")]
    pub(crate) scopes: crate::otel::Scopes,
}

pub(crate) fn shared() -> &'static Shared {
    GENERATIONS.get(generation())
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
    GENERATION.fetch_add(1, Relaxed);
    slot::abandon_all();
    thread::forget_buffers();
    #[cfg(feature = "otel")]
    crate::otel::forget_places();
}
