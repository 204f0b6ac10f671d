//! What the toolkit says about itself: to the `log` facade, and one line a problem and minute to stderr.

use crate::bounds::SAY_EVERY;
use std::time::Instant;

/// Says a recurring problem now and then. One for each kind of problem.
#[derive(Default)]
pub(crate) struct Problem(Option<Instant>);

impl Problem {
    pub(crate) fn say(&mut self, text: &str) {
        if self.0.is_some_and(|last| last.elapsed() < SAY_EVERY) {
            log::debug!("{text}");
            return;
        }
        self.0 = Some(Instant::now());
        log::warn!("{text}");
        to_stderr(text);
    }
}

/// A line on stderr. If it cannot be written, nobody is told.
pub(crate) fn to_stderr(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "trace: {text}");
}
