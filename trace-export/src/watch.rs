//! A destination that becomes known, or changes, while the program runs.

use crate::bounds::DISCOVER_EVERY;
use crate::config::{Destination, Env, Otlp};
use crate::control::lock;
use crate::diag::Problem;
use crate::spool::DESTINATION;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

/// Asks the program where to send spans.
pub(crate) type Discover = Box<dyn FnMut() -> Result<Option<Destination>, String> + Send>;

/// Where batches go, as far as that is known.
#[derive(Clone, Default)]
pub(crate) struct Known {
    pub(crate) to: Option<Arc<Otlp>>,
    /// The program said so while it ran: nothing else counts then.
    by_call: bool,
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
    pub(crate) fn set(&self, to: Otlp, by_call: bool) -> bool {
        let mut known = lock(&self.0);
        if known.by_call && !by_call {
            return false;
        }
        known.by_call = by_call;
        let is_new = known.to.as_deref() != Some(&to);
        if is_new {
            known.to = Some(Arc::new(to));
        }
        is_new
    }
}

impl Known {
    pub(crate) fn new(to: Option<Otlp>) -> Self {
        Self { to: to.map(Arc::new), by_call: false }
    }
}

/// Looks after what may change without a call.
pub(crate) struct Watch<'a> {
    discover: Option<&'a Mutex<Discover>>,
    saved: Option<PathBuf>,
    seen: Option<(SystemTime, u64)>,
    looked: Option<Instant>,
    problem: Problem,
}

impl<'a> Watch<'a> {
    /// `spool`: the directory in which a destination may have been saved.
    pub(crate) fn new(discover: Option<&'a Mutex<Discover>>, spool: Option<&Path>) -> Self {
        let saved = spool.map(|dir| dir.join(DESTINATION));
        Self { discover, saved, seen: None, looked: None, problem: Problem::default() }
    }

    /// Looks, if it is time to.
    pub(crate) fn look(&mut self, target: &Target) {
        if target.known().by_call || self.looked.is_some_and(|last| last.elapsed() < DISCOVER_EVERY) {
            return;
        }
        self.looked = Some(Instant::now());
        if self.ask(target) {
            return;
        }
        match self.read_saved() {
            Ok(Some(to)) => _ = target.set(to, false),
            Ok(None) => {}
            Err(why) => self.problem.say(&format!("the saved destination is not used: {why}")),
        }
    }

    /// Whether the program knows.
    fn ask(&mut self, target: &Target) -> bool {
        // Locked for ever in a child that was forked while it was being asked.
        let Some(Ok(mut discover)) = self.discover.map(Mutex::try_lock) else { return false };
        let answer = catch_unwind(AssertUnwindSafe(&mut *discover));
        drop(discover);
        let to = match answer {
            Ok(Ok(Some(destination))) => Env::process().otlp(&destination).map_err(|error| error.to_string()),
            Ok(Ok(None)) => return false,
            Ok(Err(why)) => Err(why),
            Err(_) => Err("it panicked".to_owned()),
        };
        match to {
            Ok(to) => {
                target.set(to, false);
                true
            }
            Err(why) => {
                self.problem.say(&format!("the program does not say where to send spans: {why}"));
                false
            }
        }
    }

    /// `None`: there is nothing new.
    fn read_saved(&mut self) -> Result<Option<Otlp>, String> {
        let Some(path) = &self.saved else { return Ok(None) };
        let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(None) };
        let stamp = (metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH), metadata.len());
        if self.seen == Some(stamp) {
            return Ok(None);
        }
        self.seen = Some(stamp);
        Destination::read(path).map(Some)
    }
}
