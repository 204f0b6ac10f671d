//! A spool's directory, as it looks from outside.

use crate::faults::wait_until;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A directory of this test, gone with it. The spool is `spool` in it, which does not exist at first.
pub struct Place(PathBuf);

impl Place {
    /// A new one.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("trace-tests-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }

    /// A name in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The spool's directory.
    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.path("spool")
    }

    /// Batches that wait, oldest first.
    #[must_use]
    pub fn waiting(&self) -> Vec<PathBuf> {
        files(&self.spool(), "batch")
    }

    /// Batches that somebody sends.
    #[must_use]
    pub fn leased(&self) -> Vec<PathBuf> {
        files(&self.spool(), "lease")
    }

    /// What cannot be delivered.
    #[must_use]
    pub fn quarantined(&self) -> Vec<PathBuf> {
        files(&self.spool().join("quarantine"), "batch")
    }

    /// The names of all that is in it.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.spool()).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }

    /// Waits until all that was stored is delivered or in the quarantine.
    pub fn wait_until_empty(&self) {
        wait_until("an empty spool", || self.waiting().is_empty() && self.leased().is_empty());
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The files of a directory with this extension, in the order of their names.
#[must_use]
pub fn files(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == extension)).collect();
    found.sort();
    found
}
