//! What was said on the command line, as it is used.

use std::path::PathBuf;
use std::time::Duration;
use trace_export::stored::{FileKind, StoredFile};

/// All commands' options; each command has some of them.
pub(crate) struct Options {
    /// Never empty.
    pub(crate) paths: Vec<PathBuf>,
    /// `None`: those that the command is about.
    pub(crate) kinds: Option<Vec<&'static str>>,
    pub(crate) older_than: Duration,
    pub(crate) yes: bool,
    pub(crate) force: bool,
    pub(crate) endpoint: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) output: Option<PathBuf>,
    /// Hexadecimal digits with which ids of traces begin.
    pub(crate) trace: String,
    pub(crate) attributes: Attributes,
    /// Each span has a line.
    pub(crate) all: bool,
    pub(crate) depth: usize,
    pub(crate) limit: usize,
}

/// Which attributes are shown.
pub(crate) enum Attributes {
    None,
    All,
    Only(Vec<String>),
}

/// Kinds that a command can be told to keep to.
pub(crate) const KINDS: [&str; 5] = ["waiting", "leased", "unfinished", "quarantined", "crash"];

impl Default for Options {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            kinds: None,
            older_than: Duration::ZERO,
            yes: false,
            force: false,
            endpoint: None,
            timeout: Duration::from_secs(60),
            output: None,
            trace: String::new(),
            attributes: Attributes::None,
            all: false,
            depth: 64,
            limit: 100_000,
        }
    }
}

impl Options {
    /// Whether the command is about this file, where `usual` are the kinds that it is about if nobody says otherwise.
    pub(crate) fn wants(&self, file: &StoredFile, usual: &[&str]) -> bool {
        let kinds = self.kinds.as_deref().unwrap_or(usual);
        kinds.contains(&file.kind.name()) && file.age() >= self.older_than
    }

    /// Whether spans are read from this file: a single one that was named is, whatever its name.
    pub(crate) fn reads(&self, file: &StoredFile) -> bool {
        let is_named = self.paths.contains(&file.path) && file.kind != FileKind::Destination;
        (is_named && self.kinds.is_none()) || self.wants(file, &["waiting", "leased", "quarantined", "crash"])
    }
}
