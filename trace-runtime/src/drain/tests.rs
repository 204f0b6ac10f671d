use super::*;
use crate::chunk::LARGEST;
use crate::thread::{self, Thread};
use crate::tracer::TracerConfig;
use std::panic::{AssertUnwindSafe, catch_unwind};

fn opened(thread: &Thread, tracer: &Tracer, span: u64) -> (&'static Slot, u32) {
    let slot = thread.take_slot().unwrap();
    let mut header = [0; HEADER];
    (header[SPAN], header[END]) = (span, u64::from(tracer.id()) << 32);
    (slot, slot.open(header))
}

/// Their records are larger than any memory for records.
fn end_without_room(thread: &Thread, spans: impl IntoIterator<Item = (&'static Slot, u32)>) {
    for (slot, generation) in spans {
        slot.spill(generation).words.resize_with(1 << LARGEST, AtomicU64::default);
        slot.spilled.store(generation, Relaxed);
        thread.end(slot, generation, clock::now());
    }
}

#[test]
fn a_span_that_finds_no_room_while_its_tracer_finishes_counts_once() {
    let tracer = Tracer::isolated(TracerConfig::default());
    thread::with(|thread| {
        let spans = [7, 8].map(|span| opened(thread, tracer, span));
        let mut offered = Vec::new();
        finish(tracer, &mut |record| {
            offered.push(record.word(SPAN));
            if offered.len() == 1 {
                // Both have been found open.
                end_without_room(thread, spans.into_iter().chain([opened(thread, tracer, 9)]));
            }
        });
        offered.sort_unstable();
        assert_eq!(offered, [7, 8]);
        let Recorded { recorded, dropped_full, .. } = counts(tracer, || ()).0;
        assert_eq!((recorded, dropped_full), (3, 1), "the third was not found open");
    });
}

#[test]
fn a_span_whose_record_is_read_before_its_slot_is_closed_is_offered_once() {
    let tracer = Tracer::isolated(TracerConfig::default());
    let offered = |last: bool| {
        let mut spans = Vec::new();
        if last {
            finish(tracer, &mut |record| spans.push(record.word(SPAN)));
        } else {
            drain(tracer, &mut |record| {
                spans.push(record.word(SPAN));
                Flow::Taken
            });
        }
        spans
    };
    thread::with(|thread| {
        let mut slots = [7, 8].map(|span| opened(thread, tracer, span));
        let (slot, generation) = slots[0];
        thread.record(slot, generation, clock::now());
        assert_eq!(offered(false), [7]);
        // Here its thread loses its processor; or it goes on, when the slots have been looked at, and leaves the chunk.
        thread.leave_chunk();
        assert_eq!(offered(true), [8], "that one is open");
        for (slot, generation) in &mut slots {
            slot.close(*generation);
            thread.give_slot(slot);
        }
    });
}

#[test]
fn after_a_reader_panicked_in_the_last_drain_losses_are_counted_at_once() {
    let tracer = Tracer::isolated(TracerConfig::default());
    thread::with(|thread| {
        let (slot, generation) = opened(thread, tracer, 7);
        let finished = catch_unwind(AssertUnwindSafe(|| finish(tracer, &mut |_| panic!("a reader"))));
        assert!(finished.is_err());
        end_without_room(thread, [(slot, generation)]);
        assert_eq!(counts(tracer, || ()).0.dropped_full, 1);
    });
}
