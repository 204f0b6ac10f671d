//! What the spans of a local trace share and the plain case does not have: the `tracestate`.
//!
//! Block 0 is the plain case. Other blocks are counted: open spans, snapshots and unread records
//! each hold one, and the last to let go frees the block for reuse.

use crate::slot::lock;
use crate::table::Table;
use std::sync::atomic::{AtomicU32, Ordering::AcqRel, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

static BLOCKS: Table<Block> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(1);
static FREE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

#[derive(Default)]
struct Block {
    holders: AtomicU32,
    trace_state: Mutex<Option<Arc<str>>>,
}

/// A block with this `tracestate`, held once; 0 if there is none.
pub(crate) fn new(trace_state: &str) -> u32 {
    if trace_state.is_empty() {
        return 0;
    }
    // `try_lock`: in a forked child another thread of the parent may hold it for ever.
    let reused = FREE.try_lock().ok().and_then(|mut free| free.pop());
    let index = reused.unwrap_or_else(|| NEXT.fetch_add(1, Relaxed));
    let block = BLOCKS.get(index);
    *lock(&block.trace_state) = Some(Arc::from(trace_state));
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
        *lock(&block.trace_state) = None;
        if let Ok(mut free) = FREE.try_lock() {
            free.push(index);
        }
    }
}

pub(crate) fn trace_state(index: u32) -> Option<Arc<str>> {
    if index == 0 {
        return None;
    }
    lock(&BLOCKS.get(index).trace_state).clone()
}
