//! Recording so that a crash loses nothing, and delivering what is on disk.

use crate::builder::Builder;
use crate::error::InitError;
use crate::spool::Spool;
use crate::stored::{self, FileKind, StoredFile, Unreadable};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// How often the directory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// An answer that comes now still counts.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// A backend that is away for longer is not waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// What is made of a crash file is this much younger at most, by its name.
const OF_ONE_FILE: Duration = Duration::from_secs(1);

/// What became of what was on disk.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// Spans that the backend took.
    pub delivered: u64,
    /// Spans that it rejected, and those of damaged files. They are in the directory's `quarantine/`.
    pub dropped: u64,
    /// What is still there: another process sends it, or the backend did not take it in time.
    pub left: Vec<StoredFile>,
    /// What stays for a program of another version.
    pub other_version: Vec<StoredFile>,
}

/// Delivers what programs left in a directory: crash files of processes that died, and batches of a [`Spool`]. To the
/// destination that the standard variables name, or that a program saved in the directory. Blocks until all of it has its outcome,
/// or nothing has gone for 30 s. The next program that uses the directory does the same by itself while it runs.
///
/// Each span is delivered at least once: once, unless a process is killed while it recovers or sends; then at most one batch a kill twice.
/// Several processes may do this at the same time.
///
/// ```no_run
/// let recovered = trace_export::recover("/var/lib/shop/crash")?;
/// println!("{} spans delivered, {} files left", recovered.delivered, recovered.left.len());
/// # Ok::<(), trace_export::InitError>(())
/// ```
///
/// # Errors
/// As [`Builder::recover`].
pub fn recover(dir: impl Into<PathBuf>) -> Result<Recovered, InitError> {
    crate::builder().recover(dir, PATIENCE)
}

impl Builder {
    /// Records into a file in this directory that is mapped into memory (`TRACE_CRASH_DIR`), so that a process that is killed, aborts or
    /// crashes loses no finished span. The next one that uses the directory, or [`recover`](crate::recover), exports them, together with
    /// the spans that were open at that instant: these have the attribute `trace.end` = `crash` and end when the process was last seen
    /// alive.
    ///
    /// Recording costs what it does in ordinary memory. The file is a few hundred KiB and grows with open spans and with those that
    /// have no outcome, up to 160 MiB; it is removed when the program ends as it should. Where there is no [`spool`](Self::spool), the
    /// directory is one too. It is meant for the death of a process, not of the machine; a directory in memory (tmpfs) does as well.
    ///
    /// 64-bit Linux only. Where the file cannot be had (no room, not our directory), that is said once and spans are recorded in ordinary
    /// memory. A forked child has ordinary memory, too.
    ///
    /// ```
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// # let dir = std::env::temp_dir().join(format!("crash-{}", std::process::id()));
    /// trace_export::builder().crash_recorder(&dir).init()?;
    /// # std::fs::remove_dir_all(dir).ok();
    /// # Ok(())
    /// # }
    /// ```
    pub fn crash_recorder(mut self, dir: impl Into<PathBuf>) -> Self {
        self.0.crash = Some(dir.into());
        self
    }

    /// The same as [`recover`](crate::recover) to a destination of this builder, and with another `patience`: it ends when nothing has gone for this long.
    ///
    /// # Errors
    /// As [`init`](Self::init); [`InitError::NoDestination`]; and `Invalid` if the directory cannot be used.
    pub fn recover(self, dir: impl Into<PathBuf>, patience: Duration) -> Result<Recovered, InitError> {
        let dir = dir.into();
        let mut work = Work::new(&dir);
        if stored::check_directory(&dir).is_err() {
            let accepted = "a directory of this user alone that exists";
            return Err(InitError::Invalid { setting: "recover", value: dir.display().to_string(), accepted });
        }
        if work.left().is_empty() {
            return Ok(Recovered::default());
        }
        // It stores only what it recovers, and evicts nothing for that.
        let spool = Spool::new(&dir).max_bytes(u64::MAX).max_batches(u64::MAX);
        let tracing = self.spool(spool).build()?;
        let is_known = tracing.has_backend() || dir.join(crate::spool::DESTINATION).exists();
        if !is_known {
            tracing.shutdown(Duration::ZERO);
            return Err(InitError::NoDestination);
        }
        let left = work.wait(patience, || tracing.recover_again());
        tracing.shutdown(LAST_WORDS);
        let counts = tracing.counts();
        let (delivered, dropped) = (counts.adopted.delivered, counts.adopted.dropped);
        let other_version = work.candidates().into_iter().filter(|file| work.newer.contains(stem(file))).collect();
        Ok(Recovered { delivered, dropped, left, other_version })
    }
}

/// What there was when it began.
struct Work<'a> {
    dir: &'a Path,
    /// None of it is younger, by its name: the clock may have been set back since.
    until: Option<SystemTime>,
    /// Files that stay for another version.
    newer: HashSet<String>,
    /// Crash files that were seen without a process. From then on whoever holds one recovers it.
    dead: HashSet<String>,
}

impl<'a> Work<'a> {
    fn new(dir: &'a Path) -> Self {
        let mut work = Self { dir, until: None, newer: HashSet::new(), dead: HashSet::new() };
        let (now, newest) = (SystemTime::now(), work.candidates().into_iter().map(|file| file.since).max());
        let newest = newest.filter(|newest| *newest > now).and_then(|newest| newest.checked_add(OF_ONE_FILE));
        work.until = newest.or(Some(now));
        work
    }

    /// Batches, and what processes left that died. Parts of what there was are as old as that.
    fn candidates(&mut self) -> Vec<StoredFile> {
        let mut files = stored::look(self.dir).unwrap_or_default();
        files.retain(|file| {
            let is_batch = matches!(file.kind, FileKind::Waiting | FileKind::Leased { .. });
            (is_batch || self.is_dead(file)) && self.until.is_none_or(|until| file.since <= until)
        });
        files
    }

    fn is_dead(&mut self, file: &StoredFile) -> bool {
        if file.kind != FileKind::Crash {
            return false;
        }
        let is_known = self.dead.contains(stem(file));
        is_known || !file.is_held() && self.dead.insert(stem(file).to_owned())
    }

    fn left(&mut self) -> Vec<StoredFile> {
        let mut files = self.candidates();
        files.retain(|file| !self.newer.contains(stem(file)));
        files
    }

    /// Until nothing is left, or nothing has gone for this long. `again` is for crash files whose process was dying at the first look.
    fn wait(&mut self, patience: Duration, again: impl Fn()) -> Vec<StoredFile> {
        let (mut before, mut progress) = (HashSet::new(), Instant::now());
        let mut tried = HashSet::new();
        let (mut looked_into, mut was_empty) = (false, false);
        loop {
            let left = self.left();
            let now: HashSet<String> = left.iter().map(|file| stem(file).to_owned()).collect();
            // Nobody has it, and nobody had it half a second ago.
            let is_missed =
                |file: &&StoredFile| file.kind == FileKind::Crash && before.contains(stem(file)) && !file.is_held();
            let missed: Vec<_> = left.iter().filter(is_missed).map(|file| stem(file).to_owned()).collect();
            if missed.into_iter().filter(|stem| tried.insert(stem.clone())).count() > 0 {
                again();
            }
            if before.is_subset(&now) {
                if !looked_into && progress.elapsed() > LOOK_EVERY * 4 {
                    // Once each time that nothing goes on: it reads all of them.
                    looked_into = true;
                    self.find_newer(&left);
                    continue;
                }
            } else {
                (progress, looked_into) = (Instant::now(), false);
            }
            // One look may miss a file that is renamed at that moment, two do not.
            if now.is_empty() && was_empty || progress.elapsed() >= patience {
                return left;
            }
            was_empty = now.is_empty();
            before = now;
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn find_newer(&mut self, left: &[StoredFile]) {
        for file in left {
            if matches!(file.read(), Err(Unreadable::UnknownVersion(_) | Unreadable::Unsupported(_))) {
                self.newer.insert(stem(file).to_owned());
            }
        }
    }
}

/// A file's name without its state.
fn stem(file: &StoredFile) -> &str {
    let name = file.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}
