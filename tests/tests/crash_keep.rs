//! Traces that wait to be decided on, beside a crash recorder: they hold back no memory that others need.

use std::time::Duration;
use tests::place::Place;
use tests::receiver::Receiver;
use trace_export::Keep;
use trace_runtime::{Sampler, current, span};

const WITHIN: Duration = Duration::from_secs(20);
/// More, with 100 kB each, than there is memory for spans of that size.
const TRACES: usize = 200;

#[test]
fn large_spans_of_undecided_traces_take_no_memory_from_later_ones() {
    let (place, receiver) = (Place::new(), Receiver::start());
    let builder = trace_export::builder().endpoint(receiver.url()).crash_recorder(place.spool());
    let tracing = builder.sampler(Sampler::AlwaysOff).keep(Keep::default().errors()).init().expect("a new place");
    let text = "x".repeat(16_000);
    let mut open = Vec::new();
    for _ in 0..TRACES {
        let mut root = span!("root").hold();
        root.in_scope(|| {
            let _large = span!("large").enter();
            for key in ["a", "b", "c", "d", "e", "f"] {
                current().expect("it is recorded").set_attribute(key, &*text);
            }
        });
        open.push(root);
        // Read, and undecided.
        tracing.flush(WITHIN);
    }
    drop(open);
    let counts = tracing.flush(WITHIN).counts;
    assert_eq!((counts.recorded, counts.dropped.total()), (2 * TRACES as u64, 0), "{counts:?}");
    assert_eq!(tracing.shutdown(WITHIN).counts.discarded, 2 * TRACES as u64);
    assert_eq!(place.names(), Vec::<String>::new());
}
