//! What the program says about its spool.

use crate::bounds::{SPOOL_BATCHES, SPOOL_BYTES};
use std::path::{Path, PathBuf};

/// A directory for batches that cannot be delivered now. Made from a path, or with [`Spool::new`].
///
/// ```
/// use trace_export::Spool;
/// let builder = trace_export::builder().spool("/var/lib/shop/spans");
/// let builder = trace_export::builder().spool(Spool::new("/var/lib/shop/spans").first().max_bytes(8 << 20));
/// # drop(builder);
/// ```
#[derive(Clone, Debug)]
pub struct Spool {
    pub(crate) dir: PathBuf,
    /// What is not said here, variables may say.
    pub(crate) mode: Option<Mode>,
    pub(crate) bytes: Option<u64>,
    pub(crate) batches: Option<u64>,
}

/// When batches go to disk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// When the backend is away, or the process ends.
    Overflow,
    /// When the backend is away, or the process ends; one that is slow has its batches waiting in memory. For what is recovered
    /// after a crash there has to be a place, and nobody asked for more.
    Beside,
    /// Before they are sent.
    First,
}

/// What the directory may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: u64,
    pub(crate) batches: u64,
}

impl Spool {
    /// A directory that the program makes if it is missing, and that it has to itself (`TRACE_SPOOL_DIR`); several
    /// processes of one user may share it. 40 MiB and 10 000 batches at most.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), mode: None, bytes: None, batches: None }
    }

    /// Every batch goes to disk before it is sent (`TRACE_SPOOL_MODE=first`). For commands, hooks and jobs: what has been
    /// flushed survives the process. Without this, batches go to disk when the backend is away or the process ends.
    #[must_use]
    pub fn first(mut self) -> Self {
        self.mode = Some(Mode::First);
        self
    }

    /// What all batches may take on disk (`TRACE_SPOOL_MAX_BYTES`). Beyond it the oldest go.
    #[must_use]
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// How many batches there may be (`TRACE_SPOOL_MAX_BATCHES`). Beyond it the oldest go.
    #[must_use]
    pub fn max_batches(mut self, batches: u64) -> Self {
        self.batches = Some(batches);
        self
    }
}

impl Spool {
    /// For the crash recorder, where there is no other.
    pub(crate) fn beside(dir: PathBuf) -> Self {
        Self { mode: Some(Mode::Beside), ..Self::new(dir) }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode.unwrap_or(Mode::Overflow)
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits { bytes: self.bytes.unwrap_or(SPOOL_BYTES), batches: self.batches.unwrap_or(SPOOL_BATCHES) }
    }
}

impl From<&str> for Spool {
    fn from(dir: &str) -> Self {
        Self::new(dir)
    }
}

impl From<String> for Spool {
    fn from(dir: String) -> Self {
        Self::new(dir)
    }
}

impl From<&Path> for Spool {
    fn from(dir: &Path) -> Self {
        Self::new(dir)
    }
}

impl From<PathBuf> for Spool {
    fn from(dir: PathBuf) -> Self {
        Self::new(dir)
    }
}
