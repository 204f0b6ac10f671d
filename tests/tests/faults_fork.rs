//! Processes that fork, while nothing else happens, while other threads record, and again in the child.
#![cfg(unix)]

use std::collections::BTreeMap;
use tests::faults::{command, copies};
use tests::receiver::Receiver;

const FORKS: usize = 100;

/// How many spans of whom arrived, after `rounds` forks of the program; and what it said of its own.
fn forked(how: &str, rounds: usize) -> (BTreeMap<String, usize>, String) {
    let receiver = Receiver::start();
    let url = receiver.url();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())];
    let arguments = [how, &rounds.to_string()];
    let output = command(env!("CARGO_BIN_EXE_forking"), &arguments, &variables).output().expect("it runs");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let spans = receiver.spans();
    assert!(copies(&spans).values().all(|copies| *copies == 1), "a span arrived twice");
    let mut who = BTreeMap::new();
    for one in &spans {
        *who.entry(one.attribute("who").expect("who")).or_default() += 1;
    }
    (who, String::from_utf8_lossy(&output.stdout).into_owned())
}

fn assert_children(who: &mut BTreeMap<String, usize>, names: impl Fn(usize) -> Vec<String>, rounds: usize) {
    for name in (0..rounds).flat_map(names) {
        assert_eq!(who.remove(&name), Some(20), "{name}");
    }
}

#[test]
fn a_child_delivers_its_own_spans_and_none_of_its_parent() {
    let rounds = FORKS;
    let (mut who, said) = forked("once", rounds);
    assert_children(&mut who, |round| vec![format!("child {round}")], rounds);
    assert_eq!(who, BTreeMap::from([("parent".to_owned(), 40 * rounds)]));
    assert_eq!(said, format!("recorded {0} delivered {0} dropped 0\n", 40 * rounds));
}

#[test]
fn a_grandchild_delivers_its_own_spans_and_none_of_its_parents() {
    let rounds = FORKS;
    let (mut who, said) = forked("twice", rounds);
    let names = |round| vec![format!("child {round}"), format!("child {round} later"), format!("grandchild {round}")];
    assert_children(&mut who, names, rounds);
    assert_eq!(who, BTreeMap::from([("parent".to_owned(), 40 * rounds)]));
    assert_eq!(said, format!("recorded {0} delivered {0} dropped 0\n", 40 * rounds));
}

#[test]
fn a_fork_while_other_threads_record_loses_and_repeats_nothing_on_either_side() {
    let rounds = FORKS;
    let (mut who, said) = forked("busy", rounds);
    assert_children(&mut who, |round| vec![format!("child {round}")], rounds);
    assert_eq!(who["parent"], 40 * rounds);
    let parents: usize = who.values().sum();
    assert!(who.len() == 4, "the parent's threads end in the child: {who:?}");
    assert_eq!(said, format!("recorded {parents} delivered {parents} dropped 0\n"));
}
