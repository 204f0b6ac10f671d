//! Several processes at one directory.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::batch_file::numbers_in;
use tests::faults::{random, tell, times, wait_until};
use tests::place::Place;
use tests::receiver::{Answer, Receiver};
use tests::spooler::{Spooler, arrivals, spooler};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spooler");
const MANY: u64 = 1_000_000;

fn sharing(place: &Place, receiver: &Receiver) -> Command {
    let mut command = spooler(PROGRAM);
    command.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first");
    command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).env("OTEL_EXPORTER_OTLP_TIMEOUT", "2000");
    command
}

/// All of them store and send at once, and are killed one after the other.
fn killed_at_random(processes: u64) {
    let (start, times) = (Instant::now(), times(1, 5));
    let (mut stored_in_all, mut duplicates_in_all) = (0, 0);
    for _ in 0..times {
        let (place, receiver) = (Place::new(), Receiver::start());
        let mut programs: Vec<_> = (0..processes).map(|_| Spooler::ready(&mut sharing(&place, &receiver))).collect();
        for (nth, program) in programs.iter_mut().enumerate() {
            program.order(&format!("store {} {MANY}", nth as u64 * MANY));
        }
        receiver.wait_for_requests(10);
        let mut stored = BTreeSet::new();
        for program in programs {
            std::thread::sleep(Duration::from_millis(random(0..100)));
            stored.extend(program.kill().answers.iter().filter_map(|line| line.parse::<u64>().ok()));
        }
        let held = place.leased();
        let leased: BTreeSet<u64> =
            held.iter().flat_map(|lease| numbers_in(&fs::read(lease).expect("a lease of the dead"))).collect();
        assert!(held.len() as u64 <= processes);
        let drainer = Spooler::ready(&mut sharing(&place, &receiver));
        place.wait_until_empty();
        assert!(drainer.end().status.success());

        let arrivals = arrivals(&receiver);
        let lost: Vec<_> = stored.iter().filter(|n| !arrivals.contains_key(n)).collect();
        assert!(lost.is_empty(), "{lost:?} of {} were stored and lost", stored.len());
        for (n, times) in arrivals.iter().filter(|(_, times)| **times > 1) {
            assert!(leased.contains(n) && *times == 2, "{n} arrived {times} times, and no dead process was sending it");
            duplicates_in_all += 1;
        }
        stored_in_all += stored.len();
    }
    let what = format!("{stored_in_all} batches stored, 0 lost, {duplicates_in_all} duplicates");
    tell(&format!("{processes} processes killed at random"), times, &what, start);
}

#[test]
fn processes_killed_at_random_lose_nothing_and_duplicate_only_what_they_were_sending() {
    // At once, since all of them wait for the leases of the dead.
    std::thread::scope(|scope| {
        for processes in [2, 4, 8] {
            scope.spawn(move || killed_at_random(processes));
        }
    });
}

/// A holder that stops while it sends; the backend may have got it, or not.
struct Sleeper {
    place: Place,
    receiver: Receiver,
    holder: Spooler,
    other: Spooler,
}

impl Sleeper {
    fn new(nth: u64) -> Self {
        let place = Place::new();
        // The holder's request is under way for long; later ones are answered at once.
        let got_it = nth % 2 == 0;
        let receiver = Receiver::answering(move |request| match request {
            0 if got_it => Answer::AcceptLater(Duration::from_millis(500)),
            0 => Answer::Hang,
            _ => Answer::Accept,
        });
        let mut writer = spooler(PROGRAM);
        let mut writer = Spooler::ready(writer.env("TRACE_SPOOL_DIR", place.spool()).env("TRACE_SPOOL_MODE", "first"));
        writer.store(0..3);
        assert!(writer.end().status.success());
        let holder = Spooler::ready(&mut sharing(&place, &receiver));
        receiver.wait_for_requests(1);
        holder.signal(libc::SIGSTOP);
        assert_eq!(place.leased().len(), 1, "the stopped process holds a lease");
        let other = Spooler::ready(&mut sharing(&place, &receiver));
        Self { place, receiver, holder, other }
    }

    /// How many batches came twice.
    fn wake(mut self) -> u64 {
        self.place.wait_until_empty();
        let before = self.receiver.requests().len();
        self.holder.signal(libc::SIGCONT);
        // It works on: with what it held, and with something new.
        self.holder.store(3..4);
        assert!(self.holder.flush()["balanced"] == 1 && self.other.counts()["adopted.dropped"] == 0);
        wait_until("the new batch arrives", || self.receiver.requests().len() > before);
        self.place.wait_until_empty();
        assert!(self.holder.end().status.success() && self.other.end().status.success());
        let arrivals = arrivals(&self.receiver);
        assert_eq!(arrivals.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
        let duplicates = arrivals.values().map(|times| times - 1).sum();
        assert!(duplicates <= 1, "{arrivals:?}");
        duplicates
    }
}

#[test]
fn a_holder_stopped_past_its_deadline_and_resumed_delivers_its_batch_once_more_at_most() {
    let (start, times) = (Instant::now(), times(6, 50));
    // At once, since all of them wait for the same time.
    let sleepers: Vec<_> = (0..times).map(Sleeper::new).collect();
    let duplicates: u64 = sleepers.into_iter().map(Sleeper::wake).sum();
    tell("lease holder stopped past its deadline", times, &format!("0 lost, {duplicates} duplicates"), start);
}
