//! `trace-spool purge`: removes what was meant, and nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use tests::batch_file::name;
use tests::faults::{command, skip};
use tests::place::Place;
use tests::tool::{batch, look, put, run, span};

/// A file of each kind. What waits is of today, all else old.
fn every_kind() -> Place {
    let place = Place::new();
    let good = batch("shop", vec![span(1, 1, 0, "good", (0, 1))]);
    let millis = std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as u64;
    let stem = |nth| name(nth, 1).replace(".batch", "");
    let files = [
        name(millis * 1_000_000, 1),
        format!("{}.{}.lease", stem(2), millis + 60_000),
        format!("{}.{}.lease", stem(3), millis - 1),
        format!("{}.new", stem(4)),
        format!("{}.new", stem(millis * 1_000_000 + 1)),
        format!("quarantine/{}", name(5, 1)),
        "quarantine/odd".to_owned(),
        "destination".to_owned(),
        "1.crash".to_owned(),
        "notes.txt".to_owned(),
    ];
    fs::create_dir_all(place.spool().join("quarantine")).expect("a directory");
    put(&place, &files.map(|name| (name, good.clone())));
    place
}

/// What is left, a word each.
fn left(place: &Place) -> Vec<String> {
    let kind = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let quarantined = path.parent().is_some_and(|parent| parent.ends_with("quarantine"));
        let last = name.rsplit('.').next().unwrap_or_default();
        if quarantined { "quarantined".to_owned() } else { last.to_owned() }
    };
    let mut left: Vec<_> = look(&place.spool()).keys().filter(|path| path.is_file()).map(|path| kind(path)).collect();
    left.sort();
    left
}

const ALL: [&str; 10] =
    ["batch", "crash", "destination", "lease", "lease", "new", "new", "quarantined", "quarantined", "txt"];

#[test]
fn nothing_is_removed_without_a_yes() {
    let place = every_kind();
    let ran = run(&[&"purge", &place.spool()]);
    assert_eq!((ran.code, &*ran.stdout), (2, ""));
    assert!(ran.stderr.contains("5 files (4 spans, ") && ran.stderr.contains("--yes"), "{ran:?}");
    assert_eq!(left(&place), ALL);
}

#[test]
fn what_others_have_in_their_hands_and_what_is_no_batch_stays() {
    let place = every_kind();
    let ran = run(&[&"purge", &"--yes", &place.spool()]);
    assert!(ran.code == 0 && ran.stdout.starts_with("removed 5 files (4 spans, "), "{ran:?}");
    assert!(ran.stderr.contains("2 files that another process sends or writes now stay"), "{ran:?}");
    assert_eq!(left(&place), ["crash", "destination", "lease", "new", "txt"]);
    let forced = run(&[&"purge", &"-y", &"--force", &place.spool()]).quietly(0);
    assert!(forced.starts_with("removed 2 files"), "{forced}");
    assert_eq!(left(&place), ["crash", "destination", "txt"]);
    assert_eq!(run(&[&"purge", &"--yes", &place.spool()]).quietly(0), "nothing to remove\n");
}

#[test]
fn it_keeps_to_the_kinds_and_the_age_that_were_said() {
    let cases: [(&[&str], &[&str]); 5] = [
        (&["--kind=quarantined"], &["batch", "crash", "destination", "lease", "lease", "new", "new", "txt"]),
        (
            &["--kind", "waiting,crash"],
            &["destination", "lease", "lease", "new", "new", "quarantined", "quarantined", "txt"],
        ),
        // A file that is named oddly is as old as its last change.
        (&["--older-than=1h"], &["batch", "crash", "destination", "lease", "new", "quarantined", "txt"]),
        (&["--older-than=1h", "--kind=waiting"], &ALL),
        (
            &["--kind=leased", "--force"],
            &["batch", "crash", "destination", "new", "new", "quarantined", "quarantined", "txt"],
        ),
    ];
    for (options, expected) in cases {
        let place = every_kind();
        let mut command = tests::tool::command(&[&"purge", &"--yes", &place.spool()]);
        assert!(command.args(options).output().expect("the tool runs").status.success());
        assert_eq!(left(&place), expected, "{options:?}");
    }
}

#[test]
fn one_file_is_removed_by_its_path_if_it_is_a_batch() {
    let place = every_kind();
    assert!(run(&[&"purge", &"--yes", &place.waiting()[0]]).quietly(0).starts_with("removed 1 file (1 span, "));
    assert_eq!(left(&place), ALL[1..]);
    for name in ["notes.txt", "destination"] {
        assert_eq!(run(&[&"purge", &"--yes", &"--force", &place.spool().join(name)]).quietly(0), "nothing to remove\n");
    }
    assert_eq!(left(&place), ALL[1..]);
}

#[test]
fn what_planted_links_lead_to_stays_and_a_directory_is_an_error() {
    let place = Place::new();
    let victim = place.path("victim");
    fs::create_dir_all(&victim).expect("a directory");
    fs::write(victim.join(name(1, 1)), "x").expect("a file");
    put(&place, &[]);
    symlink(victim.join(name(1, 1)), place.spool().join(name(2, 1))).expect("a link");
    symlink(&victim, place.spool().join("quarantine")).expect("a link");
    fs::create_dir(place.spool().join(name(3, 1))).expect("a directory");
    let ran = run(&[&"purge", &"--yes", &place.spool()]);
    assert!(ran.code == 1 && ran.stdout.starts_with("removed 1 file "), "{ran:?}");
    assert!(ran.stderr.contains(&name(3, 1)) && ran.stderr.contains("is not removed"), "{ran:?}");
    assert!(victim.join(name(1, 1)).exists(), "reached through a link");
    assert!(place.spool().join("quarantine").is_symlink() && !place.spool().join(name(2, 1)).is_symlink());
}

#[test]
fn on_a_terminal_it_asks_and_only_a_yes_is_one() {
    for (answer, stays) in [("n", true), ("", true), ("y", false)] {
        let place = every_kind();
        let line = format!(
            "echo '{answer}' | script -qec \"'{}' purge '{}'\" /dev/null",
            tests::built::trace_spool(),
            place.spool().display()
        );
        let output = command("sh", &["-c", &line], &[]).output().expect("a shell");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !said.contains("trace-spool") {
            return skip("script, which makes a terminal");
        }
        assert!(said.contains("Remove 5 files (4 spans, ") && said.contains("for good? [y/N]"), "{said}");
        assert_eq!(left(&place) == ALL, stays, "{answer:?}: {said}");
        assert_eq!(output.status.code(), Some(i32::from(stays)), "{said}");
    }
}
