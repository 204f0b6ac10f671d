//! When batches go, and what is in one request.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};
use tests::faults::{LONG, record};
use tests::receiver::{Answer, Receiver};

#[test]
fn spans_that_come_fast_fill_their_requests() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).build().expect("a good configuration");
    tracing.flush(LONG);
    let start = Instant::now();
    record(&tracing, 40_000);
    assert!(tracing.flush(LONG).complete);
    let requests = receiver.requests().len() as u64;
    // Four or five are full; the last one is not, nor is one that has to go because a second is over.
    assert!(requests <= 6 + start.elapsed().as_secs(), "{requests}");
    tracing.shutdown(LONG);
}

#[test]
fn what_is_more_than_fills_a_request_does_not_wait_once_more() {
    const DELAY: Duration = Duration::from_millis(500);
    let (to, times) = channel();
    let receiver = Receiver::judging(move |_, _, spans| {
        to.send((Instant::now(), spans.len())).expect("the test waits");
        Answer::Accept
    });
    let builder = trace_export::builder().endpoint(receiver.url()).max_delay(DELAY).max_batch_spans(10);
    let tracing = builder.build().expect("a good configuration");
    let between = (0..4).map(|_| {
        tracing.flush(LONG);
        record(&tracing, 12);
        let [first, rest] = [(); 2].map(|()| times.recv_timeout(LONG).expect("a request"));
        assert_eq!([first.1, rest.1], [10, 2]);
        rest.0 - first.0
    });
    // On a busy machine, some may be late.
    let shortest = between.min().expect("some");
    assert!(shortest < DELAY / 2, "{shortest:?}");
    tracing.shutdown(LONG);
}
