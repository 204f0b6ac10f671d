//! Adding up what the workers read, in async tasks: one for each language.

use crate::error::Problem;
use crate::scan::{BACKLOG, Content, Fingerprint, Scanned};
use crate::walk::SourceFile;
use std::collections::HashMap;
use std::path::PathBuf;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinSet;
use trace_runtime::{TraceFuture as _, current, trace};

/// What all files of a language amount to.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) language: &'static str,
    pub(crate) files: usize,
    /// Lines that are not blank.
    pub(crate) lines: usize,
    /// Files with the same content, two or more in each group.
    pub(crate) duplicates: Vec<Vec<PathBuf>>,
}

impl Summary {
    /// How many files could be deleted without losing any content.
    pub(crate) fn redundant(&self) -> usize {
        self.duplicates.iter().map(|group| group.len() - 1).sum()
    }
}

/// What all files amount to, in no particular order.
#[derive(Debug)]
pub(crate) struct Totals {
    pub(crate) languages: Vec<Summary>,
    /// Files that cannot be read.
    pub(crate) problems: Vec<Problem>,
}

/// Hands each file to the task of its language, which starts with the first such file.
#[trace]
pub(crate) async fn summarize(mut scanned: Receiver<Scanned>) -> Totals {
    let mut tasks = JoinSet::new();
    let mut inboxes = HashMap::new();
    let mut problems = Vec::new();
    while let Some(Scanned { file, result }) = scanned.recv().await {
        let SourceFile { path, language } = file;
        let content = match result {
            Ok(content) => content,
            Err(error) => {
                problems.push(Problem { path, error });
                continue;
            }
        };
        let inbox = inboxes.entry(language).or_insert_with(|| {
            let (inbox, files) = mpsc::channel(BACKLOG);
            // A task starts outside of any span, too.
            tasks.spawn(summarize_language(language, files).in_current_span());
            inbox
        });
        if inbox.send((path, content)).await.is_err() {
            break; // The task has panicked: so will `join_all`.
        }
    }
    drop(inboxes);
    Totals { languages: tasks.join_all().await, problems }
}

/// All these tasks share a thread and take turns on it; each keeps its own span meanwhile.
#[trace(fields(language))]
async fn summarize_language(language: &'static str, mut files: Receiver<(PathBuf, Content)>) -> Summary {
    let mut summary = Summary { language, files: 0, lines: 0, duplicates: Vec::new() };
    let mut same: HashMap<Fingerprint, Vec<PathBuf>> = HashMap::new();
    while let Some((path, content)) = files.recv().await {
        summary.files += 1;
        summary.lines += content.lines;
        same.entry(content.fingerprint).or_default().push(path);
    }
    summary.duplicates = same.into_values().filter(|group| group.len() > 1).collect();
    if let Some(span) = current() {
        span.set_attribute("files", summary.files).set_attribute("duplicates", summary.redundant());
    }
    summary
}
