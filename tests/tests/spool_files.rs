//! Files that are not what was written, and files of other versions.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use tests::batch_file::{CAP, HEADER, name, numbers_in, sealed};
use tests::faults::{tell, wait_until};
use tests::place::Place;
use tests::receiver::Receiver;
use tests::spooler::{Counted, Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");

fn command(place: &Place) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first").env("OTEL_SERVICE_NAME", "x");
    command.env("TRACE_SPOOL_MAX_BATCHES", "1000000").env("TRACE_SPOOL_MAX_BYTES", "1000000000000000");
    command
}

/// No other span has this number.
const LAST: u64 = 1_000_000;

/// A real batch of one span, taken out of the spool that is there now.
fn sample(place: &Place, n: u64) -> Vec<u8> {
    let mut writer = Spooler::ready(&mut command(place));
    writer.store(n..n + 1);
    assert!(writer.end().status.success());
    let [file] = &place.waiting()[..] else { panic!("one file: {:?}", place.waiting()) };
    let bytes = fs::read(file).expect("a batch");
    fs::remove_file(file).expect("a batch");
    assert_eq!(numbers_in(&bytes), [n]);
    bytes
}

/// Delivers what it can with a program of its own, until `left` files are left. Its last counts, and its peaks of memory.
fn drained(place: &Place, receiver: &Receiver, left: usize) -> (Counted, (u64, u64)) {
    let mut drainer = Spooler::ready(command(place).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()));
    wait_until("nothing but what stays", || place.waiting().len() == left && place.leased().is_empty());
    // It works on: this goes past what stays.
    drainer.store(LAST..LAST + 1);
    wait_until("the last batch arrives", || arrivals(receiver).contains_key(&LAST));
    wait_until("its file goes", || place.waiting().len() == left && place.leased().is_empty());
    let (counts, peak) = (drainer.wait_for("delivered", 1), drainer.peak_memory());
    let ended = drainer.end();
    assert!(ended.status.success(), "{}", ended.stderr);
    (counts, peak)
}

fn put(place: &Place, created: u64, bytes: &[u8]) {
    fs::write(place.spool().join(name(created, 1)), bytes).expect("room");
}

/// A file of this length with these bytes first, and nothing but zeros behind them.
fn put_sparse(place: &Place, created: u64, bytes: &[u8], length: u64) {
    put(place, created, bytes);
    let file = File::options().write(true).open(place.spool().join(name(created, 1)));
    file.and_then(|file| file.set_len(length)).expect("a sparse file");
}

fn names(files: &[PathBuf]) -> Vec<String> {
    files.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

fn contents(files: &[PathBuf]) -> BTreeMap<String, Vec<u8>> {
    names(files).into_iter().zip(files.iter().map(|path| fs::read(path).expect("a file"))).collect()
}

#[test]
fn every_cut_and_every_flipped_bit_is_found_counted_and_put_away_while_the_others_arrive() {
    let start = Instant::now();
    let (place, receiver) = (Place::new(), Receiver::start());
    let whole = sample(&place, 7);
    assert!(whole.len() * 8 <= 4096, "{} bytes", whole.len());
    let cut = (0..whole.len()).map(|end| whole[..end].to_vec());
    let flipped = (0..whole.len() * 8).map(|bit| {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        flipped
    });
    let (mut damaged, mut good) = (BTreeMap::new(), 0);
    for (nth, bytes) in cut.chain(flipped).enumerate() {
        let nth = nth as u64;
        put(&place, 2 * nth, &bytes);
        damaged.insert(name(2 * nth, 1), bytes);
        if nth % 100 == 0 {
            put(&place, 2 * nth + 1, &whole);
            good += 1;
        }
    }
    let (counts, _) = drained(&place, &receiver, 0);
    assert_eq!(counts["adopted.dropped"], damaged.len() as u64);
    assert_eq!(counts["adopted.delivered"], good);
    assert_eq!((counts["delivered"], counts["damaged"]), (1, 0));
    assert_eq!(arrivals(&receiver), BTreeMap::from([(7, good), (LAST, 1)]), "nothing else was sent");
    assert!(contents(&place.quarantined()) == damaged, "all of them are kept as they were");
    let what = format!("all found, {good} others delivered");
    tell("cut at every byte, every bit flipped", damaged.len() as u64, &what, start);
}

#[test]
fn no_length_and_no_content_makes_the_program_take_much_memory() {
    let start = Instant::now();
    let (place, receiver) = (Place::new(), Receiver::start());
    let whole = sample(&place, 7);
    let rest = &whole[HEADER..];
    // Files that say so, and files that also are so.
    let lengths = [0, 1, CAP, CAP + 1, u32::MAX];
    for (nth, length) in (1..).zip(lengths) {
        put(&place, nth, &sealed(1, 1, length, rest));
    }
    put_sparse(&place, 6, &sealed(1, 1, CAP, rest), u64::from(CAP) + HEADER as u64);
    put_sparse(&place, 7, &sealed(1, 1, CAP + 1, rest), u64::from(CAP) + 1 + HEADER as u64);
    put_sparse(&place, 8, &sealed(1, 1, u32::MAX, rest), 1 << 40);
    put(&place, 9, &[0; 5000]);
    put(&place, 10, &(0..5000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect::<Vec<_>>());
    put(&place, 11, &[]);
    fs::create_dir(place.spool().join(name(12, 1))).expect("a directory");
    // A right file in a wrong name: who told how many spans it has?
    fs::write(place.spool().join(name(13, 2)), &whole).expect("room");
    put(&place, 14, &whole);
    let (counts, (memory, addresses)) = drained(&place, &receiver, 0);
    assert_eq!(arrivals(&receiver), BTreeMap::from([(7, 1), (LAST, 1)]));
    assert_eq!((counts["adopted.dropped"], counts["adopted.delivered"]), (12 + 2, 1), "{counts:?}");
    let all: Vec<_> = (1..=12).map(|nth| name(nth, 1)).chain([name(13, 2)]).collect();
    assert_eq!(names(&place.quarantined()), all);
    assert!(memory < 128 << 20, "{memory} bytes of memory");
    assert!(addresses < 1 << 30, "{addresses} bytes of address space");
    let what = format!("all found, the other delivered, {} MiB at most", memory >> 20);
    tell("length field, zeros, garbage, empty, directory", 13, &what, start);
}

#[test]
fn a_later_version_is_left_alone_and_what_only_looks_like_one_is_put_away() {
    let start = Instant::now();
    let (place, receiver) = (Place::new(), Receiver::start());
    let whole = sample(&place, 7);
    let rest = &whole[HEADER..];
    // The last word of the header may mean something else there.
    let later = sealed(2, 1, 12_345, rest);
    put(&place, 1, &later);
    put(&place, 2, &sealed(u16::MAX, 1, rest.len() as u32, rest));
    let mut wrong = sealed(2, 1, rest.len() as u32, rest);
    wrong[HEADER] ^= 1;
    put(&place, 3, &wrong);
    put(&place, 4, &sealed(0, 1, rest.len() as u32, rest));
    put(&place, 5, &whole);
    let (counts, _) = drained(&place, &receiver, 2);
    assert_eq!(arrivals(&receiver), BTreeMap::from([(7, 1), (LAST, 1)]));
    assert_eq!((counts["adopted.dropped"], counts["adopted.delivered"]), (2, 1), "{counts:?}");
    assert_eq!(names(&place.waiting()), [name(1, 1), name(2, 1)]);
    assert!(contents(&place.waiting())[&name(1, 1)] == later);
    assert_eq!(names(&place.quarantined()), [name(3, 1), name(4, 1)]);
    tell("unknown version", 4, "2 left alone, 2 in the quarantine", start);
}

/// The fixture is never written again: files of this version may lie on a disk for years.
#[test]
fn files_that_the_first_version_wrote_are_delivered_for_ever() {
    let start = Instant::now();
    let (place, receiver) = (Place::new(), Receiver::start());
    let _ = sample(&place, 7);
    let fixture = include_bytes!("../fixtures/spool-v1.batch");
    fs::write(place.spool().join(name(1, 3)), fixture).expect("room");
    let (counts, _) = drained(&place, &receiver, 0);
    assert_eq!((counts["adopted.dropped"], counts["adopted.delivered"]), (0, 3));
    let mut spans = receiver.spans();
    spans.retain(|one| one.resource.get("service.name").is_some_and(|name| name == "shop"));
    let said: Vec<_> =
        spans.iter().map(|one| (one.span.name.as_str(), one.attribute("n").unwrap_or_default())).collect();
    let expected = [("spooler::work", "1"), ("spooler::work", "2"), ("poison", "3")];
    assert_eq!(said, expected.map(|(name, n)| (name, n.to_owned())));
    assert!(spans.iter().all(|one| one.resource["deployment.environment.name"] == "test"));
    tell("the oldest version ever written", 1, "read and delivered", start);
}
