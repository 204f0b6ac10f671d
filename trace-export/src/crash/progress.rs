//! How a recovery and the end of the program take turns.

use crate::bounds::RECOVERY_PAUSE;
use crate::control::lock;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Whether a recovery runs, and is to go on.
#[derive(Default)]
pub(crate) struct Progress {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    is_running: bool,
    is_to_end: bool,
}

impl Progress {
    /// `false`: it runs already.
    pub(crate) fn begin(&self) -> bool {
        !std::mem::replace(&mut lock(&self.state).is_running, true)
    }

    pub(super) fn end(&self) {
        lock(&self.state).is_running = false;
        self.changed.notify_all();
    }

    /// Whether it was over within the time.
    pub(crate) fn wait(&self, within: Duration) -> bool {
        let running = |state: &mut State| state.is_running;
        let waited = self.changed.wait_timeout_while(lock(&self.state), within, running);
        !waited.unwrap_or_else(PoisonError::into_inner).0.is_running
    }

    /// Lets it end what it is at, if that is before `end`.
    pub(crate) fn stop(&self, end: Instant) {
        lock(&self.state).is_to_end = true;
        self.changed.notify_all();
        self.wait(end.saturating_duration_since(Instant::now()));
    }

    pub(super) fn is_to_end(&self) -> bool {
        lock(&self.state).is_to_end
    }

    /// `false`: it is to end.
    pub(super) fn pause(&self) -> bool {
        let more = |state: &mut State| !state.is_to_end;
        let waited = self.changed.wait_timeout_while(lock(&self.state), RECOVERY_PAUSE, more);
        !waited.unwrap_or_else(PoisonError::into_inner).0.is_to_end
    }
}
