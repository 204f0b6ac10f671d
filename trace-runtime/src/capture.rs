//! Collecting spans in tests. `docs/TESTING.md` of the repository has examples: trees, snapshots, other threads, samplers.

use crate::drain::{Flow, drain};
use crate::finished::FinishedSpan;
use crate::record::Parts;
use crate::sampler::Sampler;
use crate::snapshot::Attached;
use crate::tracer::{SpanLimits, Tracer, TracerConfig};
use crate::tree::Forest;
use std::cell::RefCell;

/// Collects the spans of this test, and of no other that runs at the same time.
///
/// From [`start`](Self::start) until it is dropped, local roots on this thread are recorded here, whatever tracer
/// the program has. Other threads and tasks take part when they are given a [`Snapshot`](crate::Snapshot), as they
/// need anyway to stay in the trace.
///
/// ```
/// use trace_runtime::{capture::Capture, trace};
/// #[trace(name = "double", fields(n))]
/// fn double(n: u32) -> u32 { n * 2 }
///
/// let spans = Capture::start();
/// double(21);
/// spans.assert_tree("double n=21");
/// ```
#[must_use = "spans are collected until this is dropped"]
#[derive(Debug)]
pub struct Capture {
    tracer: &'static Tracer,
    spans: RefCell<Vec<FinishedSpan>>,
    _attached: Attached,
}

impl Capture {
    /// Begins, with every span sampled and default limits.
    pub fn start() -> Self {
        Self::with(Sampler::AlwaysOn, SpanLimits::default())
    }

    /// Begins, with a sampler and limits to be tested.
    pub fn with(sampler: Sampler, limits: SpanLimits) -> Self {
        let tracer = Tracer::isolated(TracerConfig { sampler, limits, ..TracerConfig::default() });
        Self { tracer, spans: RefCell::default(), _attached: tracer.scope().attach() }
    }

    /// The spans that have ended so far, in no particular order between threads.
    pub fn spans(&self) -> Vec<FinishedSpan> {
        let mut spans = self.spans.borrow_mut();
        let mut parts = Parts::default();
        drain(self.tracer, &mut |record| {
            spans.push(record.to_span(&mut parts));
            Flow::Taken
        });
        spans.clone()
    }

    /// The spans as a tree, without ids and times; see [`Forest::normalised`].
    pub fn tree(&self) -> String {
        Forest::new(&self.spans()).normalised()
    }

    /// The only span of this name.
    ///
    /// # Panics
    /// If there is none, or more than one. The message shows the tree.
    #[track_caller]
    pub fn span(&self, name: &str) -> FinishedSpan {
        let mut named: Vec<_> = self.spans().into_iter().filter(|span| span.name == name).collect();
        assert!(named.len() == 1, "expected one span `{name}`, found {}, in:\n{}", named.len(), self.tree());
        named.remove(0)
    }

    /// Checks how many spans have ended.
    ///
    /// # Panics
    /// If it is another number. The message shows the tree.
    #[track_caller]
    pub fn assert_count(&self, expected: usize) {
        let found = self.spans().len();
        assert!(found == expected, "expected {expected} spans, found {found}:\n{}", self.tree());
    }

    /// Checks that every span's parent is there, or in another process.
    ///
    /// # Panics
    /// If a parent is missing: it has not ended, or was lost. The message shows the tree.
    #[track_caller]
    pub fn assert_no_orphans(&self) {
        let spans = self.spans();
        let orphans = Forest::new(&spans).orphans().len();
        assert!(orphans == 0, "{orphans} spans have a parent that is not here:\n{}", self.tree());
    }

    /// Compares the [tree](Self::tree). Blank lines and common indentation in `expected` do not count.
    ///
    /// # Panics
    /// If it differs. The message shows both.
    #[track_caller]
    pub fn assert_tree(&self, expected: &str) {
        let (expected, found) = (unindented(expected), self.tree());
        assert!(found == expected, "the spans differ\nexpected:\n{expected}\nfound:\n{found}");
    }
}

fn unindented(text: &str) -> String {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let indent = lines().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines = lines().map(|line| line[indent..].trim_end());
    lines.flat_map(|line| [line, "\n"]).collect()
}

impl Drop for Capture {
    fn drop(&mut self) {
        crate::drain::finish(self.tracer, &mut |_| {});
    }
}
