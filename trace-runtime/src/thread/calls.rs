//! Records of calls without a span.

use super::{Begun, Thread};
use crate::chunk;
use crate::layout::{CALL, CALL_FAILED};
use crate::tracer::{self, Tracer};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

impl Thread {
    /// Writes the record of a call that took so many ticks, and without counted calls inside of it so many.
    #[inline]
    pub(crate) fn record_call(&self, tracer: u32, callsite: u32, ticks: u64, own: u64, failed: bool) {
        let failed = if failed { CALL_FAILED } else { 0 };
        // As signed numbers, which processors know.
        let [all, own] = [ticks, own].map(|ticks| u64::from((ticks as i64 as f32).to_bits()));
        let words = [CALL as u64 | failed | u64::from(callsite) << 32, all | own << 32];
        if !self.write_call(tracer, words) {
            self.write_call_to_new_chunk(tracer, words);
        }
    }

    #[inline(always)]
    fn write_call(&self, tracer: u32, words: [u64; CALL]) -> bool {
        let Some(chunk) = self.chunk.get().filter(|chunk| self.chunk_tracer.get() == tracer && !chunk.is_closed())
        else {
            return false;
        };
        let end = self.at.get() + CALL;
        let Some(to) = chunk.words().get(self.at.get()..end) else { return false };
        store(to, words);
        self.at.set(end);
        chunk.publish(end, self.records.get());
        true
    }

    #[cold]
    #[inline(never)]
    fn write_call_to_new_chunk(&self, tracer: u32, words: [u64; CALL]) {
        if chunk::is_for_spans() {
            // Once it is read, what the thread has is free for anybody.
            self.leave_chunk();
            tracer::get(tracer).into_iter().for_each(Tracer::count_missed_call);
            return;
        }
        if self.begin_chunk(tracer, CALL, 0, |to| store(to, words)) == Begun::Full {
            tracer::get(tracer).into_iter().for_each(Tracer::count_missed_call);
        }
        if self.ending.get() {
            self.leave_chunk();
        }
    }
}

#[inline(always)]
fn store(to: &[AtomicU64], words: [u64; CALL]) {
    for (place, word) in to.iter().zip(words) {
        place.store(word, Relaxed);
    }
}
