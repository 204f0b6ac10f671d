//! `trace-spool` as a command: arguments, exit codes, and what becomes of its output.

use std::fs::{self, File};
use std::io::Read as _;
use std::process::{Command, Stdio};
use tests::batch_file::name;
use tests::place::Place;
use tests::tool::{Ran, batch, command, put, run, span};

const COMMANDS: [&str; 6] = ["list", "tree", "send", "export", "verify", "purge"];

/// A spool with so many spans that their trees fill a pipe.
fn large() -> Place {
    let place = Place::new();
    let spans = (1..20_000).map(|id| span(1, id, 0, &format!("number {id}"), (id, id + 1))).collect();
    put(&place, &[(name(1, 19_999), batch("shop", spans))]);
    place
}

#[test]
fn there_is_help_for_all_and_for_each() {
    let all = run(&[&"--help"]).quietly(0);
    for name in COMMANDS {
        assert!(all.lines().any(|line| line.trim_start().starts_with(&format!("{name} "))), "{name}: {all}");
        let usage = format!("Usage: trace-spool {name} ");
        for help in ["--help", "-h"] {
            let one = run(&[&name, &help]).quietly(0);
            assert!(one.starts_with(&usage) && one.contains("Exit code 1:"), "{one}");
        }
    }
    assert!(run(&[&"--version"]).quietly(0).starts_with("trace-spool 0."));
    assert!(all.lines().chain(run(&[&"tree", &"-h"]).stdout.lines()).all(|line| line.chars().count() <= 130), "{all}");
}

/// Every option that a help names is taken, and no other.
#[test]
fn the_help_names_the_options_that_there_are() {
    let values = [("kind", "leased"), ("older-than", "1h"), ("trace", "ab"), ("attributes", "x"), ("depth", "3")];
    let values =
        values.into_iter().chain([("limit", "9"), ("endpoint", "x"), ("timeout", "1s"), ("output", "/dev/null")]);
    let values: std::collections::BTreeMap<_, _> = values.collect();
    let every = values.keys().copied().chain(["yes", "force", "all"]);
    for (command, option) in COMMANDS.into_iter().flat_map(|command| every.clone().map(move |option| (command, option)))
    {
        let help = run(&[&command, &"--help"]).quietly(0);
        let is_named = help.contains(&format!("--{option} ")) || help.contains(&format!("--{option}\n"));
        let value = values.get(option).map(|value| format!("={value}")).unwrap_or_default();
        let ran = run(&[&command, &format!("--{option}{value}"), &"/nowhere/at/all"]);
        assert_eq!(ran.code, if is_named { 3 } else { 2 }, "{command} --{option}: {ran:?}");
    }
}

#[test]
fn a_mistake_is_one_line_that_says_what_to_write_instead() {
    let cases: [(&[&str], &str); 13] = [
        (&[], "list, tree, send, export, verify, purge"),
        (&["lst", "/tmp"], "there is no command lst; there are list, tree, send"),
        (&["--all"], "the command comes first"),
        (&["list"], "`trace-spool list DIRECTORY`, or set TRACE_SPOOL_DIR"),
        (&["list", "--all", "/tmp"], "`list` has no option --all; `trace-spool list --help` has all"),
        (&["tree", "-x", "/tmp"], "`tree` has no option -x"),
        (&["tree", "--kind=batch", "/tmp"], "accepted: waiting, leased, unfinished, quarantined, crash"),
        (&["tree", "--trace=xyz", "/tmp"], "accepted: up to 32 hexadecimal digits"),
        (&["tree", "--depth=0", "/tmp"], "accepted: a number from 1"),
        (&["purge", "--older-than=soon", "/tmp"], "accepted: a time such as 90s, 2h or 7days"),
        (&["purge", "--yes=no", "/tmp"], "yes"),
        (&["send", "/tmp", "/var"], "`send` takes one directory"),
        (&["tree", "--trace"], "--help says what is accepted"),
    ];
    for (arguments, said) in cases {
        let ran = Ran::of(&command(&[]).args(arguments).output().expect("the tool runs"));
        assert_eq!((ran.code, &*ran.stdout), (2, ""), "{arguments:?}: {ran:?}");
        let line = ran.stderr.strip_suffix('\n').unwrap_or_default();
        assert!(line.starts_with("trace-spool: ") && line.contains(said) && !line.contains('\n'), "{line}");
    }
}

#[test]
fn what_is_not_there_is_an_error_of_its_own_and_an_empty_directory_is_none() {
    let place = Place::new();
    for name in COMMANDS {
        let ran = run(&[&name, &place.path("nowhere")]);
        assert_eq!((ran.code, &*ran.stdout), (3, ""), "{ran:?}");
        assert!(ran.stderr.contains("nowhere") && ran.stderr.contains("No such file"), "{ran:?}");
    }
    put(&place, &[]);
    for name in COMMANDS {
        assert_eq!(run(&[&name, &place.spool()]).code, 0, "{name}");
    }
    let mut by_variable = command(&[&"list"]);
    let output = by_variable.env("TRACE_SPOOL_DIR", place.spool()).output().expect("the tool runs");
    assert_eq!(Ran::of(&output).quietly(0), "0 files, 0 spans, 0 B\n");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let place = large();
    for arguments in ["tree", "export"] {
        let mut child = command(&[&arguments, &place.spool()]).spawn().expect("the tool runs");
        let mut start = [0; 10];
        let mut pipe = child.stdout.take().expect("a pipe");
        pipe.read_exact(&mut start).expect("some output");
        drop(pipe);
        let ran = Ran::of(&child.wait_with_output().expect("it ends"));
        assert_eq!(ran.quietly(0), "", "{arguments}");
    }
}

#[test]
fn output_that_cannot_be_written_is_an_error_and_a_closed_stderr_is_none() {
    let place = large();
    let full = File::options().write(true).open("/dev/full").expect("Linux has it");
    let output = command(&[&"tree", &place.spool()]).stdout(full).output().expect("the tool runs");
    let ran = Ran::of(&output);
    assert!(ran.code == 3 && ran.stderr.contains("the output cannot be written"), "{ran:?}");
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$0\" tree /nowhere 2>&-", tests::built::trace_spool()]).stdout(Stdio::null());
    assert_eq!(shell.status().expect("a shell").code(), Some(3));
}

/// The exit codes are in two texts.
#[test]
fn the_readme_says_what_the_help_says_of_exit_codes() {
    let readme = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../trace-spool/README.md")).expect("a file");
    let help = run(&[&"--help"]).quietly(0);
    for line in help.lines().skip_while(|line| *line != "Exit codes:").skip(1) {
        let (code, meaning) = line.trim().split_once("  ").expect("a code and its meaning");
        assert!(readme.contains(&format!("| {code} | {meaning} |")), "{line}");
    }
}
