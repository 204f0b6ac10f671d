//! A file system in memory that fails and crashes where a test says.

use super::Disk;
use crate::control::lock;
use std::collections::BTreeMap;
use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::{Arc, Mutex};

/// What happens at an operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fault {
    /// It alone fails.
    Error(ErrorKind),
    /// Nothing works from here on.
    Crash,
}

#[derive(Clone, Debug)]
struct Inode {
    bytes: Vec<u8>,
    is_durable: bool,
}

#[derive(Default)]
struct State {
    inodes: Vec<Inode>,
    /// As programs see it, and as it is after a crash.
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    operations: usize,
    fault: Option<(usize, Fault)>,
    room: Option<usize>,
}

#[derive(Clone, Default)]
pub(super) struct Faulty(Arc<Mutex<State>>);

impl Faulty {
    pub(super) fn failing_at(operation: usize, fault: Fault) -> Self {
        let disk = Self::default();
        lock(&disk.0).fault = Some((operation, fault));
        disk
    }

    pub(super) fn fail_once(&self, operation: usize, kind: ErrorKind) {
        lock(&self.0).fault = Some((operation, Fault::Error(kind)));
    }

    pub(super) fn operations(&self) -> usize {
        lock(&self.0).operations
    }

    pub(super) fn names(&self) -> Vec<String> {
        lock(&self.0).names.keys().cloned().collect()
    }

    /// Bytes that all files together may have.
    pub(super) fn set_room(&self, bytes: usize) {
        lock(&self.0).room = Some(bytes);
    }

    pub(super) fn overwrite(&self, name: &str, bytes: &[u8]) {
        let mut state = lock(&self.0);
        state.inodes.push(Inode { bytes: bytes.to_owned(), is_durable: true });
        let inode = state.inodes.len() - 1;
        state.names.insert(name.to_owned(), inode);
    }

    /// What is left after the power came back. Names that were not synced may be old or new.
    pub(super) fn after_crash(&self, keeps_names: bool) -> Self {
        let state = lock(&self.0);
        let names = if keeps_names { &state.names } else { &state.durable_names };
        let mut inodes = state.inodes.clone();
        inodes.iter_mut().filter(|inode| !inode.is_durable).for_each(|inode| inode.bytes.clear());
        let after = State { inodes, names: names.clone(), durable_names: names.clone(), ..State::default() };
        Self(Arc::new(Mutex::new(after)))
    }

    fn step<R>(&self, then: impl FnOnce(&mut State) -> io::Result<R>) -> io::Result<R> {
        let mut state = lock(&self.0);
        let now = state.operations;
        state.operations += 1;
        match state.fault {
            Some((at, Fault::Error(kind))) if now == at => Err(kind.into()),
            Some((at, Fault::Crash)) if now >= at => Err(io::Error::other("crashed")),
            _ => then(&mut state),
        }
    }
}

impl Disk for Faulty {
    fn prepare(&self) -> io::Result<()> {
        self.step(|_| Ok(()))
    }

    fn list(&self, place: &str) -> io::Result<Vec<(String, u64)>> {
        self.step(|state| {
            let within = |name: &String| match (place, name.rsplit_once('/')) {
                ("", None) => Some(name.clone()),
                (place, Some((dir, name))) if dir == place => Some(name.to_owned()),
                _ => None,
            };
            let sizes = state.names.iter().map(|(name, inode)| (name, state.inodes[*inode].bytes.len() as u64));
            Ok(sizes.filter_map(|(name, size)| Some((within(name)?, size))).collect())
        })
    }

    fn write(&self, name: &str, parts: &[&[u8]], durable: bool) -> io::Result<()> {
        self.step(|state| {
            if state.names.contains_key(name) {
                return Err(ErrorKind::AlreadyExists.into());
            }
            let bytes = parts.concat();
            let used: usize = state.names.values().map(|inode| state.inodes[*inode].bytes.len()).sum();
            if state.room.is_some_and(|room| used + bytes.len() > room) {
                return Err(ErrorKind::StorageFull.into());
            }
            state.inodes.push(Inode { bytes, is_durable: durable });
            let inode = state.inodes.len() - 1;
            state.names.insert(name.to_owned(), inode);
            Ok(())
        })
    }

    fn open(&self, name: &str) -> io::Result<(Box<dyn Read>, u64)> {
        self.step(|state| {
            let inode = *state.names.get(name).ok_or(ErrorKind::NotFound)?;
            let bytes = state.inodes[inode].bytes.clone();
            let size = bytes.len() as u64;
            Ok((Box::new(Cursor::new(bytes)) as Box<dyn Read>, size))
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step(|state| {
            let inode = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
            state.names.insert(to.to_owned(), inode);
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step(|state| state.names.remove(name).map(drop).ok_or(ErrorKind::NotFound.into()))
    }

    fn sync(&self) -> io::Result<()> {
        self.step(|state| {
            state.durable_names = state.names.clone();
            Ok(())
        })
    }
}
