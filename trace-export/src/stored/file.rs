//! The files of a directory, by their names.

use super::{Content, Unreadable, crash_requests};
use crate::bounds::{FILE_BYTES, LEASE_LONGEST, LEASE_SLACK, READ_AGAIN, UNFINISHED_AGE};
use crate::spool::{self, DESTINATION, Id, Name, QUARANTINE, State};
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a file is, by its name and place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum FileKind {
    /// A batch that waits for a backend.
    Waiting,
    /// A batch that a process sends, until this time; then others may take it.
    Leased {
        /// The deadline.
        until: SystemTime,
    },
    /// Somebody writes it, or died while writing.
    Unfinished,
    /// What could not be read, or was rejected.
    Quarantined,
    /// What a crash recorder left.
    Crash,
    /// Where to send, as [`Destination::save`](crate::Destination::save) saved it.
    Destination,
    /// None of ours.
    Other,
}

impl FileKind {
    /// One word for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased { .. } => "leased",
            Self::Unfinished => "unfinished",
            Self::Quarantined => "quarantined",
            Self::Crash => "crash",
            Self::Destination => "destination",
            Self::Other => "other",
        }
    }
}

/// A file, as it was when it was looked at. Other processes may have renamed or removed it since.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredFile {
    /// Where it was. The name may hold anything.
    pub path: PathBuf,
    /// What it is, by its name.
    pub kind: FileKind,
    /// Its length.
    pub bytes: u64,
    /// When it was stored, as its name says; for files that are not named so, when they were last changed.
    pub since: SystemTime,
    /// How many spans its name says it has.
    pub spans: Option<u64>,
    id: Option<Id>,
    /// Who may have written it.
    owners: [u32; 2],
}

/// The files of a directory and of its `quarantine/`, oldest first; or the one file at `path`. Opens none of them.
///
/// # Errors
/// If there is nothing at `path`, or the directory cannot be read.
pub fn look(path: impl AsRef<Path>) -> io::Result<Vec<StoredFile>> {
    let path = path.as_ref();
    // What is named may be a link; what is found below it is never followed.
    let metadata = fs::metadata(path)?;
    if !metadata.is_dir() {
        let place = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let quarantine = place.file_name() == Some(OsStr::new(QUARANTINE));
        let owners = [owner(&fs::metadata(place)?), our_user()];
        return Ok(vec![StoredFile::new(path.to_owned(), &metadata, quarantine, owners)]);
    }
    let owners = [owner(&metadata); 2];
    let mut files = list(path, false, owners)?;
    let quarantine = path.join(QUARANTINE);
    if fs::symlink_metadata(&quarantine).is_ok_and(|metadata| metadata.is_dir()) {
        files.retain(|file| file.path != quarantine);
        match list(&quarantine, true, owners) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            found => files.extend(found.unwrap_or_default()),
        }
    }
    // A file that is renamed meanwhile may be found under both names.
    let mut seen = HashSet::new();
    files.retain(|file| file.id.is_none_or(|id| seen.insert((id.created, id.writer, id.spans))));
    files.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
    Ok(files)
}

fn list(dir: &Path, quarantine: bool, owners: [u32; 2]) -> io::Result<Vec<StoredFile>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // What vanishes meanwhile was taken by somebody else.
        if let Ok(metadata) = entry.metadata() {
            found.push(StoredFile::new(entry.path(), &metadata, quarantine, owners));
        }
    }
    Ok(found)
}

impl StoredFile {
    fn new(path: PathBuf, metadata: &Metadata, quarantine: bool, owners: [u32; 2]) -> Self {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let parsed = Name::parse(name).map(|Name(id, state)| (id, state));
        let kind = match parsed {
            _ if quarantine => FileKind::Quarantined,
            Some((_, State::Waiting)) => FileKind::Waiting,
            Some((_, State::Unfinished)) => FileKind::Unfinished,
            Some((_, State::Leased(millis))) => FileKind::Leased { until: UNIX_EPOCH + Duration::from_millis(millis) },
            None if name == DESTINATION => FileKind::Destination,
            None if path.extension().is_some_and(|extension| extension == "crash") => FileKind::Crash,
            None => FileKind::Other,
        };
        let id = parsed.map(|(id, _)| id);
        let created = id.map(|id| UNIX_EPOCH + Duration::from_nanos(id.created));
        let since = created.or_else(|| metadata.modified().ok()).unwrap_or(UNIX_EPOCH);
        Self { kind, bytes: metadata.len(), since, spans: id.map(|id| id.spans), id, owners, path }
    }

    /// How long it has been there, as [`since`](Self::since) says.
    pub fn age(&self) -> Duration {
        self.since.elapsed().unwrap_or_default()
    }

    /// Whether a process may have it in its hands now: its lease has not run out, or it is being written.
    pub fn is_held(&self) -> bool {
        match self.kind {
            FileKind::Leased { until } => {
                let now = SystemTime::now();
                // One that ends later was taken before the clock was set back.
                until > now && until <= now + LEASE_LONGEST + LEASE_SLACK
            }
            FileKind::Unfinished => self.age() < UNFINISHED_AGE,
            _ => false,
        }
    }

    /// Reads the file and checks it. A batch that another process renames meanwhile is found again. Takes memory for the file, which
    /// is at most 64 MiB if it is a batch.
    ///
    /// A file that is not named like any of ours is read as a batch.
    ///
    /// # Errors
    /// [`Unreadable`] says why there is nothing to be had.
    pub fn read(&self) -> Result<Content, Unreadable> {
        let mut moved = None;
        for _ in 0..READ_AGAIN {
            match moved.as_ref().unwrap_or(self).read_here() {
                Err(Unreadable::Gone) => moved = Some(self.find_again().ok_or(Unreadable::Gone)?),
                other => return other,
            }
        }
        Err(Unreadable::Gone)
    }

    fn read_here(&self) -> Result<Content, Unreadable> {
        let (file, metadata) = self.open()?;
        if self.kind == FileKind::Crash {
            let (requests, damage) = crash_requests(&self.path)?;
            return Ok(Content::of_requests(requests, damage));
        }
        if metadata.len() > FILE_BYTES + 4096 {
            return Err(Unreadable::Damaged("it is longer than any batch".to_owned()));
        }
        match spool::read(file, metadata.len())? {
            spool::Content::Batch(batch) => Ok(Content::of_batch(batch, self.spans)),
            spool::Content::Newer(version) => Err(Unreadable::UnknownVersion(version)),
            spool::Content::Damaged(why) => Err(Unreadable::Damaged(why.to_owned())),
        }
    }

    /// What a spool would read, and nothing else.
    fn open(&self) -> Result<(File, Metadata), Unreadable> {
        let file = spool::existing_file().open(&self.path).map_err(|error| {
            let is_no_file = spool::is_no_file(&error);
            if is_no_file { Unreadable::Foreign("it is a link or a socket") } else { error.into() }
        })?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Unreadable::Foreign("it is a directory, a pipe or a device"));
        }
        if !self.owners.contains(&owner(&metadata)) {
            return Err(Unreadable::Foreign("it belongs to another user than its directory"));
        }
        if links(&metadata) != 1 {
            return Err(Unreadable::Foreign("it has a second name (a hard link)"));
        }
        Ok((file, metadata))
    }

    /// The same batch in its present state.
    fn find_again(&self) -> Option<Self> {
        let id = self.id?;
        let place = self.path.parent()?;
        let dir = if self.kind == FileKind::Quarantined { place.parent()? } else { place };
        let files = look(dir).ok()?;
        files.into_iter().find(|file| file.id == Some(id)).map(|file| Self { owners: self.owners, ..file })
    }

    /// Removes the file, under the name that it had: a process that has taken it since keeps it. `Ok(false)`: it was not there any more.
    ///
    /// # Errors
    /// If the system refuses, or it is a directory.
    pub fn remove(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn our_user() -> u32 {
    crate::sys::user()
}

#[cfg(unix)]
fn owner(metadata: &Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(metadata)
}

#[cfg(unix)]
fn links(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn our_user() -> u32 {
    0
}

#[cfg(not(unix))]
fn owner(_metadata: &Metadata) -> u32 {
    0
}

#[cfg(not(unix))]
fn links(_metadata: &Metadata) -> u64 {
    1
}
