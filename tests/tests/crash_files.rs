//! Crash files that are damaged: what checks out is found, the rest is counted, and nothing panics.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;
use std::{fs, iter};
use tests::faults::{random, tell};
use tests::place::{Place, files};
use tests::receiver::Receiver;
use tests::spooler::{Spooler, spooler};
use trace_export::EndedSpan;
use trace_export::stored::{self, Unreadable};

/// The file that a killed process left.
fn crash_file(place: &Place) -> Vec<u8> {
    let mut command = spooler(env!("CARGO_BIN_EXE_crashing"));
    command.env("TRACE_CRASH_DIR", place.spool());
    let program = Spooler::ready(&mut command);
    for _ in 0..600 {
        let _ = program.answer();
    }
    let _killed = program.kill();
    let crash = files(&place.spool(), "crash").pop().expect("what was killed leaves one");
    let content = fs::read(&crash).expect("our own");
    for path in fs::read_dir(place.spool()).expect("our own").flatten() {
        fs::remove_file(path.path()).expect("our own");
    }
    content
}

/// The spans of a file, and whether all of it checks out.
fn read(path: &PathBuf) -> Result<(BTreeMap<u64, EndedSpan>, bool), Unreadable> {
    let content = stored::look(path).expect("it is there")[0].read()?;
    let spans = content.requests().iter().flat_map(stored::Request::spans);
    let spans = spans.map(|stored| (stored.span.context().span_id.to_u64(), stored.span)).collect();
    Ok((spans, content.damage().is_none()))
}

/// The attribute that says that a span was interrupted goes with the time of the last one that ended, so only this is compared.
fn same(a: &EndedSpan, b: &EndedSpan) -> bool {
    a.name == b.name && a.context() == b.context() && a.parent_id() == b.parent_id() && a.attributes == b.attributes
}

#[test]
fn of_a_file_cut_at_any_page_all_that_is_there_is_found_and_it_is_said_that_there_was_more() {
    let (start, place) = (Instant::now(), Place::new());
    let whole = crash_file(&place);
    let path = place.path("1.crash");
    fs::write(&path, &whole).expect("room");
    let (all, is_whole) = read(&path).expect("it is good");
    assert!(is_whole && all.len() > 100, "{}", all.len());
    let (mut most, pages) = (0, whole.len() / 4096);
    for page in 0..pages {
        fs::write(&path, &whole[..page * 4096]).expect("room");
        match read(&path) {
            Ok((found, is_whole)) => {
                // A span whose record is gone may be found open: the slot is still there.
                let missing = found.iter().filter(|(id, span)| !all.get(id).is_some_and(|known| same(known, span)));
                assert!(missing.clone().all(|(_, span)| span.attribute("trace.end").is_some()), "{}", missing.count());
                assert!(!is_whole, "cut at page {page} of {pages}");
                most = most.max(found.len());
            }
            Err(Unreadable::Damaged(_)) => assert!(page < 8, "page {page}"),
            Err(other) => panic!("page {page}: {other}"),
        }
    }
    assert!(most > all.len() / 2, "the last pages are few: {most} of {}", all.len());
    tell("crash file cut at every page", pages as u64, "found what is there", start);
}

#[test]
fn flipped_bits_cost_the_spans_that_they_are_in_and_no_backend_is_sent_what_it_cannot_read() {
    let (start, place, receiver) = (Instant::now(), Place::new(), Receiver::start());
    let whole = crash_file(&place);
    let path = place.path("1.crash");
    fs::write(&path, &whole).expect("room");
    let (all, _) = read(&path).expect("it is good");
    // Most of the file is room for more.
    let used: Vec<_> = whole.iter().enumerate().filter(|(_, byte)| **byte != 0).map(|(at, _)| at).collect();
    let places = iter::repeat_with(|| used[random(0..used.len() as u64) as usize]).take(1000);
    let (mut unreadable, mut lost, mut sent) = (0, 0, 0);
    for (nth, at) in places.enumerate() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << random(0..8);
        fs::write(&path, &flipped).expect("room");
        match read(&path) {
            Ok((found, _)) => {
                assert!(found.len() <= all.len() + 1, "{} of {}", found.len(), all.len());
                lost += usize::from(found.len() < all.len());
            }
            Err(_) => unreadable += 1,
        }
        if nth % 50 == 0 {
            // All the way to a receiver that reads by the letter.
            let name = format!("{:020}-{:08x}.crash", nth + 1, nth);
            fs::write(place.spool().join(name), &flipped).expect("room");
            let builder = trace_export::builder().endpoint(receiver.url());
            let recovered = builder.recover(place.spool(), std::time::Duration::from_secs(60)).expect("a destination");
            assert!(recovered.left.is_empty(), "{recovered:?}");
            sent += recovered.delivered;
        }
    }
    assert_eq!(receiver.spans().len() as u64, sent, "each was sent once, and read");
    assert!(lost > 0, "no flip was noticed");
    let what = format!("{unreadable} unreadable, {lost} with spans lost, no panic");
    tell("a flipped bit in a crash file", 1000, &what, start);
}
