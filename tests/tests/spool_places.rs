//! Directories that cannot be a spool, and what protects one that can.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use tests::faults::{is_root, tell, wait_until};
use tests::place::{Place, files};
use tests::receiver::{Answer, Receiver};
use tests::spooler::{NOBODY, Spooler, arrivals, powerless, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own");
}

fn mode_of(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o7777
}

/// Delivers three batches from memory, and says one thing.
fn assert_works_in_memory(what: &str, dir: &OsStr, command: &mut Command) {
    for mode in ["first", "overflow"] {
        let receiver = Receiver::start();
        command.env("SPOOLER_DIR", dir).env("TRACE_SPOOL_MODE", mode);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
        let mut program = Spooler::ready(command);
        for n in 0..3 {
            program.spans(n, 1);
            let counts = program.flush();
            assert_eq!((counts["recorded"], counts["delivered"]), (n + 1, n + 1), "{what}, {mode}: {counts:?}");
        }
        program.spans(3, 1);
        let ended = program.end();
        assert!(ended.status.success(), "{what}, {mode}: {}", ended.stderr);
        assert_eq!(arrivals(&receiver).into_values().collect::<Vec<_>>(), [1; 4], "{what}, {mode}");
        // One that can be read is found out when something has to be written, and that may never be.
        let may_be_silent = mode == "overflow" && what == "read-only";
        let said = ended.stderr.as_str();
        assert!(said.starts_with("trace: the spool cannot be used") || may_be_silent, "{what}, {mode}: {said}");
        assert!(said.lines().count() == 1 || said.is_empty(), "{what}, {mode}: {said}");
    }
}

#[test]
fn where_no_spool_can_be_the_program_runs_says_so_once_and_delivers_from_memory() {
    let start = Instant::now();
    let place = Place::new();
    let mut program = powerless(PROGRAM, &place);
    let make = |name: &str, mode| {
        let path = place.path(name);
        fs::create_dir(&path).expect("a directory");
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).expect("the super-user may");
        }
        set_mode(&path, mode);
        path
    };
    let read_only = make("read-only", 0o500);
    let no_permission = make("no permission", 0);
    fs::write(place.path("file"), "kept").expect("room");
    assert_works_in_memory("read-only", read_only.as_os_str(), &mut program);
    assert_works_in_memory("missing, and not to be made", read_only.join("missing").as_os_str(), &mut program);
    assert_works_in_memory("a file in its place", place.path("file").as_os_str(), &mut program);
    assert_works_in_memory("below a file", place.path("file/spool").as_os_str(), &mut program);
    assert_works_in_memory("no permission", no_permission.as_os_str(), &mut program);
    assert_works_in_memory("an empty path", OsStr::new(""), &mut program);
    let long = place.path(&"0123456789/".repeat(500));
    assert_works_in_memory("a path of 5 000 bytes", long.as_os_str(), &mut program);
    assert_eq!(fs::read_to_string(place.path("file")).expect("still there"), "kept");
    set_mode(&no_permission, 0o700);
    tell("read-only, missing, file, no permission, empty, long", 7, "all delivered from memory, 1 warning each", start);
}

#[test]
fn a_path_that_is_not_utf_8_is_a_path() {
    let start = Instant::now();
    for variable in ["SPOOLER_DIR", "TRACE_SPOOL_DIR"] {
        let place = Place::new();
        let mut dir = place.path("").into_os_string();
        dir.push(OsString::from_vec(b"not-\xff-utf-8".to_vec()));
        let mut program = Spooler::ready(spooler(PROGRAM).env(variable, &dir).env("TRACE_SPOOL_MODE", "first"));
        program.store(0..3);
        let ended = program.end();
        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
        assert_eq!(files(Path::new(&dir), "batch").len(), 3, "{variable}");
        assert_eq!(fs::read_dir(place.path("")).expect("ours").count(), 1);
    }
    tell("a path that is not UTF-8", 2, "used as it is", start);
}

/// Everything below a directory, itself included.
fn tree(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).expect("a directory").flatten() {
        let path = entry.path();
        found.append(&mut if path.is_dir() { tree(&path) } else { vec![path] });
    }
    found
}

fn assert_private(place: &Place, least: usize) {
    let tree = tree(&place.spool());
    assert!(tree.len() >= least, "{tree:?}");
    for path in tree {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode_of(&path), expected, "{}", path.display());
    }
}

#[test]
fn whatever_the_umask_nobody_else_can_read_the_files_or_the_directory() {
    let start = Instant::now();
    for umask in ["000", "022", "077"] {
        let place = Place::new();
        let program = |url: Option<&str>| {
            let mut command = spooler("sh");
            command.args(["-c", &format!("umask {umask}; exec \"$0\""), PROGRAM]);
            command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
            command.envs(url.map(|url| ("OTEL_EXPORTER_OTLP_ENDPOINT", url)));
            Spooler::ready(&mut command)
        };
        let mut writer = program(None);
        writer.store(0..3);
        assert_private(&place, 1 + 3);
        // Rejected from disk.
        let strict = Receiver::answering(|_| Answer::Refuse(400, String::new(), Vec::new()));
        let refused = program(Some(&strict.url()));
        wait_until("three batches are rejected", || place.quarantined().len() == 3);
        assert!(refused.end().status.success());
        assert_private(&place, 2 + 3);
        // Leased, and waiting behind that.
        let silent = Receiver::answering(|_| Answer::Hang);
        writer.store(3..5);
        let holder = program(Some(&silent.url()));
        wait_until("a lease", || place.leased().len() == 1);
        assert_eq!(writer.ask(&format!("save http://127.0.0.1:1 {}", place.spool().display())), "Ok(())");
        assert_private(&place, 2 + 3 + 2 + 1);
        assert!(holder.end().status.success() && writer.end().status.success());
        assert_private(&place, 2 + 3 + 2 + 1);
    }
    tell("umask 000, 022, 077", 3, "files 0600, directories 0700", start);
}

#[test]
fn an_empty_directory_that_others_may_read_becomes_private_and_is_used() {
    let place = Place::new();
    fs::create_dir(place.spool()).expect("a directory");
    set_mode(&place.spool(), 0o755);
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    let mut program = Spooler::ready(&mut command);
    program.store(0..1);
    assert_eq!(program.end().stderr, "");
    assert_private(&place, 1 + 1);
}

#[test]
fn a_directory_removed_while_the_program_runs_is_made_again() {
    let start = Instant::now();
    let place = Place::new();
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    let mut writer = Spooler::ready(&mut command);
    let receiver = Receiver::start();
    let reader = Spooler::ready(command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()));
    wait_until("the directory", || place.spool().exists());
    for n in 0..5 {
        // The other program has seen it go, too.
        fs::remove_dir_all(place.spool()).expect("the directory");
        writer.store(2 * n..2 * n + 1);
        assert_eq!(mode_of(&place.spool()), 0o700);
        wait_until("the batch arrives", || arrivals(&receiver).contains_key(&(2 * n)));
        place.wait_until_empty();
    }
    let counts = writer.counts();
    assert_eq!((counts["recorded"], counts["stored"]), (5, 5));
    for ended in [writer.end(), reader.end()] {
        assert_eq!((ended.status.code(), ended.stderr.as_str()), (Some(0), ""));
    }
    tell("directory removed while running", 5, "made again, all delivered", start);
}
