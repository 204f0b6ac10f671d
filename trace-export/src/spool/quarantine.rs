//! What cannot be read, or was rejected, is kept aside within limits of its own.

use super::name::{Id, Name, QUARANTINE, State};
use super::{Lease, Store, format};
use crate::batch::Batch;

impl Store {
    /// Moves a file to the quarantine, if that can be.
    pub(super) fn put_away(&mut self, id: Id, name: &str) -> bool {
        self.files.remove(&id);
        let to = format!("{QUARANTINE}/{}", Name(id, State::Waiting));
        self.disk.rename(name, &to).is_ok()
    }

    pub(super) fn limit_quarantine(&self) {
        let Ok(mut files) = self.disk.list(QUARANTINE) else { return };
        files.sort();
        let (mut count, mut bytes) = (files.len() as u64, files.iter().map(|(_, bytes)| bytes).sum::<u64>());
        for (name, size) in files {
            if count <= self.limits.batches / 10 && bytes <= self.limits.bytes / 10 {
                return;
            }
            if self.disk.remove(&format!("{QUARANTINE}/{name}")).is_ok() {
                count -= 1;
                bytes -= size;
            }
        }
    }

    /// The backend will never take it.
    pub(crate) fn rejected(&mut self, lease: &Lease) {
        if self.put_away(lease.id, &lease.name) {
            self.limit_quarantine();
        } else if self.disk.remove(&lease.name).is_err() {
            self.ignored.insert(lease.id);
        }
    }

    /// Keeps a batch that was rejected without having been stored.
    pub(crate) fn quarantine(&mut self, batch: &Batch) {
        let Some(header) = format::header(batch) else { return };
        self.newest = ((self.clock)().as_nanos() as u64).max(self.newest + 1);
        let id = Id { created: self.newest, writer: self.writer, spans: batch.spans };
        let name = format!("{QUARANTINE}/{}", Name(id, State::Waiting));
        if self.disk.write(&name, &[&header, &batch.bytes], false).is_ok() {
            self.limit_quarantine();
        }
    }
}
