//! Connections that are reset in the middle.

use tests::faults::{LONG, copies, each, recorded};
use tests::raw::{Fault, GOOD, Raw};

const SPANS: u64 = 10;

/// Delivers over a connection that breaks once, and gives how many copies of each span arrived.
fn delivered_through(fault: Fault) -> usize {
    let raw = Raw::start(move |nth| if nth == 0 { fault } else { Fault::None });
    let tracing = recorded(raw.url(), SPANS);
    let report = tracing.flush(LONG);
    assert!(report.complete, "{fault:?}: {report:?}");
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.dropped.total(), counts.in_flight), (SPANS, 0, 0), "{fault:?}: {counts:?}");
    let copies = copies(&raw.receiver().spans());
    assert_eq!(copies.len() as u64, SPANS, "{fault:?}");
    assert!(raw.begun() <= 2, "{fault:?}: {} attempts", raw.begun());
    copies.into_values().max().unwrap_or_default()
}

/// How long the request is.
fn request_bytes() -> usize {
    let raw = Raw::start(|_| Fault::None);
    recorded(raw.url(), SPANS).shutdown(LONG);
    raw.receiver().requests()[0].bytes
}

#[test]
fn a_reset_after_any_byte_of_the_request_costs_another_attempt_and_no_duplicate() {
    let bytes = request_bytes();
    each((0..16).map(|nth| 1 + nth * (bytes - 2) / 15), |read| {
        assert_eq!(delivered_through(Fault::ResetInRequest(read)), 1, "after {read} of {bytes} bytes");
    });
}

#[test]
fn a_reset_after_any_byte_of_the_response_costs_at_most_one_duplicate() {
    each((0..16).map(|nth| nth * GOOD.len() / 15), |written| {
        let copies = delivered_through(Fault::ResetInResponse(written));
        assert!(copies <= 2, "{copies} after {written} bytes");
        assert!(copies == 1 || written < GOOD.len(), "a second copy after the whole answer");
    });
}
