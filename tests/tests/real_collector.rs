//! Delivery through a real collector (rotel) that stops, dies and comes back while a program records.
//!
//! `TRACE_TEST_ROTEL` names its program; `pip install --pre rotel` brings it as `rotel/rotel-agent`.

use std::time::{Duration, Instant};
use tests::relay::Relay;
use tests::rotel::Rotel;
use trace_export::Spool;
use trace_runtime::trace;

const LONG: Duration = Duration::from_secs(60);
/// Recorded in each tenth of a second.
const SPANS: usize = 10_000;

#[trace]
fn work(n: usize) -> usize {
    n
}

/// Records 100 000 spans a second through `endpoint`, while the collector is ended by `signal` and started again. Gives the
/// number of spans once all are delivered.
fn record_while_it_restarts(rotel: &mut Rotel, endpoint: &str, signal: libc::c_int, dir: &str) -> usize {
    let full = std::env::var("TRACE_FAULTS").as_deref() == Ok("full");
    let tenths = if full { 200 } else { 20 };
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(dir);
    let _ = std::fs::remove_dir_all(&dir);
    let spool = Spool::new(&dir).max_bytes(1 << 30);
    let tracing = trace_export::builder().endpoint(endpoint).spool(spool).build().expect("good");
    let start = Instant::now();
    for tenth in 1..=tenths {
        {
            let _scope = tracing.scope().attach();
            (0..SPANS).for_each(|n| _ = work(n));
        }
        match tenth % 10 {
            3 => rotel.end(signal),
            7 => rotel.start(),
            _ => {}
        }
        let next = Duration::from_millis(100) * tenth;
        std::thread::sleep(next.saturating_sub(start.elapsed())); // the pace, not a condition
    }
    let end = Instant::now() + LONG;
    loop {
        let counts = tracing.flush(LONG).counts;
        assert!(counts.balanced(), "{counts:?}");
        assert_eq!(counts.dropped.total(), 0, "{counts:?}");
        if counts.delivered == counts.recorded {
            break;
        }
        assert!(Instant::now() < end, "{counts:?}");
        std::thread::yield_now();
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!(counts.delivered, (SPANS * tenths as usize) as u64, "{counts:?}");
    println!("{counts}, {} requests repeated", counts.retries);
    SPANS * tenths as usize
}

#[test]
fn a_collector_that_is_stopped_and_started_again_gets_and_passes_on_every_span() {
    let backend = Relay::start();
    let Some(mut rotel) = Rotel::to(&backend.url()) else { return };
    rotel.start();
    let url = rotel.url();
    let recorded = record_while_it_restarts(&mut rotel, &url, libc::SIGTERM, "stopped");
    let (arrived, twice) = backend.spans(recorded, LONG);
    println!("of {recorded} spans {arrived} arrived behind the collector, {twice} of them more than once");
    assert_eq!(arrived, recorded);
}

#[test]
fn a_collector_that_is_killed_has_acknowledged_every_span() {
    let backend = Relay::start();
    let Some(mut rotel) = Rotel::to(&backend.url()) else { return };
    rotel.start();
    let proxy = Relay::in_front_of(&rotel.url());
    let recorded = record_while_it_restarts(&mut rotel, &proxy.url(), libc::SIGKILL, "killed");
    let (acknowledged, twice) = proxy.spans(recorded, LONG);
    assert_eq!(acknowledged, recorded);
    let (arrived, _) = backend.spans(recorded, Duration::from_secs(2));
    println!(
        "{recorded} spans acknowledged ({twice} more than once), of which the killed collector lost {}",
        recorded - arrived
    );
}
