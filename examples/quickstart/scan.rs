//! Reading the files, on several threads.

use crate::error::Error;
use crate::summary::{self, Totals};
use crate::walk::SourceFile;
use std::hash::{BuildHasher as _, RandomState};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{fs, thread, vec};
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{self, Sender};
use trace_runtime::{Snapshot, current, trace, trace_type};

/// How many results may wait; with more, the workers wait.
pub(crate) const BACKLOG: usize = 64;

/// A file that a worker has read, or tried to.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) file: SourceFile,
    pub(crate) result: Result<Content, Error>,
}

/// What is kept of a file that was read.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) lines: usize,
    pub(crate) fingerprint: Fingerprint,
}

/// Length and hash of a text. Equal for equal texts, and as good as never for others.
pub(crate) type Fingerprint = (usize, u64);

/// Reads files, and sends what is in them to the async part of the program.
#[derive(Debug)]
pub(crate) struct Scanner<'a> {
    root: &'a Path,
    queue: Mutex<vec::IntoIter<SourceFile>>,
    /// With random keys, so that nobody can make files that only seem to be equal.
    hasher: RandomState,
}

#[trace_type]
impl<'a> Scanner<'a> {
    #[trace(skip)]
    pub(crate) fn new(root: &'a Path, files: Vec<SourceFile>) -> Self {
        Self { root, queue: Mutex::new(files.into_iter()), hasher: RandomState::new() }
    }

    /// Reads all files on worker threads, while this thread sums up what they find.
    pub(crate) fn scan(&self, runtime: &Runtime) -> Totals {
        let (results, scanned) = mpsc::channel(BACKLOG);
        // A thread starts outside of any span. This takes the current one to it.
        let here = &Snapshot::current();
        thread::scope(|threads| {
            for _ in 0..workers() {
                let results = results.clone();
                threads.spawn(move || {
                    let _attached = here.attach();
                    self.work(&results);
                });
            }
            // The summary is complete when the last worker has dropped its sender.
            drop(results);
            runtime.block_on(summary::summarize(scanned))
        })
    }

    /// What each worker does.
    fn work(&self, results: &Sender<Scanned>) {
        while let Some(file) = self.next() {
            let result = self.read_file(&file);
            if results.blocking_send(Scanned { file, result }).is_err() {
                return; // Nobody listens any more.
            }
        }
    }

    #[trace(skip)]
    fn next(&self) -> Option<SourceFile> {
        // A worker that panicked cannot have left the iterator half-way.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).next()
    }

    #[trace(fields(path = file.path))]
    fn read_file(&self, file: &SourceFile) -> Result<Content, Error> {
        let bytes = fs::read(self.root.join(&file.path))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| Error::NotUtf8 { offset: error.valid_up_to() })?;
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        if let Some(span) = current() {
            span.set_attribute("lines", lines);
        }
        Ok(Content { lines, fingerprint: (text.len(), self.hasher.hash_one(text)) })
    }
}

/// A thread for each core, but no crowd: more would wait for the same disk.
fn workers() -> usize {
    thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))
}
