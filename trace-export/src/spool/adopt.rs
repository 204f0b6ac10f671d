//! Batches that take the place of others, and such as come from elsewhere.

use super::name::Id;
use super::{Lease, Store, size};
use crate::batch::Batch;
use std::io;

impl Store {
    /// Replaces a batch by its parts, which are stored before it goes.
    pub(crate) fn split(&mut self, lease: &Lease, parts: &[Batch]) -> io::Result<()> {
        let mut created = lease.id.created;
        for part in parts {
            // As old as what it was a part of, and by the same writer: with its first span's place no name comes twice.
            let id = Id { created, spans: part.spans, ..lease.id };
            let unfinished = self.of_today(part.spans);
            self.write_as(unfinished, id, part)?;
            created += part.spans;
        }
        self.disk.sync()?;
        self.delivered(lease);
        Ok(())
    }

    /// A name for what is unfinished: others would take an older one for that of a dead writer.
    pub(super) fn of_today(&mut self, spans: u64) -> Id {
        self.newest = ((self.clock)().as_nanos() as u64).max(self.newest + 1);
        Id { created: self.newest, writer: self.writer, spans }
    }

    /// Stores a batch that another process left behind, as old as that was, if half of what may be here is free: `false` if not. The
    /// same one again, by whoever comes after one that died, takes its place.
    pub(crate) fn adopt(&mut self, batch: &Batch, created: u64, writer: u32) -> io::Result<bool> {
        self.disk.prepare()?;
        self.look()?;
        let (files, bytes) = self.usage();
        // The first may always come: it may be larger than that.
        if files > 0 && (files >= self.limits.batches / 2 || bytes + size(batch) > self.limits.bytes / 2) {
            return Ok(false);
        }
        // Nobody is to take it for one of its own.
        let writer = if writer == self.writer { !writer } else { writer };
        let id = Id { created, writer, spans: batch.spans };
        let unfinished = self.of_today(batch.spans);
        self.write_as(unfinished, id, batch)?;
        self.disk.sync()?;
        Ok(true)
    }
}
