//! Links, pipes and files of other users where the spool has its own: they are refused, and what they lead to is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use tests::batch_file::name;
use tests::faults::{is_root, skip, tell, wait_until};
use tests::place::Place;
use tests::receiver::Receiver;
use tests::spooler::{Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");
const NOBODY: u32 = 65534;

fn command(dir: &Path, receiver: Option<&Receiver>) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", dir).env("TRACE_SPOOL_MODE", "first");
    command.envs(receiver.map(|receiver| ("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())));
    command
}

/// A directory in the form of a spool, with a batch that anybody would deliver and a destination. Nobody may change it.
struct Victim {
    place: Place,
    was: BTreeMap<PathBuf, (u32, Vec<u8>)>,
}

impl Victim {
    fn new(url: &str) -> Self {
        let place = Place::new();
        let mut writer = Spooler::ready(&mut command(&place.spool(), None));
        writer.store(666..667);
        assert_eq!(writer.ask(&format!("save {url} {}", place.spool().display())), "Ok(())");
        let _killed = writer.kill();
        Self { was: Self::look(&place.spool()), place }
    }

    fn dir(&self) -> PathBuf {
        self.place.spool()
    }

    fn batch(&self) -> PathBuf {
        self.place.waiting().remove(0)
    }

    fn destination(&self) -> PathBuf {
        self.dir().join("destination")
    }

    fn look(dir: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let entries = fs::read_dir(dir).expect("a directory").flatten().map(|entry| entry.path());
        let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode();
        entries.map(|path| (path.clone(), (mode(&path), fs::read(&path).expect("a file")))).collect()
    }

    fn assert_untouched(&self) {
        assert!(self.was == Self::look(&self.dir()), "{:?}", fs::read_dir(self.dir()));
    }
}

/// The program does not use this directory, says so, and delivers its own spans from memory.
fn assert_refused(what: &str, dir: &Path) {
    let receiver = Receiver::start();
    let mut program = Spooler::ready(&mut command(dir, Some(&receiver)));
    program.spans(1, 1);
    let counts = program.flush();
    assert_eq!((counts["delivered"], counts["adopted.delivered"]), (1, 0), "{what}");
    program.spans(2, 1);
    let ended = program.end();
    assert!(ended.status.success(), "{what}");
    assert_eq!(arrivals(&receiver), BTreeMap::from([(1, 1), (2, 1)]), "{what}");
    assert!(
        ended.stderr.starts_with("trace: the spool cannot be used") && ended.stderr.lines().count() == 1,
        "{what}: {}",
        ended.stderr
    );
}

#[test]
fn a_directory_that_is_a_link_or_open_to_others_is_not_used() {
    let start = Instant::now();
    let victim = Victim::new("http://127.0.0.1:1");
    let place = Place::new();
    symlink(victim.dir(), place.path("link")).expect("a link");
    assert_refused("a symbolic link", &place.path("link"));
    victim.assert_untouched();
    for mode in [0o777, 0o770, 0o755] {
        fs::set_permissions(victim.dir(), fs::Permissions::from_mode(mode)).expect("ours");
        assert_refused(&format!("mode {mode:o} and not empty"), &victim.dir());
        victim.assert_untouched();
    }
    let set_mode = |mode| fs::set_permissions(place.path("empty"), fs::Permissions::from_mode(mode)).expect("ours");
    fs::create_dir(place.path("empty")).expect("a directory");
    for mode in [0o777, 0o720] {
        set_mode(mode);
        assert_refused(&format!("mode {mode:o}, though empty"), &place.path("empty"));
        let now = fs::metadata(place.path("empty")).expect("a directory").permissions().mode();
        assert_eq!(now & 0o777, mode);
    }
    tell("symlink as directory; directory open to others", 6, "refused, untouched", start);
}

#[test]
fn a_directory_that_becomes_a_link_while_the_program_runs_is_not_used_any_more() {
    let victim = Victim::new("http://127.0.0.1:1");
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut writer = Spooler::ready(&mut command(&place.spool(), None));
    let mut reader = Spooler::ready(&mut command(&place.spool(), Some(&receiver)));
    writer.store(1..2);
    wait_until("the batch arrives", || arrivals(&receiver).contains_key(&1));
    reader.store(2..3);
    place.wait_until_empty();
    fs::remove_dir_all(place.spool()).expect("the directory");
    symlink(victim.dir(), place.spool()).expect("a link");
    writer.spans(3, 1);
    assert_eq!(writer.ask("flush 1500").split(' ').next(), Some("complete=0"), "it waits in memory");
    reader.spans(4, 1);
    assert_eq!(reader.flush()["delivered"], 2, "from memory");
    assert!(writer.end().stderr.contains("symbolic link"));
    assert!(reader.end().stderr.contains("symbolic link"));
    assert!(!arrivals(&receiver).contains_key(&666));
    victim.assert_untouched();
}

#[test]
fn a_directory_of_another_user_is_not_used() {
    if !is_root() {
        return skip("only the super-user can give a directory away");
    }
    let start = Instant::now();
    let victim = Victim::new("http://127.0.0.1:1");
    for path in victim.was.keys().chain([&victim.dir()]) {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("the super-user may");
    }
    assert_refused("another user's", &victim.dir());
    victim.assert_untouched();
    tell("directory owned by another user", 1, "refused, untouched", start);
}

#[test]
fn a_link_a_pipe_or_a_foreign_file_in_the_place_of_a_batch_is_put_away_and_not_followed() {
    let start = Instant::now();
    // One for each, since a file with two names is refused for that alone.
    let [victim, other, third] = [(); 3].map(|()| Victim::new("http://127.0.0.1:1"));
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut writer = Spooler::ready(&mut command(&place.spool(), None));
    writer.store(1..2);
    let at = |created| place.spool().join(name(created, 1));
    symlink(victim.batch(), at(1)).expect("a link");
    fs::hard_link(other.batch(), at(2)).expect("a link");
    make_pipe(&at(3));
    symlink("/dev/zero", at(4)).expect("a link");
    let mut planted = 4;
    if is_root() {
        fs::copy(third.batch(), at(5)).expect("room");
        chown(at(5), Some(NOBODY), Some(NOBODY)).expect("the super-user may");
        planted += 1;
    }
    let mut reader = Spooler::ready(&mut command(&place.spool(), Some(&receiver)));
    let counts = reader.wait_for("adopted.delivered", 1);
    assert_eq!(counts["adopted.dropped"], planted);
    assert_eq!(arrivals(&receiver), BTreeMap::from([(1, 1)]));
    assert_eq!(place.quarantined().len() as u64, planted);
    assert!(reader.end().status.success() && writer.end().status.success());
    [victim, other, third].iter().for_each(Victim::assert_untouched);
    tell("symlink, hard link, FIFO, device, foreign file as batch", planted, "refused, untouched", start);
}

fn make_pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

#[test]
fn a_link_or_a_pipe_in_the_place_of_the_destination_is_not_used() {
    let start = Instant::now();
    let plant: [fn(&Victim, &Path); 3] = [
        |victim, at| symlink(victim.destination(), at).expect("a link"),
        |victim, at| fs::hard_link(victim.destination(), at).expect("a link"),
        |_, at| make_pipe(at),
    ];
    for plant in plant {
        let receiver = Receiver::start();
        let (victim, place) = (Victim::new(&receiver.url()), Place::new());
        fs::create_dir(place.spool()).expect("a directory");
        fs::set_permissions(place.spool(), fs::Permissions::from_mode(0o700)).expect("ours");
        plant(&victim, &place.spool().join("destination"));
        let mut program = Spooler::ready(&mut command(&place.spool(), None));
        let said = "the saved destination is not used";
        wait_until("it says so", || program.said().contains(said));
        program.store(1..2);
        let ended = program.end();
        assert!(
            ended.status.success() && ended.stderr.contains("the saved destination is not used"),
            "{}",
            ended.stderr
        );
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(receiver.requests().is_empty() && place.waiting().len() == 1);
        victim.assert_untouched();
    }
    tell("symlink, hard link, FIFO as `destination`", 3, "refused, untouched", start);
}

#[test]
fn saving_a_destination_does_not_write_through_a_link() {
    let (victim, place) = (Victim::new("http://127.0.0.1:1"), Place::new());
    let mut program = Spooler::ready(&mut command(&place.spool(), None));
    program.store(1..2);
    for planted in [format!("destination.{}.new", program.id()), "destination".to_owned()] {
        symlink(victim.batch(), place.spool().join(planted)).expect("a link");
        assert_eq!(program.ask(&format!("save http://127.0.0.1:1 {}", place.spool().display())), "Ok(())");
        let saved = place.spool().join("destination");
        assert!(fs::symlink_metadata(&saved).expect("it is saved").is_file());
        assert_eq!(fs::read_to_string(&saved).expect("a file"), "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1\n");
        fs::remove_file(saved).expect("a file");
    }
    victim.assert_untouched();
}

#[test]
fn a_quarantine_that_is_a_link_gets_nothing_and_loses_nothing() {
    let victim = Place::new();
    let kept: Vec<_> = (0..30).map(|n| victim.path(&format!("{n}"))).collect();
    for path in &kept {
        fs::write(path, "kept").expect("room");
    }
    let (place, receiver) = (Place::new(), Receiver::start());
    let mut writer = Spooler::ready(command(&place.spool(), None).env("TRACE_SPOOL_MAX_BATCHES", "20"));
    writer.store(1..2);
    symlink(victim.path(""), place.spool().join("quarantine")).expect("a link");
    fs::write(place.spool().join(name(1, 1)), "damaged").expect("room");
    let mut reader = Spooler::ready(command(&place.spool(), Some(&receiver)).env("TRACE_SPOOL_MAX_BATCHES", "20"));
    wait_until("the good one arrives", || arrivals(&receiver).contains_key(&1));
    reader.store(2..3);
    wait_until("and the next", || arrivals(&receiver).contains_key(&2));
    reader.wait_for("adopted.dropped", 1);
    assert!(reader.end().status.success() && writer.end().status.success());
    assert!(kept.iter().all(|path| path.exists()), "the victim lost files");
    assert_eq!(fs::read_dir(victim.path("")).expect("a directory").count(), kept.len(), "it got files");
}
