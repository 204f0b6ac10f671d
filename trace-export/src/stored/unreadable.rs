//! Why a file's content cannot be had.

use std::fmt;
use std::io::{self, ErrorKind};

/// Why [`StoredFile::read`](super::StoredFile::read) gives nothing. Its text is one sentence about the file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unreadable {
    /// Somebody has delivered or removed it meanwhile.
    Gone,
    /// It is not what was written, or was not written by a spool.
    Damaged(String),
    /// It is something else than a file, or somebody else's: a spool would not read it.
    Foreign(&'static str),
    /// It is good, and of this later version.
    UnknownVersion(u16),
    /// This version cannot read files of this kind.
    Unsupported(String),
    /// The system refused.
    Io(io::Error),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => f.write_str("gone: delivered or removed meanwhile"),
            Self::Damaged(why) => write!(f, "damaged: {why}"),
            Self::Foreign(why) => write!(f, "not a spool's file: {why}"),
            Self::UnknownVersion(version) => {
                write!(f, "of version {version} of the format, which a newer program reads")
            }
            Self::Unsupported(why) => f.write_str(why),
            Self::Io(error) => write!(f, "unreadable: {error}"),
        }
    }
}

impl std::error::Error for Unreadable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Gone,
            ErrorKind::InvalidData => Self::Damaged(error.to_string()),
            ErrorKind::Unsupported => Self::Unsupported(error.to_string()),
            _ => Self::Io(error),
        }
    }
}
