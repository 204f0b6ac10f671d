//! Answers that are not what OTLP says.

use tests::faults::{LONG, each, in_time, recorded};
use tests::raw::{Fault, Raw};
use tests::receiver::{Answer, Receiver};
use trace_export::Counts;

/// Delivered, and rejected.
fn outcome(receiver: &Receiver) -> (u64, u64) {
    let tracing = recorded(receiver.url(), 10);
    assert!(tracing.flush(LONG).complete);
    let counts = tracing.shutdown(LONG).counts;
    assert!(counts.balanced() && counts.in_flight == 0, "{counts:?}");
    assert_eq!(receiver.requests().len(), 1, "an answer of 2xx is the end");
    assert_eq!(receiver.spans().len(), 10);
    (counts.delivered, counts.dropped.rejected)
}

fn answered(body: &'static [u8]) -> (u64, u64) {
    outcome(&Receiver::answering(|_| Answer::AcceptWith(body.to_vec())))
}

#[test]
fn a_partial_success_counts_what_was_rejected_and_is_not_sent_again() {
    assert_eq!(answered(&[0x0a, 5, 0x08, 3, 0x12, 1, b'x']), (7, 3));
}

#[test]
fn more_rejections_than_spans_are_all_of_them_and_less_than_none_are_none() {
    assert_eq!(answered(&[0x0a, 3, 0x08, 0xff, 0x01]), (0, 10));
    // -1
    assert_eq!(answered(&[0x0a, 11, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), (10, 0));
}

#[test]
fn a_warning_alone_rejects_nothing() {
    assert_eq!(answered(&[0x0a, 6, 0x12, 4, b's', b'l', b'o', b'w']), (10, 0));
}

#[test]
fn a_success_whose_body_is_no_message_is_a_success() {
    each([b"\xff\xff\xff\xff" as &[u8], b"\x0a\x7f\x08\x03", b"\x0a", b"<html>"], |body| {
        assert_eq!(answered(body), (10, 0), "{body:?}");
    });
}

#[test]
fn a_success_of_another_content_type_is_a_success() {
    for (kind, body) in [("text/html", "<html>"), ("application/json", r#"{"partialSuccess":{}}"#)] {
        let headers = format!("content-type: {kind}\r\n");
        let receiver = Receiver::answering(move |_| Answer::Refuse(200, headers.clone(), body.into()));
        let tracing = recorded(receiver.url(), 10);
        assert!(tracing.flush(LONG).complete);
        let counts = tracing.shutdown(LONG).counts;
        assert_eq!((counts.delivered, counts.dropped.total()), (10, 0), "{kind}");
        assert_eq!(receiver.requests().len(), 1);
    }
}

/// Sent with little under way, so what was written is what was read and at most this much more.
const UNDER_WAY: u64 = 512 << 10;

fn huge(fault: Fault) -> (Raw, Counts) {
    let raw = Raw::start(move |nth| if nth == 0 { fault } else { Fault::None });
    let tracing = recorded(raw.url(), 10);
    let report = in_time(LONG, || tracing.flush(LONG));
    assert!(report.complete);
    let counts = tracing.shutdown(LONG).counts;
    assert!(counts.balanced() && counts.in_flight == 0, "{counts:?}");
    let written = raw.written();
    assert!(written <= (64 << 10) + UNDER_WAY, "{written} bytes of the body were read, or nearly");
    (raw, counts)
}

#[test]
fn of_a_success_with_a_gigabyte_no_more_than_the_beginning_is_read() {
    each([Fault::Huge(200), Fault::HugeInChunks(200)], |fault| {
        let (raw, counts) = huge(fault);
        assert_eq!((counts.delivered, counts.dropped.total(), raw.begun()), (10, 0, 1));
    });
}

#[test]
fn of_a_refusal_with_a_gigabyte_no_more_than_the_beginning_is_read() {
    each([Fault::Huge(400), Fault::HugeInChunks(400)], |fault| {
        let (raw, counts) = huge(fault);
        assert_eq!((counts.delivered, counts.dropped.rejected, raw.begun()), (0, 10, 1));
    });
}

#[test]
fn a_busy_backend_with_a_gigabyte_to_say_gets_the_batch_again() {
    each([Fault::Huge(503), Fault::HugeInChunks(503)], |fault| {
        let (raw, counts) = huge(fault);
        assert_eq!((counts.delivered, counts.dropped.total(), counts.retries), (10, 0, 1));
        assert_eq!(raw.receiver().spans().len(), 10);
    });
}
