//! What the spans of a local trace share and the plain case does not have: the `tracestate`.
//!
//! Block 0 is the plain case. Other blocks are counted: open spans, snapshots and unread records
//! each hold one, and the last to let go frees the block for reuse.

use crate::shared::generation;
use crate::slot::lock;
use crate::table::Table;
use std::sync::atomic::{AtomicU32, Ordering::AcqRel, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};

static BLOCKS: Table<Block> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(1);
static FREE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Block {
    holders: AtomicU32,
    trace_state: Mutex<Option<Arc<str>>>,
}

/// In a forked child a thread of the parent may have held the lock at the fork, and then holds it for ever: after some
/// tries the block counts as having no `tracestate`.
fn state(block: &Block) -> Option<MutexGuard<'_, Option<Arc<str>>>> {
    if generation() == 0 {
        return Some(lock(&block.trace_state));
    }
    (0..FORKED_TRIES).find_map(|_| {
        std::thread::yield_now();
        block.trace_state.try_lock().ok()
    })
}

/// The lock is held for a copy of a pointer.
const FORKED_TRIES: u32 = 1000;

/// A block with this `tracestate`, held once; 0 if there is none.
pub(crate) fn new(trace_state: &str) -> u32 {
    if trace_state.is_empty() {
        return 0;
    }
    // `try_lock`: in a forked child another thread of the parent may hold it for ever.
    let reused = FREE.try_lock().ok().and_then(|mut free| free.pop());
    let index = reused.unwrap_or_else(|| NEXT.fetch_add(1, Relaxed));
    let block = BLOCKS.get(index);
    if let Some(mut state) = state(block) {
        *state = Some(Arc::from(trace_state));
    }
    block.holders.store(1, Relaxed);
    index
}

#[inline]
pub(crate) fn hold(index: u32) {
    if index != 0 {
        BLOCKS.get(index).holders.fetch_add(1, Relaxed);
    }
}

#[inline]
pub(crate) fn let_go(index: u32) {
    if index != 0 {
        let_go_counted(index);
    }
}

#[cold]
fn let_go_counted(index: u32) {
    let block = BLOCKS.get(index);
    if block.holders.fetch_sub(1, AcqRel) == 1 {
        if let Some(mut state) = state(block) {
            *state = None;
        }
        if let Ok(mut free) = FREE.try_lock() {
            free.push(index);
        }
    }
}

pub(crate) fn trace_state(index: u32) -> Option<Arc<str>> {
    if index == 0 {
        return None;
    }
    state(BLOCKS.get(index))?.clone()
}
