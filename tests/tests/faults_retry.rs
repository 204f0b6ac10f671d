//! What is tried again, when, and what is not.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};
use tests::faults::{LONG, each, http_date, in_time, is_full, record, recorded};
use tests::receiver::{Answer, Receiver};

type Times = &'static Mutex<Vec<Instant>>;

/// Refuses the first request, and notes when each came.
fn refusing_once(status: u16, retry_after: impl Fn() -> String + Send + 'static) -> (Receiver, Times) {
    let times: Times = Box::leak(Box::default());
    let receiver = Receiver::answering(move |nth| {
        times.lock().expect("not poisoned").push(Instant::now());
        match nth {
            // Written now: a date must not be over before it is read.
            0 => Answer::Refuse(status, format!("retry-after: {}\r\n", retry_after()), Vec::new()),
            _ => Answer::Accept,
        }
    });
    (receiver, times)
}

fn pause(times: Times) -> Duration {
    let times = times.lock().expect("not poisoned");
    times[1] - times[0]
}

fn is_waited_for(status: u16, retry_after: impl Fn() -> String + Send + 'static, least: Duration, most: Duration) {
    let (receiver, times) = refusing_once(status, retry_after);
    let tracing = recorded(receiver.url(), 10);
    assert!(tracing.flush(LONG).complete);
    let pause = pause(times);
    assert!((least..most).contains(&pause), "{status}: {pause:?} is not from {least:?} to {most:?}");
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.dropped.total()), (10, 0));
}

/// For the numbers that a test can wait for. A date has whole seconds, so up to one of them is lost.
#[test]
fn a_retry_after_in_seconds_is_waited_for() {
    let second = Duration::from_secs(1);
    each([(429, 1), (503, 2)], |(status, seconds)| {
        is_waited_for(status, move || seconds.to_string(), second * seconds, second * (seconds + 5));
    });
}

#[test]
fn a_retry_after_as_a_date_is_waited_for_and_one_that_is_over_is_not() {
    let second = Duration::from_secs(1);
    each([(429, 3, 2), (503, 4, 3)], |(status, ahead, least)| {
        let date = move || http_date(SystemTime::now() + second * ahead);
        is_waited_for(status, date, second * least, second * (ahead + 5));
    });
    is_waited_for(503, move || http_date(SystemTime::now() - second * 3600), Duration::ZERO, second * 2);
}

#[test]
fn a_retry_after_that_says_nothing_is_an_ordinary_pause() {
    each(["in a moment", "-5"], |text| {
        let (receiver, times) = refusing_once(503, move || text.to_owned());
        let tracing = recorded(receiver.url(), 10);
        receiver.wait_for_requests(2);
        let pause = pause(times);
        assert!((Duration::from_millis(50)..Duration::from_secs(2)).contains(&pause), "{text}: {pause:?}");
        assert_eq!(tracing.shutdown(LONG).counts.delivered, 10);
    });
}

/// It asks for an attempt before its time. If that is refused, the next has its time.
#[test]
fn a_flush_makes_one_attempt_at_once_and_not_two() {
    each(0..2, |_| {
        for _ in 0..20 {
            is_waited_for(503, String::new, Duration::from_millis(50), Duration::from_secs(2));
        }
    });
}

/// As long as the cap is all that keeps it from being for ever.
#[test]
fn a_retry_after_of_years_holds_up_no_flush_and_is_capped_at_a_minute() {
    let billion = "1000000000".to_owned();
    let year_9000 = http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(221_860_000_000));
    each([(429, &billion), (503, &billion), (503, &year_9000)], |(status, text)| {
        let text = text.clone();
        let (receiver, times) = refusing_once(status, move || text.clone());
        let tracing = recorded(receiver.url(), 10);
        let within = Duration::from_secs(2);
        let report = in_time(within, || tracing.flush(within));
        assert!(!report.complete);
        assert_eq!((report.counts.in_flight, report.counts.dropped.total()), (10, 0));
        assert_eq!(receiver.requests().len(), 1, "a second request before its time");
        if is_full() {
            while receiver.requests().len() < 2 {
                std::thread::sleep(Duration::from_millis(100));
            }
            let pause = pause(times);
            assert!((Duration::from_secs(59)..Duration::from_secs(70)).contains(&pause), "{pause:?}");
        }
        in_time(Duration::ZERO, || tracing.shutdown(Duration::ZERO));
    });
}

/// A program that flushes after each piece of work must not become a flood for a backend that asked for quiet.
#[test]
fn flushes_within_the_pause_that_a_backend_asked_for_make_no_requests() {
    let (receiver, _) = refusing_once(429, || "1000".to_owned());
    let tracing = recorded(receiver.url(), 10);
    for _ in 0..5 {
        assert!(!tracing.flush(Duration::from_millis(200)).complete);
    }
    assert_eq!(receiver.requests().len(), 1);
    tracing.shutdown(Duration::ZERO);
}

fn answering_once(status: u16) -> Receiver {
    Receiver::answering(move |nth| match nth {
        0 => Answer::Refuse(status, String::new(), b"no".to_vec()),
        _ => Answer::Accept,
    })
}

#[test]
fn a_bad_gateway_and_its_timeout_are_tried_again() {
    each([502, 504], |status| {
        let receiver = answering_once(status);
        let tracing = recorded(receiver.url(), 10);
        let counts = tracing.shutdown(LONG).counts;
        assert_eq!((counts.delivered, counts.dropped.total(), counts.retries), (10, 0, 1), "{status}");
        assert_eq!(receiver.requests().len(), 2);
        assert_eq!(receiver.spans().len(), 10);
    });
}

#[test]
fn what_the_backend_will_never_take_is_sent_once_and_counted() {
    each([400, 401, 403, 404, 415], |status| {
        let receiver = answering_once(status);
        let tracing = recorded(receiver.url(), 10);
        let report = tracing.flush(LONG);
        assert!(report.complete);
        assert_eq!((report.counts.dropped.rejected, report.counts.delivered), (10, 0), "{status}");
        assert_eq!(receiver.requests().len(), 1);
        record(&tracing, 1);
        let counts = tracing.shutdown(LONG).counts;
        assert_eq!((counts.delivered, counts.retries), (1, 0), "the next batch goes on its way");
        assert!(counts.balanced());
    });
}
