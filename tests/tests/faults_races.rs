//! Spans that end while somebody flushes or shuts down.

use tests::faults::{LONG, copies, record, recorded};
use tests::receiver::Receiver;
use trace_export::{Report, Tracing};

const ROUNDS: usize = 1000;

/// Twenty spans of another thread, and what happens here meanwhile, at another moment each round.
fn race(tracing: Tracing, round: usize, meanwhile: impl FnOnce() -> Report) -> Report {
    std::thread::scope(|scope| {
        scope.spawn(|| record(&tracing, 20));
        (0..round % 50).for_each(|_| std::hint::spin_loop());
        meanwhile()
    })
}

fn arrived_once(receiver: &Receiver, delivered: u64) {
    let copies = copies(&receiver.spans());
    assert_eq!(copies.len() as u64, delivered);
    assert!(copies.values().all(|copies| *copies == 1));
}

#[test]
fn a_span_that_ends_in_the_moment_of_a_flush_is_in_it_or_in_the_next() {
    let receiver = Receiver::start();
    let tracing = recorded(receiver.url(), 0);
    for round in 0..ROUNDS {
        let before = tracing.counts().recorded;
        let report = race(tracing, round, || tracing.flush(LONG));
        assert!(report.complete && report.counts.delivered >= before, "{before} had ended: {report:?}");
    }
    let counts = tracing.shutdown(LONG).counts;
    assert!(counts.balanced() && counts.in_flight == 0, "{counts:?}");
    assert_eq!((counts.recorded, counts.delivered), (20 * ROUNDS as u64, 20 * ROUNDS as u64));
    arrived_once(&receiver, counts.delivered);
}

#[test]
fn a_span_that_ends_in_the_moment_of_a_shutdown_is_delivered_or_counted() {
    let receiver = Receiver::start();
    let mut delivered = 0;
    for round in 0..ROUNDS {
        let tracing = recorded(receiver.url(), 0);
        let report = race(tracing, round, || tracing.shutdown(LONG));
        assert!(report.complete, "{report:?}");
        let counts = tracing.counts();
        assert!(counts.balanced() && counts.in_flight == 0, "{counts:?}");
        // What ends when all is over does not count as recorded.
        assert!(counts.recorded <= 20 && counts.dropped.undelivered == 0, "{counts:?}");
        delivered += counts.delivered;
    }
    arrived_once(&receiver, delivered);
}
