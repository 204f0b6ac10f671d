//! What the toolkit says about itself: to the `log` facade, and one line a problem and minute to stderr.

use crate::bounds::{DIAGNOSTIC_TEXT, SAY_EVERY};
use crate::terminal;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

/// Says a recurring problem now and then. One for each kind of problem.
#[derive(Default)]
pub(crate) struct Problem {
    /// Stands before the text.
    whose: String,
    said: Option<Instant>,
}

impl Problem {
    /// Of one of several.
    pub(crate) fn of(whose: String) -> Self {
        Self { whose, said: None }
    }

    pub(crate) fn say(&mut self, text: &str) {
        if self.said.is_some_and(|last| last.elapsed() < SAY_EVERY) {
            return;
        }
        self.said = Some(Instant::now());
        let text = terminal::plain(&format!("{}{text}", self.whose), DIAGNOSTIC_TEXT);
        to_stderr(&text);
        // A logger that panics is the program's own affair.
        let _ = catch_unwind(|| log::warn!("{text}"));
    }
}

/// A line on stderr. If it cannot be written at once, nobody is told.
pub(crate) fn to_stderr(text: &str) {
    terminal::write(format!("trace: {text}\n").as_bytes(), Duration::ZERO);
}
