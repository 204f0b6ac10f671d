//! A directory of batches that wait for a backend, shared with other processes: see `docs/SPOOL.md`.

mod adopt;
mod disk;
#[cfg(test)]
mod faulty;
mod format;
mod name;
mod options;
mod quarantine;
#[cfg(test)]
mod tests;

use crate::batch::Batch;
use crate::bounds::{LEASE_LONGEST, LEASE_SLACK, LOOK_EVERY, UNFINISHED_AGE};
pub(crate) use disk::{
    Directory, Disk, existing_file, is_no_file, is_ours_alone, new_file, private_directory, read_small, replace, usable,
};
pub(crate) use format::{Content, read};
pub(crate) use name::{DESTINATION, Id, Name, QUARANTINE, State};
pub use options::Spool;
pub(crate) use options::{Limits, Mode};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::ops::Bound::{Excluded, Unbounded};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Spans of this tracer, and of others that used the directory.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Spans {
    pub(crate) own: u64,
    pub(crate) adopted: u64,
}

/// What the directory lost, and why.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Losses {
    /// Oldest batches beyond the limits.
    pub(crate) evicted: Spans,
    /// Files that cannot be read.
    pub(crate) damaged: Spans,
    pub(crate) damaged_files: u64,
}

/// A batch that nobody else sends.
pub(crate) struct Lease {
    id: Id,
    /// The file's present name.
    name: String,
    pub(crate) batch: Batch,
    /// Stored by this tracer.
    pub(crate) is_own: bool,
}

/// One tracer's view of the directory.
pub(crate) struct Store {
    disk: Box<dyn Disk>,
    limits: Limits,
    writer: u32,
    /// How long a lease lasts.
    lease: Duration,
    clock: fn() -> Duration,
    newest: u64,
    /// As of the last look; what other processes did since is not in it.
    files: BTreeMap<Id, (State, u64)>,
    looked: Option<(Instant, Duration)>,
    /// Something about this one breaks connections: its successors come first.
    failed: Option<Id>,
    /// Files that stay where they are.
    ignored: BTreeSet<Id>,
    losses: Losses,
}

/// Time since the Unix epoch.
pub(crate) fn wall_clock() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl Store {
    /// `request`: what sending a batch may take.
    pub(crate) fn new(disk: Box<dyn Disk>, limits: Limits, request: Duration) -> Self {
        use std::hash::BuildHasher as _;
        Self {
            disk,
            limits,
            writer: std::hash::RandomState::new().hash_one(std::process::id()) as u32,
            lease: lease_of(request),
            clock: wall_clock,
            newest: 0,
            files: BTreeMap::new(),
            looked: None,
            failed: None,
            ignored: BTreeSet::new(),
            losses: Losses::default(),
        }
    }

    /// What sending a batch may take from now on.
    pub(crate) fn set_request(&mut self, request: Duration) {
        self.lease = lease_of(request);
    }

    /// Stores batches, oldest first, and gives each one's file, if it is on disk now: all have one, unless there is an error.
    /// What does not fit into the limits makes room for what is newer.
    pub(crate) fn store(&mut self, batches: &[Batch]) -> (Vec<Option<Id>>, io::Result<()>) {
        let mut tries = 1;
        loop {
            // Each time: what has this name may be something else by now.
            let done = match self.disk.prepare() {
                Ok(()) => self.try_to_store(batches),
                Err(error) => (vec![None; batches.len()], Err(error)),
            };
            let is_nothing = done.0.iter().all(Option::is_none);
            // Somebody removed the directory, maybe while it was made again.
            if !is_nothing || tries == TRIES || !done.1.as_ref().is_err_and(is_gone) {
                return done;
            }
            tries += 1;
            self.files.clear();
            self.looked = None;
        }
    }

    fn try_to_store(&mut self, batches: &[Batch]) -> (Vec<Option<Id>>, io::Result<()>) {
        let mut stored = vec![None; batches.len()];
        let mut result = self.look();
        for (place, batch) in stored.iter_mut().zip(batches) {
            match &result {
                Ok(()) => {}
                // One that does not fit keeps no other out.
                Err(error) if error.kind() == ErrorKind::QuotaExceeded => {}
                Err(_) => break,
            }
            match self.write(batch) {
                Ok(id) => {
                    // At once: a process that is killed between these two leaves the batch twice.
                    batch.settle();
                    *place = Some(id);
                }
                Err(error) => result = Err(error),
            }
        }
        // Only now it is certain that the names stay.
        if stored.iter().any(Option::is_some) {
            if let Err(error) = self.disk.sync() {
                for id in stored.iter_mut().filter_map(Option::take) {
                    let _ = self.remove(id, State::Waiting);
                }
                result = result.and(Err(error));
            }
        }
        (stored, result)
    }

    fn write(&mut self, batch: &Batch) -> io::Result<Id> {
        self.make_room(size(batch))?;
        let created = (self.clock)().as_nanos() as u64;
        self.newest = created.max(self.newest + 1);
        let id = Id { created: self.newest, writer: self.writer, spans: batch.spans };
        self.write_as(id, id, batch)
    }

    /// Under the name of `unfinished` until all of it is there.
    fn write_as(&mut self, unfinished: Id, id: Id, batch: &Batch) -> io::Result<Id> {
        let header = format::header(batch).ok_or(ErrorKind::FileTooLarge)?;
        let (new, waiting) = (file(unfinished, State::Unfinished), file(id, State::Waiting));
        self.disk.write(&new, &[&header, &batch.bytes], true)?;
        if let Err(error) = self.disk.rename(&new, &waiting) {
            let _ = self.disk.remove(&new);
            return Err(error);
        }
        self.files.insert(id, (State::Waiting, size(batch)));
        Ok(id)
    }

    /// Removes the oldest batches until there is room for `bytes` more.
    fn make_room(&mut self, bytes: u64) -> io::Result<()> {
        let leased = self.files.values().filter(|(state, _)| *state != State::Waiting);
        let (files, used) = leased.fold((0, 0), |(files, used), (_, bytes)| (files + 1, used + bytes));
        if files >= self.limits.batches || used + bytes > self.limits.bytes {
            // Removing what waits would not help.
            return Err(no_room());
        }
        loop {
            let (files, used) = self.usage();
            if files < self.limits.batches && used + bytes <= self.limits.bytes {
                return Ok(());
            }
            let oldest = self.files.iter().find(|(_, (state, _))| *state == State::Waiting).map(|(id, _)| *id);
            let Some(oldest) = oldest else { return Err(no_room()) };
            // What cannot be removed, such as a directory of that name, does not keep newer ones out.
            if matches!(self.remove(oldest, State::Waiting), Ok(true)) {
                self.losses.evicted.add(oldest.spans, oldest.writer == self.writer);
            }
        }
    }

    /// Files and their bytes, waiting and leased.
    pub(crate) fn usage(&self) -> (u64, u64) {
        (self.files.len() as u64, self.files.values().map(|(_, bytes)| bytes).sum())
    }

    /// Whether the file was there.
    fn remove(&mut self, id: Id, state: State) -> io::Result<bool> {
        self.files.remove(&id);
        match self.disk.remove(&file(id, state)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Brings `files` up to date. Looking takes at most a tenth of the time, however many files there are.
    fn look(&mut self) -> io::Result<()> {
        if self.looked.is_some_and(|(when, took)| when.elapsed() < took * 10) {
            return Ok(());
        }
        let start = Instant::now();
        let listed = self.disk.list("")?;
        self.files.clear();
        let now = (self.clock)();
        for (name, bytes) in listed {
            let Some(Name(id, state)) = Name::parse(&name) else { continue };
            if state != State::Unfinished {
                self.files.insert(id, (state, bytes));
            } else if id.created < now.saturating_sub(UNFINISHED_AGE).as_nanos() as u64 {
                let _ = self.disk.remove(&name);
            }
        }
        self.looked = Some((start, start.elapsed()));
        Ok(())
    }

    /// The oldest batch that nobody sends. Files that cannot be read go to the quarantine on the way.
    pub(crate) fn lease(&mut self) -> io::Result<Option<Lease>> {
        if self.files.is_empty() || self.looked.is_none_or(|(when, _)| when.elapsed() > LOOK_EVERY) {
            match self.disk.prepare().and_then(|()| self.look()) {
                // Somebody removed it this very moment.
                Err(error) if is_gone(&error) => return Ok(None),
                other => other?,
            }
        }
        let damaged = self.losses.damaged_files;
        let lease = self.first_good();
        // Once for all of them: it looks at the whole quarantine.
        if self.losses.damaged_files > damaged {
            self.limit_quarantine();
        }
        lease
    }

    fn first_good(&mut self) -> io::Result<Option<Lease>> {
        while let Some((id, state)) = self.next_free() {
            if let Some(lease) = self.take(id, state)? {
                return Ok(Some(lease));
            }
        }
        Ok(None)
    }

    fn next_free(&self) -> Option<(Id, State)> {
        let now = (self.clock)().as_millis() as u64;
        let furthest = now + (LEASE_LONGEST + LEASE_SLACK).as_millis() as u64;
        let waits = |(id, (state, _)): &(&Id, &(State, u64))| *state == State::Waiting && !self.ignored.contains(id);
        // Somebody tried, and ended meanwhile: the backend may have it. Those that nobody tried go first, so that many short
        // programs try each batch once instead of one batch many times.
        let is_over = |(id, (state, _)): &(&Id, &(State, u64))| {
            let over = matches!(state, State::Leased(deadline) if *deadline <= now || *deadline > furthest);
            over && !self.ignored.contains(id)
        };
        let after = self.failed.and_then(|failed| self.files.range((Excluded(failed), Unbounded)).find(waits));
        let first = after.or_else(|| self.files.iter().find(waits)).or_else(|| self.files.iter().find(is_over));
        first.map(|(id, (state, _))| (*id, *state))
    }

    /// `None`: somebody else was faster, or it is no good.
    fn take(&mut self, id: Id, state: State) -> io::Result<Option<Lease>> {
        let deadline = ((self.clock)() + self.lease).as_millis() as u64;
        let leased = State::Leased(deadline);
        let mut name = file(id, leased);
        match self.disk.rename(&file(id, state), &name) {
            Ok(()) => _ = self.files.entry(id).and_modify(|entry| entry.0 = leased),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.files.remove(&id);
                return Ok(None);
            }
            // A full disk may have no room for the longer name, and sending is what makes room.
            Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => {
                name = file(id, state);
            }
            Err(error) => return Err(error),
        }
        let is_own = id.writer == self.writer;
        let content = self.disk.open(&name).and_then(|(reader, len)| read(reader, len));
        match content {
            Ok(Content::Batch(batch)) if batch.spans == id.spans => Ok(Some(Lease { id, name, batch, is_own })),
            Ok(Content::Newer(_)) => {
                self.ignored.insert(id);
                self.give_back(id, &name)?;
                Ok(None)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.files.remove(&id);
                Ok(None)
            }
            // The disk or the process has a problem, and the file may be good. The others come first now.
            Err(error) if error.kind() != ErrorKind::InvalidData => {
                self.failed = Some(id);
                let _ = self.give_back(id, &name);
                Err(error)
            }
            Ok(_) | Err(_) => {
                self.losses.damaged.add(id.spans, is_own);
                self.losses.damaged_files += 1;
                if !self.put_away(id, &name) {
                    self.ignored.insert(id);
                }
                Ok(None)
            }
        }
    }

    fn give_back(&mut self, id: Id, name: &str) -> io::Result<()> {
        self.files.entry(id).and_modify(|entry| entry.0 = State::Waiting);
        self.disk.rename(name, &file(id, State::Waiting))
    }

    /// The backend has it.
    pub(crate) fn delivered(&mut self, lease: &Lease) {
        self.files.remove(&lease.id);
        if self.disk.remove(&lease.name).is_err() {
            // Gone already, or not to be removed: not sent again by this process.
            self.ignored.insert(lease.id);
        }
    }

    /// The backend has what was stored meanwhile.
    pub(crate) fn forget(&mut self, id: Id) {
        let _ = self.remove(id, State::Waiting);
    }

    /// Sending failed. If the batch may be the reason, its successors come first now.
    pub(crate) fn release(&mut self, lease: &Lease, suspicious: bool) {
        if suspicious {
            self.failed = Some(lease.id);
        }
        if self.give_back(lease.id, &lease.name).is_err() {
            self.looked = None;
        }
    }

    /// What was lost since the last call.
    pub(crate) fn take_losses(&mut self) -> Losses {
        std::mem::take(&mut self.losses)
    }
}

impl Spans {
    fn add(&mut self, spans: u64, is_own: bool) {
        *(if is_own { &mut self.own } else { &mut self.adopted }) += spans;
    }
}

/// How often a directory that is removed is made again for a batch.
const TRIES: u32 = 3;

fn is_gone(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound
}

/// How long a lease has to last.
fn lease_of(request: Duration) -> Duration {
    request.saturating_add(LEASE_SLACK).min(LEASE_LONGEST)
}

fn no_room() -> io::Error {
    io::Error::new(ErrorKind::QuotaExceeded, "its limits leave no room for a batch")
}

fn file(id: Id, state: State) -> String {
    Name(id, state).to_string()
}

/// Of a batch's file.
fn size(batch: &Batch) -> u64 {
    (format::HEADER + batch.bytes.len()) as u64
}

/// Makes the directory of a spool, for what is saved in it.
pub(crate) fn prepare(dir: &std::path::Path) -> io::Result<()> {
    Directory(dir.to_owned()).prepare()
}
