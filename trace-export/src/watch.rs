//! A destination that becomes known, or changes, while the program runs.

use crate::bounds::DISCOVER_EVERY;
use crate::config::{Destination, Env, Otlp};
use crate::control::{Control, lock};
use crate::diag::Problem;
use crate::lane::Lane;
use crate::outbox::Phase;
use crate::spool::DESTINATION;
use std::fs::Metadata;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};
use trace_runtime::export;

/// Asks the program where to send spans.
pub(crate) type Discover = Box<dyn FnMut() -> Result<Option<Destination>, String> + Send>;

/// Where batches go, as far as that is known.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) to: Option<Arc<Otlp>>,
    by: Source,
}

/// Who said where to send spans. What comes later in this list counts before what comes earlier.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// Nobody, or somebody before the start.
    #[default]
    Start,
    Saved,
    Discovered,
    Called,
}

#[derive(Default)]
pub(crate) struct Target(Mutex<Known>);

impl Target {
    pub(crate) fn new(known: Known) -> Self {
        Self(Mutex::new(known))
    }

    pub(crate) fn known(&self) -> Known {
        lock(&self.0).clone()
    }

    /// For a forked child, in which nobody will ever unlock what was locked.
    pub(crate) fn known_at_fork(&self) -> Option<Known> {
        self.0.try_lock().ok().map(|known| known.clone())
    }

    /// Whether that is something new.
    pub(crate) fn set(&self, to: Otlp, by: Source) -> bool {
        let mut known = lock(&self.0);
        if by < known.by {
            return false;
        }
        known.by = by;
        let is_new = known.to.as_deref() != Some(&to);
        if is_new {
            known.to = Some(Arc::new(to));
        }
        is_new
    }
}

impl Known {
    pub(crate) fn new(to: Option<Otlp>) -> Self {
        Self { to: to.map(Arc::new), by: Source::Start }
    }
}

/// Looks after a destination that was saved.
pub(crate) struct Watch {
    saved: Option<PathBuf>,
    seen: Option<Stamp>,
    looked: Option<Instant>,
    problem: Problem,
}

/// Tells a file from what it was before.
type Stamp = (SystemTime, u64, [u64; 2], [i64; 2]);

impl Watch {
    /// `spool`: the directory in which a destination may have been saved.
    pub(crate) fn new(spool: Option<&Path>) -> Self {
        let saved = spool.map(|dir| dir.join(DESTINATION));
        Self { saved, seen: None, looked: None, problem: Problem::default() }
    }

    /// Looks, if it is time to.
    pub(crate) fn look(&mut self, target: &Target) {
        let is_decided = || target.known().by > Source::Saved;
        if self.saved.is_none() || self.looked.is_some_and(|last| last.elapsed() < DISCOVER_EVERY) || is_decided() {
            return;
        }
        self.looked = Some(Instant::now());
        match self.read_saved() {
            Ok(Some(to)) => _ = target.set(to, Source::Saved),
            Ok(None) => {}
            Err(why) => self.problem.say(&format!("the saved destination is not used: {why}")),
        }
    }

    /// `None`: there is nothing new. What cannot be read is tried again.
    fn read_saved(&mut self) -> Result<Option<Otlp>, String> {
        let Some(path) = &self.saved else { return Ok(None) };
        let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(None) };
        let stamp = stamp(&metadata);
        if self.seen == Some(stamp) {
            return Ok(None);
        }
        let to = Destination::read(path)?;
        self.seen = Some(stamp);
        Ok(Some(to))
    }
}

fn stamp(metadata: &Metadata) -> Stamp {
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    #[cfg(unix)]
    let (place, changed) = {
        use std::os::unix::fs::MetadataExt as _;
        ([metadata.dev(), metadata.ino()], [metadata.ctime(), metadata.ctime_nsec()])
    };
    #[cfg(not(unix))]
    let (place, changed) = ([0; 2], [0; 2]);
    (modified, metadata.len(), place, changed)
}

/// Asks the program again and again, on a thread of its own: it may take its time.
pub(crate) fn discover(control: &Control, lane: &Lane, discover: &Mutex<Discover>) {
    control.attach();
    let mut problem = lane.problem();
    export::muted(|| {
        while lane.outbox.phase() == Phase::Running && lane.target.known().by < Source::Called {
            // Locked for ever in a child that was forked while it was being asked.
            let Ok(mut asked) = discover.try_lock() else { return };
            let answer = catch_unwind(AssertUnwindSafe(&mut *asked));
            drop(asked);
            let to = match answer {
                Ok(Ok(Some(destination))) => {
                    Env::process().otlp(&destination).map(Some).map_err(|error| error.to_string())
                }
                Ok(Ok(None)) => Ok(None),
                Ok(Err(why)) => Err(why),
                Err(_) => Err("it panicked".to_owned()),
            };
            match to {
                Ok(Some(to)) => {
                    if lane.target.set(to, Source::Discovered) {
                        lane.outbox.nudge();
                    }
                }
                Ok(None) => {}
                Err(why) => problem.say(&format!("the program does not say where to send spans: {why}")),
            }
            std::thread::sleep(DISCOVER_EVERY);
        }
    });
}
