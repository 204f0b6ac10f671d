//! What the spans of a local trace share and the plain case does not have: `tracestate` and baggage.
//!
//! Block 0 is the plain case. Other blocks are counted: open spans, snapshots and unread records
//! each hold one, and the last to let go frees the block for reuse.

use crate::propagation::Baggage;
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
    carried: Mutex<Carried>,
}

#[derive(Default)]
struct Carried {
    trace_state: Option<Arc<str>>,
    baggage: Baggage,
}

/// In a forked child a thread of the parent may have held the lock at the fork, and then holds it for ever: after some
/// tries the block counts as empty.
fn carried(block: &Block) -> Option<MutexGuard<'_, Carried>> {
    if generation() == 0 {
        return Some(lock(&block.carried));
    }
    (0..FORKED_TRIES).find_map(|_| {
        std::thread::yield_now();
        block.carried.try_lock().ok()
    })
}

/// The lock is held for a copy of a pointer.
const FORKED_TRIES: u32 = 1000;

/// A block with these, held once; 0 if there is neither.
pub(crate) fn new(trace_state: &str, baggage: Baggage) -> u32 {
    if trace_state.is_empty() && baggage.is_empty() {
        return 0;
    }
    // `try_lock`: in a forked child another thread of the parent may hold it for ever.
    let reused = FREE.try_lock().ok().and_then(|mut free| free.pop());
    let index = reused.unwrap_or_else(|| NEXT.fetch_add(1, Relaxed));
    let block = BLOCKS.get(index);
    if let Some(mut carried) = carried(block) {
        let trace_state = (!trace_state.is_empty()).then(|| Arc::from(trace_state));
        *carried = Carried { trace_state, baggage };
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
        if let Some(mut carried) = carried(block) {
            *carried = Carried::default();
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
    carried(BLOCKS.get(index))?.trace_state.clone()
}

pub(crate) fn baggage(index: u32) -> Baggage {
    if index == 0 {
        return Baggage::default();
    }
    carried(BLOCKS.get(index)).map(|carried| carried.baggage.clone()).unwrap_or_default()
}
