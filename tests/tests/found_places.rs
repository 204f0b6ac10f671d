//! Places that start spans and are no functions of ours: they are found at run time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use tests::alone;
use trace_runtime::capture::Capture;
use trace_runtime::control::{self, Filter};
use trace_runtime::export::{CrashMemory, FoundPlace, record_in};
use trace_runtime::{Callsite, Value};

/// Remembers which callsites it was told of.
struct Noted(Mutex<Vec<&'static str>>);

static NOTED: Noted = Noted(Mutex::new(Vec::new()));

impl CrashMemory for Noted {
    fn slots(&self, _: usize) -> Option<&'static [AtomicU64]> {
        None
    }

    fn chunk(&self, _: usize) -> Option<&'static [AtomicU64]> {
        None
    }

    fn callsite(&self, callsite: &'static Callsite) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(callsite.name());
    }

    fn clock(&self, _: &[u64]) {}

    fn forked(&self) {}
}

fn place(name: &'static str) -> &'static FoundPlace {
    Box::leak(Box::new(FoundPlace::new(name, "theirs", "theirs::module", vec![("of", Value::Str("theirs".into()))])))
}

#[test]
fn a_crash_file_knows_a_place_that_was_switched_on_before_its_first_span() {
    let _alone = alone();
    assert!(record_in(&NOTED));
    let _recording = Capture::start();
    let callsite = place("switched on").callsite();
    control::set_enabled(true);
    assert!(callsite.is_on());
    assert!(NOTED.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&"switched on"));
}

#[test]
fn a_place_that_is_listed_while_filters_change_keeps_what_it_says() {
    let (_alone, _recording) = (alone(), Capture::start());
    let ends = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let changing = scope.spawn(|| {
            let filters = ["off,theirs::module::found=on", "on,theirs::module::other=off"];
            let filters = filters.map(|filter| filter.parse::<Filter>().expect("a filter"));
            for filter in filters.iter().cycle().take_while(|_| !ends.load(Relaxed)) {
                control::set_filter(filter.clone());
            }
        });
        let finding = [(); 4].map(|()| {
            scope.spawn(|| {
                for _ in 0..200 {
                    let callsite = place("found").callsite();
                    assert_eq!((callsite.name(), callsite.function()), ("found", ""));
                    assert_eq!(callsite.attributes().len(), 1);
                }
            })
        });
        let found = finding.map(std::thread::ScopedJoinHandle::join);
        ends.store(true, Relaxed);
        changing.join().expect("no panic");
        assert!(found.iter().all(Result::is_ok));
    });
    control::set_filter(Filter::default());
}
