//! Backends that take the connection and then their time.

use std::time::{Duration, Instant};
use tests::faults::{LONG, SLACK, copies, each, in_time, record};
use tests::raw::{Fault, Raw};
use trace_export::{Compression, Tracing};

const FAULTS: [Fault; 5] = [Fault::Deaf, Fault::Silent, Fault::Trickle, Fault::EndlessHeaders, Fault::SlowHeaders];

/// `patience` is what a request may take.
fn to(raw: &Raw, compression: Compression, patience: Duration) -> Tracing {
    let tracing = trace_export::builder().endpoint(raw.url()).compression(compression);
    tracing.timeout(patience).build().expect("a good configuration")
}

/// The backend is slow for `bad` requests from the `first` on, and well before and after.
fn callers_go_on_flush_returns_and_the_batch_is_kept(fault: Fault, first: usize, bad: usize, compression: Compression) {
    let case = format!("{fault:?} from {first}, {bad} times");
    let raw = Raw::start(move |nth| if (first..first + bad).contains(&nth) { fault } else { Fault::None });
    // Longer than a flush or a call takes, were they to wait for it.
    let tracing = to(&raw, compression, 3 * SLACK);
    let mut recorded = 0;
    for _ in 0..first {
        record(&tracing, 10);
        recorded += 10;
        assert!(tracing.flush(LONG).complete, "{case}");
    }
    record(&tracing, 1000);
    recorded += 1000;
    let within = Duration::from_millis(100);
    let report = in_time(within, || tracing.flush(within));
    assert_eq!((report.counts.recorded, report.counts.dropped.total()), (recorded, 0), "{case}");
    assert!(report.counts.balanced(), "{case}: {:?}", report.counts);
    // While the collector waits for an answer, 10 000 calls take milliseconds. It must not be its time that they take.
    let start = Instant::now();
    record(&tracing, 10_000);
    recorded += 10_000;
    assert!(start.elapsed() < SLACK, "{case}: calls took {:?}", start.elapsed());
    let counts = tracing.shutdown(LONG).counts;
    let kept = (counts.recorded, counts.delivered, counts.dropped.total());
    assert_eq!(kept, (recorded, recorded, 0), "{case}: {counts:?}");
    assert!(counts.retries >= 1, "{case}: {counts:?}");
    let copies = copies(&raw.receiver().spans());
    assert!(copies.len() as u64 == recorded && copies.values().all(|copies| *copies == 1), "{case}");
}

#[test]
fn a_slow_answer_to_the_first_request_costs_callers_nothing_and_no_span() {
    each(FAULTS, |fault| callers_go_on_flush_returns_and_the_batch_is_kept(fault, 0, 1, Compression::None));
}

#[test]
fn a_slow_answer_on_a_kept_connection_costs_callers_nothing_and_no_span() {
    each(FAULTS, |fault| callers_go_on_flush_returns_and_the_batch_is_kept(fault, 2, 1, Compression::None));
}

#[test]
fn a_slow_answer_to_a_compressed_request_costs_callers_nothing_and_no_span() {
    each(FAULTS, |fault| callers_go_on_flush_returns_and_the_batch_is_kept(fault, 1, 1, Compression::Gzip));
}

#[test]
fn slow_answers_one_after_the_other_cost_callers_nothing_and_no_span() {
    each(FAULTS, |fault| {
        let raw = Raw::start(move |nth| if nth < 3 { fault } else { Fault::None });
        let tracing = to(&raw, Compression::None, Duration::from_millis(400));
        record(&tracing, 1000);
        let report = in_time(LONG, || tracing.flush(LONG));
        assert!(report.complete, "{fault:?}: {report:?}");
        assert_eq!((report.counts.delivered, report.counts.dropped.total()), (1000, 0), "{fault:?}");
        assert!(report.counts.retries >= 2 && raw.begun() >= 4, "{fault:?}: {report:?}");
        assert_eq!(copies(&raw.receiver().spans()).len(), 1000, "{fault:?}");
        tracing.shutdown(LONG);
    });
}

#[test]
fn a_shutdown_into_a_slow_answer_ends_in_its_time_and_counts_what_it_leaves() {
    each(FAULTS, |fault| {
        let raw = Raw::start(move |_| fault);
        let tracing = trace_export::builder().endpoint(raw.url()).build().expect("a good configuration");
        record(&tracing, 1000);
        let within = Duration::from_millis(300);
        let counts = in_time(within, || tracing.shutdown(within)).counts;
        assert_eq!((counts.delivered, counts.dropped.undelivered, counts.in_flight), (0, 1000, 0), "{fault:?}");
    });
}
