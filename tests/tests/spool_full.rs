//! A disk without room: what is on it is delivered, and what does not fit is counted.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tests::batch_file::numbers_in;
use tests::faults::{tell, wait_until};
use tests::place::Place;
use tests::receiver::{Answer, Receiver};
use tests::small_disk::{self, SmallDisk};
use tests::spooler::{Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");
const TIMES: u64 = 20;
/// Spans recorded at once, in a batch or several, and bytes of each.
const SPANS: u64 = 40;
const PADDING: u64 = 8000;

#[test]
fn a_full_disk_is_drained_takes_more_then_and_what_does_not_fit_is_counted() {
    if !small_disk::is_inside() {
        return small_disk::run_inside("a_full_disk_is_drained_takes_more_then_and_what_does_not_fit_is_counted");
    }
    let start = Instant::now();
    let place = Place::new();
    let disk = SmallDisk::mount(place.path(""));
    // Accepts as many batches as it is allowed to.
    let allowed = Arc::new(AtomicU64::new(0));
    let allowance = allowed.clone();
    let receiver = Receiver::judging(move |_, _, spans| match allowance.load(Relaxed) {
        0 => Answer::Refuse(503, String::new(), Vec::new()),
        left => {
            allowance.store(left - u64::from(!spans.is_empty()), Relaxed);
            Answer::Accept
        }
    });
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
    let mut program = Spooler::ready(&mut command);
    let mut recorded = 0;
    let mut record = |program: &mut Spooler| {
        assert_eq!(program.ask(&format!("spans {recorded} {SPANS} {PADDING}")), "done");
        recorded += SPANS;
        recorded
    };
    while program.counts()["in_flight"] == 0 {
        record(&mut program);
        program.ask("flush 500");
    }
    disk.fill();
    let first = place.waiting();
    assert!(first.len() >= 8, "these batches fill the disk: {first:?}");
    for round in 0..TIMES {
        allowed.store(3, Relaxed);
        // A new destination is tried at once, and this one listens at every path.
        assert_eq!(program.ask(&format!("destination {}/{round}", receiver.url())), "Ok(true)");
        wait_until("three batches are delivered", || allowed.load(Relaxed) == 0);
        // As many again, so that the disk stays full.
        for _ in 0..3 {
            record(&mut program);
            program.ask("flush 20");
        }
        disk.fill();
    }
    assert!(place.waiting().iter().any(|file| !first.contains(file)), "nothing was stored in the room that came free");
    let recorded = record(&mut program);
    let counts = program.shutdown();
    assert_eq!(counts["recorded"], recorded);
    let arrived = receiver.spans().len() as u64;
    let files = place.waiting().into_iter().chain(place.leased());
    let on_disk: usize = files.map(|path| numbers_in(&fs::read(path).expect("a batch")).len()).sum();
    assert_eq!((counts["delivered"], counts["stored"]), (arrived, on_disk as u64), "{counts:?}");
    assert_eq!(counts["undelivered"], recorded - arrived - counts["stored"], "{counts:?}");
    assert!(counts["undelivered"] > 0, "there was room for everything: {counts:?}");
    let ended = program.end();
    assert!(ended.status.success() && ended.stderr.contains("No space left on device"), "{}", ended.stderr);

    allowed.store(u64::MAX, Relaxed);
    let mut drainer = Spooler::ready(&mut command);
    drainer.wait_for("adopted.delivered", counts["stored"]);
    assert!(drainer.end().status.success());
    let arrivals = arrivals(&receiver);
    assert_eq!(arrivals.len() as u64, counts["delivered"] + counts["stored"]);
    assert!(arrivals.values().all(|times| *times == 1));
    assert_eq!(fs::read_dir(place.spool()).expect("the directory").count(), 0, "drained, it uses no space");
    let what = format!("0 lost, 0 duplicates, {} spans that did not fit counted", counts["undelivered"]);
    tell("disk full (4 MiB tmpfs): fill, drain 3, store", TIMES, &what, start);
}
