//! Places where there can be no crash file: the program runs as it does without.

use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use std::{fs, io};
use tests::faults::{is_root, tell};
use tests::place::{Place, files};
use tests::receiver::Receiver;
use tests::small_disk::{self, SmallDisk};
use tests::spooler::{NOBODY, Spooler, arrivals, powerless, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");

fn run(dir: &Path, spans: u64) -> String {
    run_as(spooler(PROGRAM), dir, spans)
}

/// Runs, delivers all it records, and gives what it said.
fn run_as(mut command: Command, dir: &Path, spans: u64) -> String {
    let receiver = Receiver::start();
    command.env("TRACE_CRASH_DIR", dir).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
    let mut program = Spooler::ready(&mut command);
    program.spans(0, spans);
    let counts = program.flush();
    assert_eq!((counts["recorded"], counts["delivered"]), (spans, spans), "{counts:?}");
    let ended = program.end();
    assert!(ended.status.success(), "{}", ended.stderr);
    assert_eq!(arrivals(&receiver).len() as u64, spans);
    ended.stderr
}

fn assert_said_once(said: &str, why: &str) {
    let expected = "trace: no crash recorder, spans are in ordinary memory";
    assert!(said.starts_with(expected) && said.contains(why) && said.lines().count() == 1, "{why}: {said}");
}

#[test]
fn where_no_crash_file_can_be_the_program_runs_says_so_once_and_records_in_ordinary_memory() -> io::Result<()> {
    let start = Instant::now();
    let place = Place::new();
    fs::create_dir(place.path("theirs"))?;
    fs::set_permissions(place.path("theirs"), fs::Permissions::from_mode(0o700))?;
    symlink(place.path("theirs"), place.path("link"))?;
    fs::write(place.path("file"), "x")?;
    fs::create_dir(place.path("open"))?;
    fs::set_permissions(place.path("open"), fs::Permissions::from_mode(0o777))?;
    for (name, why) in [
        ("link", "it is a symbolic link"),
        ("file", "it is not a directory"),
        ("file/below", "Not a directory"),
        ("open", "other users may write to it"),
    ] {
        assert_said_once(&run(&place.path(name), 3), why);
    }
    assert_said_once(&run(Path::new("/proc/self/nowhere"), 3), "No such file");
    if is_root() {
        chown(place.path("theirs"), Some(65534), Some(65534))?;
        assert_said_once(&run(&place.path("theirs"), 3), "it belongs to another user");
    }
    assert_eq!(fs::read_dir(place.path("theirs"))?.count(), 0, "nothing was put there");
    tell("crash recorder: link, file, open, foreign or missing directory", 6, "one warning", start);
    Ok(())
}

#[test]
fn a_process_that_may_not_write_there_says_so_once() -> io::Result<()> {
    let place = Place::new();
    let command = powerless(PROGRAM, &place);
    fs::create_dir(place.spool())?;
    fs::set_permissions(place.spool(), fs::Permissions::from_mode(0o500))?;
    if is_root() {
        chown(place.spool(), Some(NOBODY), Some(NOBODY))?;
    }
    assert_said_once(&run_as(command, &place.spool(), 3), "Permission denied");
    Ok(())
}

#[test]
fn a_full_disk_is_found_out_before_anything_is_written_there() {
    if !small_disk::is_inside() {
        return small_disk::run_inside("a_full_disk_is_found_out_before_anything_is_written_there");
    }
    let start = Instant::now();
    let place = Place::new();
    let disk = SmallDisk::mount(place.path(""));
    disk.fill();
    let said = run(&place.path(""), 100);
    assert_said_once(&said, "No space left");
    assert!(files(&place.path(""), "crash").is_empty() && files(&place.path(""), "new").is_empty());
    tell("crash recorder on a full disk", 1, "one warning, nothing left there", start);
}

/// Somebody else takes all the room while the program records: pages of the file that are there stay there.
#[test]
fn a_disk_that_fills_up_meanwhile_never_raises_a_signal() {
    if !small_disk::is_inside() {
        return small_disk::run_inside("a_disk_that_fills_up_meanwhile_never_raises_a_signal");
    }
    let (start, times) = (Instant::now(), 20);
    for _ in 0..times {
        let place = Place::new();
        let disk = SmallDisk::mount(place.path(""));
        let receiver = Receiver::start();
        let mut command = spooler(PROGRAM);
        command.env("TRACE_CRASH_DIR", place.path("")).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
        let mut program = Spooler::ready(&mut command);
        program.spans(0, 10);
        disk.fill();
        // More than is in the file so far.
        program.order("spans 10 20000 100");
        assert_eq!(program.answer(), "done");
        let counts = program.flush();
        assert_eq!((counts["recorded"], counts["delivered"]), (20010, 20010), "{counts:?}");
        let ended = program.end();
        assert!(ended.status.success(), "{:?} {}", ended.status, ended.stderr);
        let once = ended.stderr.lines().filter(|line| line.contains("the crash recorder has no room")).count();
        assert!(once == 1 && ended.stderr.lines().count() == 1, "{}", ended.stderr);
    }
    tell("a disk of 4 MiB fills up while a crash recorder runs", times, "no signal, nothing lost", start);
}
