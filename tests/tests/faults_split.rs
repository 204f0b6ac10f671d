//! Requests that are too large for the backend.

use tests::faults::{LONG, copies, record, recorded};
use tests::receiver::{Answer, Receiver};

#[test]
fn too_large_a_request_is_split_until_its_parts_are_small_enough() {
    let receiver = Receiver::judging(|_, request, _| match request.spans {
        0..=60 => Answer::Accept,
        _ => Answer::Refuse(413, String::new(), Vec::new()),
    });
    let tracing = recorded(receiver.url(), 1000);
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.dropped.total()), (1000, 0), "{counts:?}");
    let copies = copies(&receiver.spans());
    assert!(copies.len() == 1000 && copies.values().all(|copies| *copies == 1));
    // 1000 halved five times are 32 parts, or some more, as halves are never equal.
    let refused = receiver.requests().iter().filter(|request| request.spans > 60).count();
    assert!(refused <= 32 && receiver.requests().len() - refused <= 64, "{refused} refused");
}

#[test]
fn a_single_span_that_is_too_large_is_counted_and_takes_no_other_with_it() {
    let receiver = Receiver::judging(|_, request, _| match request.bytes {
        0..=5000 => Answer::Accept,
        _ => Answer::Refuse(413, String::new(), Vec::new()),
    });
    let tracing = recorded(receiver.url(), 100);
    {
        let _scope = tracing.scope().attach();
        trace_runtime::span!("big").in_scope(|| {
            let span = trace_runtime::current().expect("a span");
            span.set_attribute("text", "x".repeat(10_000));
        });
    }
    record(&tracing, 100);
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.dropped.rejected), (200, 1), "{counts:?}");
    assert!(receiver.spans().iter().all(|one| one.span.name != "big"));
    assert!(counts.balanced());
}
