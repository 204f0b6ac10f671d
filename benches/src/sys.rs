//! The only unsafe code of this crate: an allocator that counts.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The system's allocator. Counts what is asked of it while [`counted`] runs; at other times that costs one relaxed load a call,
/// so that what is timed is not slowed down.
pub struct Counting;

/// What was asked of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allocations {
    /// Calls of `alloc` and `realloc`.
    pub calls: u64,
    /// Bytes they asked for.
    pub bytes: u64,
}

static ON: AtomicBool = AtomicBool::new(false);
static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static HERE: Cell<Allocations> = const { Cell::new(Allocations { calls: 0, bytes: 0 }) };
}

fn note(bytes: usize) {
    if ON.load(Relaxed) {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(bytes as u64, Relaxed);
        // A thread that ends frees, and may allocate, after its thread-locals are gone.
        let _ = HERE.try_with(|here| {
            let Allocations { calls, bytes: before } = here.get();
            here.set(Allocations { calls: calls + 1, bytes: before + bytes as u64 });
        });
    }
}

// SAFETY: every call goes to the system's allocator as it came; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: as the caller promised.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: as the caller promised.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(at, layout) }
    }
}

/// What was allocated while `work` ran: on this thread, and in the whole process. Zero where [`Counting`] is not the global allocator.
pub fn counted(work: impl FnOnce()) -> (Allocations, Allocations) {
    let process = || Allocations { calls: CALLS.load(Relaxed), bytes: BYTES.load(Relaxed) };
    let since = |now: Allocations, before: Allocations| Allocations {
        calls: now.calls - before.calls,
        bytes: now.bytes - before.bytes,
    };
    let (here, all) = (HERE.get(), process());
    ON.store(true, Relaxed);
    work();
    ON.store(false, Relaxed);
    (since(HERE.get(), here), since(process(), all))
}
