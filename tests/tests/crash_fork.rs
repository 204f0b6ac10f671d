//! Processes that fork while a crash recorder runs: the file is the parent's alone.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::process::Command;
use tests::faults::{LONG, command, wait_until};
use tests::place::{Place, files};
use tests::receiver::Receiver;
use tests::spooler::{Spooler, spooler};

const FORKS: usize = 50;

/// How many spans of whom arrived, after so many forks of the program. What is left on disk is delivered, too.
fn forked(how: &str) -> BTreeMap<String, usize> {
    let (place, receiver) = (Place::new(), Receiver::start());
    let (url, dir) = (receiver.url(), place.spool());
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("TRACE_CRASH_DIR", dir.to_str().expect("a plain path"))];
    let arguments = [how, &FORKS.to_string()];
    let output = command(env!("CARGO_BIN_EXE_forking"), &arguments, &variables).output().expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert!(files(&dir, "crash").is_empty(), "nobody died: {:?}", place.names());
    let drainer = Spooler::ready(spooler(env!("CARGO_BIN_EXE_spooler")).envs(variables));
    place.wait_until_empty();
    assert!(drainer.end().status.success());
    who(&receiver)
}

/// How many spans of whom. A process that ends while a request is under way stores its batch too, so some may have come twice.
fn who(receiver: &Receiver) -> BTreeMap<String, usize> {
    let (mut who, mut seen) = (BTreeMap::new(), HashSet::new());
    for one in receiver.spans().iter().filter(|one| seen.insert(one.span.span_id.clone())) {
        if let Some(name) = one.attribute("who") {
            *who.entry(name).or_default() += 1;
        }
    }
    who
}

fn assert_children(who: &mut BTreeMap<String, usize>, names: impl Fn(usize) -> Vec<String>) {
    for name in (0..FORKS).flat_map(names) {
        assert_eq!(who.remove(&name), Some(20), "{name}");
    }
}

#[test]
fn a_child_of_a_process_with_a_crash_recorder_delivers_its_own_spans_once() {
    let mut who = forked("once");
    assert_children(&mut who, |round| vec![format!("child {round}")]);
    assert_eq!(who, BTreeMap::from([("parent".to_owned(), 40 * FORKS)]));
}

#[test]
fn a_grandchild_does_so_too() {
    let mut who = forked("twice");
    let names = |round| vec![format!("child {round}"), format!("child {round} later"), format!("grandchild {round}")];
    assert_children(&mut who, names);
    assert_eq!(who, BTreeMap::from([("parent".to_owned(), 40 * FORKS)]));
}

#[test]
fn a_fork_while_other_threads_record_into_the_file_loses_nothing_on_either_side() {
    let mut who = forked("busy");
    assert_children(&mut who, |round| vec![format!("child {round}")]);
    assert_eq!(who["parent"], 40 * FORKS);
}

#[test]
fn a_process_that_dies_is_recovered_while_its_child_lives() {
    outlived(spooler(env!("CARGO_BIN_EXE_forking")));
}

/// The file has more addresses than this, although it is small.
#[test]
fn so_it_is_where_a_process_may_have_little_memory() {
    let mut limited = spooler("sh");
    limited.args(["-c", "ulimit -d 65536; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_forking")]);
    outlived(limited);
}

/// A child that lives on holds neither the file nor its lock. The parent's open span is a valid parent there, and its end has no effect.
fn outlived(mut crashing: Command) {
    let (place, receiver) = (Place::new(), Receiver::start());
    crashing.args(["outlived", "1"]).env("TRACE_CRASH_DIR", place.spool());
    let mut parent = Spooler::start(&mut crashing);
    let child = parent.answer();
    let maps = fs::read_to_string(format!("/proc/{child}/maps")).expect("it lives");
    assert!(!maps.contains(".crash"), "the child has the mapping: {maps}");
    let open = fs::read_dir(format!("/proc/{child}/fd")).expect("it lives").flatten();
    let open: Vec<_> = open.filter_map(|entry| fs::read_link(entry.path()).ok()).collect();
    assert!(!open.iter().any(|path| path.to_string_lossy().contains(".crash")), "{open:?}");

    parent.signal(libc::SIGKILL);
    let open = || receiver.spans().into_iter().find(|one| one.span.name.ends_with("around"));
    // The parent may not be gone yet: until then only what it had stored is delivered.
    wait_until("the open span", || {
        recover(&place, &receiver);
        open().is_some()
    });
    let around = open().expect("the open span");
    assert_eq!(around.attribute("trace.end").as_deref(), Some("crash"));

    parent.order("go on");
    wait_until("the child's spans", || {
        recover(&place, &receiver);
        who(&receiver).get("child") == Some(&40)
    });
    assert_eq!(who(&receiver).into_iter().collect::<Vec<_>>(), [("child".to_owned(), 40), ("parent".to_owned(), 20)]);
    let parents = receiver.spans().into_iter().filter(|one| one.attribute("who").is_some());
    assert!(parents.into_iter().all(|one| one.span.parent_span_id == around.span.span_id));
}

fn recover(place: &Place, receiver: &Receiver) {
    let builder = trace_export::builder().endpoint(receiver.url());
    let _ = builder.recover(place.spool(), LONG).expect("a destination");
}
