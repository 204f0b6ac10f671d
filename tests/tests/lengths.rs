//! Values of every length arrive as they were set, however their spans are encoded.

use std::time::Duration;
use tests::receiver::Receiver;
use trace_runtime::capture::Capture;
use trace_runtime::{Status, Value, current, span, trace};

/// Around the lengths at which a length takes another byte, or a value another way.
const LENGTHS: [usize; 20] =
    [0, 1, 7, 8, 9, 63, 64, 118, 119, 120, 121, 122, 126, 127, 128, 129, 130, 8_000, 16_000, 16_384];
const INTS: [i64; 8] = [0, 1, -1, 127, 128, 1 << 56, i64::MAX, i64::MIN];

#[trace(fields(text, int, more = text))]
fn by_fields(text: &str, int: i64) {}

#[trace]
fn by_hand(text: &str, int: i64, status: bool) {
    if let Some(span) = current() {
        span.set_attribute("text", "an older value").set_attribute("text", text);
        span.set_attribute("int", int).set_attribute("more", text);
        if status {
            span.set_status(&Status::Ok);
        }
    }
}

#[test]
fn values_of_every_length_arrive_as_they_were_set() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).init().expect("the first");
    for parent in [true, false] {
        let _parent = parent.then(|| span!("parent").enter());
        for length in LENGTHS {
            let text = "x".repeat(length);
            for int in INTS {
                by_fields(&text, int);
                by_hand(&text, int, false);
                by_hand(&text, int, true);
            }
        }
    }
    let report = tracing.shutdown(Duration::from_secs(60));
    assert!(report.complete && report.counts.dropped.total() == 0, "{}", report.counts);
    let mut spans: Vec<_> = receiver.spans().into_iter().filter(|span| span.attribute("int").is_some()).collect();
    assert_eq!(spans.len(), 2 * LENGTHS.len() * INTS.len() * 3);
    spans.sort_by_key(|span| span.span.start_time_unix_nano);
    let expected = LENGTHS.iter().flat_map(|length| INTS.map(|int| ("x".repeat(*length), int.to_string())));
    let expected: Vec<_> = expected.collect();
    for (span, (text, int)) in spans
        .chunks(3)
        .zip(expected.iter().chain(&expected))
        .flat_map(|(three, expected)| three.iter().map(move |one| (one, expected)))
    {
        let got =
            [span.attribute("text"), span.attribute("int"), span.attribute("more")].map(Option::unwrap_or_default);
        assert!(got == [text.clone(), int.clone(), text.clone()], "{} of {} bytes, {int}", span.span.name, text.len());
    }
}

#[trace(fields(
    n, n23456 = n, n234567 = n, n2345678 = n, n23456789 = n, n23456789012345 = n, n234567890123456 = n, n2345678901234567 = n,
    t = text, t23456 = text, t2345678 = text, t23456789 = text, t23456789012345 = text, t234567890123456 = text, t2345678901234567 = text,
))]
fn keys(n: u64, text: &str) {}

#[test]
fn keys_of_every_length_arrive_as_they_were_written_wherever_their_values_lie() {
    // A long text does not lie in the slot, nor does what comes after it.
    for text in ["short".to_owned(), "x".repeat(1000)] {
        let spans = Capture::start();
        keys(7, &text);
        let found = spans.spans().remove(0).attributes;
        let mut lengths: Vec<_> = found.iter().map(|(key, _)| (&key[..1], key.len())).collect();
        lengths.sort_unstable();
        let expected = [("n", [1, 6, 7, 8, 9, 15, 16, 17].as_slice()), ("t", &[1, 6, 8, 9, 15, 16, 17])];
        let expected = expected.into_iter().flat_map(|(letter, all)| all.iter().map(move |length| (letter, *length)));
        assert!(lengths.into_iter().eq(expected), "{found:?}");
        for (key, value) in &found {
            assert!("2345678901234567".starts_with(&key[1..]), "{key}");
            let right = if key.starts_with('n') { Value::Int(7) } else { Value::Str(text.as_str().into()) };
            assert_eq!(*value, right, "{key}");
        }
    }
}
