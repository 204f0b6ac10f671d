//! What the program does with spans that have ended, before they go anywhere.

use crate::bounds::BATCH_SPANS;
use crate::diag::Problem;
use crate::span::EndedSpan;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use trace_runtime::export::{Claims, FinishedSpan};

/// The program's function.
pub(crate) type Hook = Arc<dyn Fn(&mut EndedSpan) + Send + Sync>;

/// Spans on their way through it. They wait, as it must not run while records are read: that holds a lock.
pub(crate) struct OnEnd {
    hook: Hook,
    waiting: VecDeque<Waiting>,
    panicked: Problem,
}

/// A span, and what else is needed to write it.
pub(crate) struct Waiting {
    pub(crate) callsite: u32,
    pub(crate) span: EndedSpan,
    pub(crate) claims: Claims,
    /// For the console.
    pub(crate) shown: Option<FinishedSpan>,
}

impl OnEnd {
    pub(crate) fn new(hook: Hook) -> Self {
        Self { hook, waiting: VecDeque::new(), panicked: Problem::default() }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= BATCH_SPANS as usize
    }

    pub(crate) fn keep(&mut self, waiting: Waiting) {
        self.waiting.push_back(waiting);
    }

    /// The next span, as the program wants it; if its function panics, as it was.
    pub(crate) fn next(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        let mut span = waiting.span.clone();
        if catch_unwind(AssertUnwindSafe(|| (self.hook)(&mut span))).is_err() {
            self.panicked.say("the function given to `on_end` panicked: spans go out as they were");
            return Some(waiting);
        }
        Some(Waiting { span, ..waiting })
    }
}
