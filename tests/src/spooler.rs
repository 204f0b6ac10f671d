//! Programs that use a spool, as seen from outside.

use crate::faults::{LONG, is_root};
use crate::place::Place;
use crate::receiver::Receiver;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::{Index, Range};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often the span with each number arrived.
#[must_use]
pub fn arrivals(receiver: &Receiver) -> BTreeMap<u64, u64> {
    let mut arrivals = BTreeMap::new();
    for number in receiver.spans().iter().filter_map(|one| one.attribute("n")?.parse().ok()) {
        *arrivals.entry(number).or_default() += 1;
    }
    arrivals
}

/// The program `spooler`, not started yet, in an environment without our variables.
#[must_use]
pub fn spooler(program: &str) -> Command {
    clean(Command::new(program))
}

/// Takes the variables out that this process may have.
#[must_use]
pub fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("OTEL_") || text.starts_with("TRACE_") || text.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&name);
        }
    }
    command
}

/// The user without rights, whose rights some programs have here: the super-user's are not checked.
pub const NOBODY: u32 = 65534;

/// The program, with no more rights than it needs, in a place that is its user's.
///
/// # Panics
/// If the place has no room.
#[must_use]
pub fn powerless(program: &str, place: &Place) -> Command {
    if !is_root() {
        return spooler(program);
    }
    let copy = place.path("program");
    if !copy.exists() {
        fs::copy(program, &copy).expect("room");
        chown(place.path(""), Some(NOBODY), Some(NOBODY)).expect("the super-user may");
    }
    let mut command = spooler(copy.to_str().expect("a plain path"));
    command.uid(NOBODY).gid(NOBODY);
    command
}

/// A running program.
pub struct Spooler {
    child: Child,
    orders: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
    stderr: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

/// How a program ended.
pub struct Ended {
    /// Answers that nobody has read.
    pub answers: Vec<String>,
    /// All of it.
    pub stderr: String,
    /// Of the process.
    pub status: ExitStatus,
    /// From the last order to its end.
    pub took: Duration,
}

impl Spooler {
    /// Runs it.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let orders = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let errors = BufReader::new(child.stderr.take().expect("a pipe"));
        let (sender, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let stderr = Arc::new(Mutex::new(String::new()));
        let text = stderr.clone();
        let reading = std::thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                let mut text = text.lock().expect("not poisoned");
                text.push_str(&line);
                text.push('\n');
            }
        });
        Self { child, orders, answers, stderr, reading: Some(reading) }
    }

    /// Runs it, and waits until it is ready.
    ///
    /// # Panics
    /// If it does not become so.
    pub fn ready(command: &mut Command) -> Self {
        let program = Self::start(command);
        assert_eq!(program.answer(), "ready");
        program
    }

    /// Does not wait for the answer.
    ///
    /// # Panics
    /// If the program has ended.
    pub fn order(&mut self, order: &str) {
        let orders = self.orders.as_mut().expect("a pipe");
        orders.write_all(format!("{order}\n").as_bytes()).expect("the program listens");
    }

    /// The next one.
    ///
    /// # Panics
    /// If there is none within a minute.
    #[must_use]
    pub fn answer(&self) -> String {
        self.answers.recv_timeout(LONG).expect("an answer")
    }

    /// An order and its answer.
    pub fn ask(&mut self, order: &str) -> String {
        self.order(order);
        self.answer()
    }

    /// Ends a span for each number.
    ///
    /// # Panics
    /// If the program does something else.
    pub fn spans(&mut self, from: u64, count: u64) {
        assert_eq!(self.ask(&format!("spans {from} {count}")), "done");
    }

    /// Waits until every span has an outcome.
    ///
    /// # Panics
    /// If that takes too long.
    pub fn flush(&mut self) -> Counted {
        let counts = Counted::parse(&self.ask("flush 20000"));
        assert_eq!(counts["complete"], 1, "{counts:?}");
        counts
    }

    /// One batch for each of these spans, each stored or delivered when this returns.
    ///
    /// # Panics
    /// If one is not.
    pub fn store(&mut self, numbers: Range<u64>) {
        let told = self.ask(&format!("store {} {}", numbers.start, numbers.end - numbers.start));
        let mut told = Some(told);
        for n in numbers {
            let line = told.take().unwrap_or_else(|| self.answer());
            assert_eq!(line, n.to_string());
        }
        assert_eq!(told.unwrap_or_else(|| self.answer()), "done");
    }

    /// What it counts now.
    pub fn counts(&mut self) -> Counted {
        Counted::parse(&self.ask("counts"))
    }

    /// Waits until it counts this many: a file goes a moment before its spans are counted.
    ///
    /// # Panics
    /// If it never does.
    pub fn wait_for(&mut self, name: &str, spans: u64) -> Counted {
        let end = Instant::now() + LONG;
        loop {
            let counts = self.counts();
            if counts[name] == spans {
                return counts;
            }
            assert!(Instant::now() < end && counts[name] < spans, "{name} is not {spans}: {counts:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Ends its tracing, and gives the final counts.
    pub fn shutdown(&mut self) -> Counted {
        Counted::parse(&self.ask("shutdown 2000"))
    }

    /// What is on its stderr.
    ///
    /// # Panics
    /// If that cannot be read.
    #[must_use]
    pub fn said(&self) -> String {
        self.stderr.lock().expect("not poisoned").clone()
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The most memory and the most address space it has had, in bytes.
    ///
    /// # Panics
    /// Where the system does not say.
    #[must_use]
    pub fn peak_memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).expect("a running process");
        let peak = |name| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("its peak");
            line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") << 10
        };
        (peak("VmHWM:"), peak("VmPeak:"))
    }

    /// Sends a signal.
    ///
    /// # Panics
    /// If it cannot be sent.
    #[allow(unsafe_code)]
    pub fn signal(&self, signal: i32) {
        // SAFETY: a plain system call; the child has not been waited for, so the number is its own.
        assert_eq!(unsafe { libc::kill(self.child.id() as i32, signal) }, 0);
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// If it had ended before.
    #[must_use]
    pub fn kill(mut self) -> Ended {
        self.child.kill().expect("it still runs");
        self.ended()
    }

    /// Lets `main` return.
    #[must_use]
    pub fn end(self) -> Ended {
        self.ended()
    }

    /// Waits for it to end, although its stdin stays open.
    ///
    /// # Panics
    /// If it does not.
    #[must_use]
    pub fn ended_by_itself(mut self) -> Ended {
        let orders = self.orders.take();
        let ended = self.ended();
        drop(orders);
        ended
    }

    fn ended(mut self) -> Ended {
        let start = Instant::now();
        drop(self.orders.take());
        let status = self.child.wait().expect("it ends");
        let took = start.elapsed();
        self.reading.take().map(JoinHandle::join).expect("still there").expect("its stderr");
        let stderr = self.said();
        let answers = std::mem::replace(&mut self.answers, mpsc::channel().1);
        Ended { answers: answers.iter().collect(), stderr, status, took }
    }
}

impl Drop for Spooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the program says of its spans.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted(BTreeMap<String, u64>);

impl Counted {
    /// Checks the equation, too.
    ///
    /// # Panics
    /// If it does not hold.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let pairs = line.split(' ').filter_map(|pair| pair.split_once('='));
        let counts = Self(pairs.map(|(name, value)| (name.to_owned(), value.parse().expect("a number"))).collect());
        let outcomes = ["delivered", "stored", "discarded", "dropped", "in_flight"];
        let sum: u64 = outcomes.iter().map(|name| counts[name]).sum();
        assert!(counts["recorded"] == sum && counts["balanced"] == 1, "{line}");
        counts
    }
}

impl Index<&str> for Counted {
    type Output = u64;
    fn index(&self, name: &str) -> &u64 {
        self.0.get(name).unwrap_or_else(|| panic!("no count {name:?} in {self:?}"))
    }
}
