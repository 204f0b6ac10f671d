//! Calls of futures and the like that are not sampled, but counted.

use crate::callsite::Callsite;
use crate::counted::Call;
use crate::otel::{Entry, Kept};
use crate::snapshot::Snapshot;
use crate::span::{Started, end_started};
use crate::thread::{self, Restore};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Such a call.
pub(super) struct Counted {
    call: Call,
    /// Ticks of counted calls inside of it, as far as they are not in [`Thread::inside`](crate::thread::Thread).
    inside: u64,
    /// While something runs in it: the ticks of those inside of what it was called from.
    outer: Option<u64>,
    failed: AtomicBool,
    /// The thread was unwinding already when it started.
    unwinding: bool,
    ended: bool,
    /// The unsampled span that began with it, if it is not below one.
    own: Option<Box<(Started, Kept)>>,
}

impl Counted {
    #[inline(never)]
    pub(super) fn new(callsite: &'static Callsite, tracer: u32, own: Option<Started>) -> Self {
        Self {
            call: Call::begin(callsite.id(), tracer),
            inside: 0,
            outer: None,
            failed: AtomicBool::new(false),
            unwinding: std::thread::panicking(),
            ended: false,
            own: own.map(|started| Box::new((started, Kept::NONE))),
        }
    }

    fn own(&self) -> Option<&(Started, Kept)> {
        self.own.as_deref().filter(|_| !self.ended)
    }

    #[inline(never)]
    pub(super) fn enter(&self) -> Option<Restore> {
        self.own().map(|(started, _)| thread::replace_current(&started.trace, &started.span, Entry::Again(None)))
    }

    #[inline(never)]
    pub(super) fn enter_poll(&self) -> Option<Restore> {
        self.own().map(|(started, kept)| thread::poll_under(&started.trace, &started.span, kept))
    }

    #[inline(never)]
    pub(super) fn keep(&mut self, entry: u32) {
        if let Some(own) = &mut self.own {
            own.1.keep(entry);
        }
    }

    #[inline(never)]
    pub(super) fn snapshot(&self) -> Option<Snapshot> {
        self.own().map(|(started, _)| Snapshot::of_started(started))
    }

    /// What is called from now on is inside of it.
    #[inline(never)]
    pub(super) fn begin_inside(&mut self) {
        if !self.ended {
            self.outer = Some(thread::with(|thread| thread.inside.replace(self.inside)));
        }
    }

    #[inline(never)]
    pub(super) fn end_inside(&mut self) {
        if let Some(outer) = self.outer.take() {
            self.inside = thread::with(|thread| thread.inside.replace(outer));
        }
    }

    pub(super) fn note_failure(&self) {
        self.failed.store(true, Relaxed);
    }

    #[inline(never)]
    pub(super) fn finish(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.end_inside();
        let failed = *self.failed.get_mut();
        thread::with(|thread| {
            let inside_of_caller = thread.inside.replace(self.inside);
            self.call.end(thread, inside_of_caller, failed);
        });
        if let Some(own) = &mut self.own {
            let (started, kept) = &mut **own;
            kept.end(started);
            end_started(started);
        }
    }

    pub(super) fn expect_panics(&mut self) {
        self.unwinding = false;
    }

    /// Dropped without an end: cancelled, or ended by a panic.
    #[inline(never)]
    pub(super) fn dropped(&mut self) {
        if std::thread::panicking() && !self.unwinding {
            self.note_failure();
        }
        self.finish();
    }
}
