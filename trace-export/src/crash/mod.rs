//! The crash recorder: open spans and records lie in a file that is mapped into memory, and what a process that died left there goes
//! to the spool of the next one. See `docs/CRASH.md`.

mod entry;
mod file;
mod format;
mod progress;
mod read;
mod recover;

use crate::config::Route;
use crate::diag::Problem;
use crate::exporter;
use crate::lane::Lane;
pub(crate) use file::CrashFile;
pub(crate) use progress::Progress;
pub(crate) use read::Found;
pub(crate) use recover::{created, is_held, requests};
use std::path::PathBuf;
use trace_runtime::export;

/// What the program has of it.
#[derive(Default)]
pub(crate) struct Crash {
    /// Where files of processes that died may be.
    dir: Option<PathBuf>,
    /// This process's.
    pub(crate) file: Option<&'static CrashFile>,
}

impl Crash {
    /// Makes the file if it is asked for, before the first span is recorded. If it cannot be had, that is said.
    pub(crate) fn begin(dir: Option<PathBuf>, routes: &mut [Route], resource: &[u8]) -> Self {
        let spool = routes.iter_mut().find_map(|route| match route {
            Route::Backend(backend) => Some(&mut backend.spool),
            Route::Other(_) | Route::Console => None,
        });
        let Some(dir) = dir else {
            // A spool may be one of a program that had it.
            return Self { dir: spool.and_then(|spool| Some(spool.as_ref()?.dir.clone())), file: None };
        };
        let removed = recover::limit(&dir, spool.is_some());
        if removed > 0 {
            Problem::default().say(&format!("the {removed} oldest of too many crash files are gone"));
        }
        match CrashFile::create(&dir, resource) {
            Ok(file) => {
                let file: &'static CrashFile = Box::leak(Box::new(file));
                let is_used = export::record_in(file);
                if !is_used {
                    file.remove();
                }
                Self { dir: Some(dir), file: Some(file).filter(|_| is_used) }
            }
            Err(error) => {
                let path = dir.display();
                Problem::default().say(&format!("no crash recorder, spans are in ordinary memory: {path}: {error}"));
                // What is no place for one is none for the other.
                if let Some(spool) = spool.filter(|spool| spool.as_ref().is_some_and(|spool| spool.dir == dir)) {
                    *spool = None;
                }
                Self::default()
            }
        }
    }

    /// Starts to move what processes left behind to the lane's spool. Lists the directory, which may take a while.
    pub(crate) fn recover(&'static self, lane: &'static Lane, progress: &'static Progress) {
        let Some(dir) = self.dir.as_ref().filter(|_| lane.store.is_some()) else { return };
        let others = recover::files(dir).unwrap_or_default();
        if others.iter().all(|path| self.file.is_some_and(|file| file.path() == path)) {
            return;
        }
        if !progress.begin() {
            return;
        }
        let run = move || export::muted(|| recover::run(dir, lane, progress));
        if let Err(error) = exporter::thread("trace-recover", run) {
            progress.end();
            lane.problem().say(&format!("crash files wait for the next start: {error}"));
        }
    }

    /// Every span of this process has its outcome. A forked child leaves its parent's file alone.
    pub(crate) fn end(&self) {
        if let Some(file) = self.file.filter(|_| export::generation() == 0) {
            file.remove();
        }
    }
}
