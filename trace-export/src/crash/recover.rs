//! What processes left behind that died goes to the spool, from where it is sent as any batch.
//!
//! A batch is stored first and then marked in the crash file, so a recovery that dies in between stores one batch twice; otherwise each span
//! is stored once, whoever else recovers: a file has one lock, which its process holds as long as it lives, and then whoever recovers it.

use super::format::Unreadable;
use super::progress::Progress;
use super::read::{DeadFile, Found, Portion};
use crate::batch::Batch;
use crate::bounds::{BATCH_SPANS, CRASH_FILES, CRASH_FILES_MOST};
use crate::control::lock;
use crate::diag::Problem;
use crate::lane::Lane;
use crate::spool::{Losses, QUARANTINE, Spans, existing_file, is_ours_alone};
use crate::sys;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The crash files in a directory, the oldest first.
pub(crate) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<_> = fs::read_dir(dir)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "crash"));
    files.sort();
    Ok(files)
}

/// Opens a file whose process is gone, and that nobody else is reading. `None`: somebody is, or it is none of ours.
fn open_dead(path: &Path) -> io::Result<Option<File>> {
    let file = existing_file().write(true).open(path)?;
    if !sys::lock(&file) {
        return Ok(None);
    }
    // Only now: whoever had it before may have removed it.
    let metadata = file.metadata()?;
    Ok(Some(file).filter(|_| metadata.is_file() && is_ours_alone(&metadata)))
}

/// Whether the file's process is alive, or somebody recovers it now.
pub(crate) fn is_held(path: &Path) -> bool {
    existing_file().open(path).is_ok_and(|file| sys::is_locked(&file))
}

/// When the file with this name was begun: nanoseconds since the Unix epoch.
pub(crate) fn created(name: &str) -> Option<u64> {
    let (created, _) = name.strip_suffix(".crash")?.split_once('-')?;
    Some(created).filter(|digits| digits.len() == 20)?.parse().ok()
}

/// What a file holds that has no outcome.
pub(crate) fn requests(file: File) -> io::Result<(Vec<Batch>, Found)> {
    let dead = DeadFile::open(file)?.map_err(|why| {
        let kind = if why == Unreadable::Damaged { ErrorKind::InvalidData } else { ErrorKind::Unsupported };
        io::Error::new(kind, why.to_string())
    })?;
    let mut batches = Vec::new();
    let found = dead.read(BATCH_SPANS, &mut |portion, _| {
        batches.push(portion.batch);
        Ok(())
    })?;
    Ok((batches, found))
}

/// Removes the oldest of too many files that wait. How many. Those that are about to be recovered may be more.
pub(crate) fn limit(dir: &Path, recovers: bool) -> usize {
    let files = files(dir).unwrap_or_default();
    let surplus = files.len().saturating_sub(if recovers { CRASH_FILES_MOST } else { CRASH_FILES });
    let dead = files.iter().take(surplus).filter(|path| matches!(open_dead(path), Ok(Some(_))));
    dead.filter(|path| fs::remove_file(path).is_ok()).count()
}

/// Moves all that can be read to the lane's spool. Ends when `progress` says so.
pub(crate) fn run(dir: &Path, lane: &Lane, progress: &Progress) {
    let mut problem = lane.problem();
    for path in files(dir).unwrap_or_default() {
        if progress.is_to_end() {
            break;
        }
        match open_dead(&path) {
            Ok(Some(file)) => {
                if let Err(error) = recover(dir, &path, file, lane, progress, &mut problem) {
                    if error.kind() != ErrorKind::Interrupted {
                        problem.say(&format!("a crash file waits for the next start: {error}"));
                    }
                }
            }
            // Alive, or somebody was faster.
            Ok(None) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => problem.say(&format!("a crash file cannot be opened: {error}")),
        }
    }
    progress.end();
}

fn recover(
    dir: &Path,
    path: &Path,
    file: File,
    lane: &Lane,
    progress: &Progress,
    problem: &mut Problem,
) -> io::Result<()> {
    let dead = match DeadFile::open(file)? {
        Ok(dead) => dead,
        Err(Unreadable::OtherVersion) => {
            problem.say("a crash file is of another version of the toolkit and stays where it is");
            return Ok(());
        }
        Err(Unreadable::Damaged) => {
            return put_away(dir, path, lane, Found { damaged_parts: 1, ..Found::default() }, problem);
        }
    };
    let found = dead.read(BATCH_SPANS, &mut |portion, file| {
        store(&portion, &dead, dir, lane, progress)?;
        portion.settle(file)
    });
    let found = match found {
        Err(error) if error.kind() == ErrorKind::QuotaExceeded => return give_up(path, &dead, lane, problem),
        other => other?,
    };
    if found.is_damaged() {
        return put_away(dir, path, lane, found, problem);
    }
    fs::remove_file(path)
}

/// As soon as the spool has room, without anything having to go for it. [`ErrorKind::QuotaExceeded`]: it has none, and too many files wait.
fn store(portion: &Portion, dead: &DeadFile, dir: &Path, lane: &Lane, progress: &Progress) -> io::Result<()> {
    let store = lane.store.as_ref().ok_or(ErrorKind::Unsupported)?;
    let (process, created) = dead.origin();
    loop {
        if progress.is_to_end() {
            return Err(ErrorKind::Interrupted.into());
        }
        let mut store = lock(store);
        // Its name says where it was in the file, so it is the same each time.
        let stored = store.adopt(&portion.batch, created.saturating_add(portion.place()), process);
        lane.set_spool_bytes(store.usage().1);
        drop(store);
        match stored {
            Ok(true) => break,
            Ok(false) if others_wait(dir) >= CRASH_FILES => return Err(ErrorKind::QuotaExceeded.into()),
            Ok(false) if progress.pause() => {}
            Ok(false) => return Err(ErrorKind::Interrupted.into()),
            Err(error) => return Err(error),
        }
    }
    lane.outbox.nudge();
    Ok(())
}

/// Files of processes that died, beside the one that is being recovered.
fn others_wait(dir: &Path) -> usize {
    files(dir).unwrap_or_default().iter().filter(|path| !is_held(path)).count()
}

/// Programs die faster than the backend takes what they leave.
fn give_up(path: &Path, dead: &DeadFile, lane: &Lane, problem: &mut Problem) -> io::Result<()> {
    let rest = dead.read(BATCH_SPANS, &mut |_, _| Ok(()))?;
    fs::remove_file(path)?;
    let spans = rest.finished + rest.open + rest.damaged;
    problem.say(&format!("the spool is full and too many crash files wait: the oldest goes with {spans} spans"));
    lane.lost(Losses { evicted: Spans { own: 0, adopted: spans }, ..Losses::default() });
    Ok(())
}

/// What could not be read stays for people to look at.
fn put_away(dir: &Path, path: &Path, lane: &Lane, found: Found, problem: &mut Problem) -> io::Result<()> {
    problem.say(&format!("a crash file is damaged and goes to the quarantine: {} spans of it are lost", found.damaged));
    lane.lost(Losses { damaged: Spans { own: 0, adopted: found.damaged }, damaged_files: 1, ..Losses::default() });
    let Some(name) = path.file_name() else { return Ok(()) };
    let quarantine = dir.join(QUARANTINE);
    if crate::spool::private_directory(&quarantine, false).is_ok() || fs::symlink_metadata(&quarantine)?.is_dir() {
        limit_quarantine(&quarantine);
        return fs::rename(path, quarantine.join(name));
    }
    Err(ErrorKind::NotADirectory.into())
}

fn limit_quarantine(quarantine: &Path) {
    let files = files(quarantine).unwrap_or_default();
    let surplus = (files.len() + 1).saturating_sub(CRASH_FILES);
    files.iter().take(surplus).for_each(|path| drop(fs::remove_file(path)));
}
