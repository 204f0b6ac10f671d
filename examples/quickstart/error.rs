//! What can go wrong.

use std::path::PathBuf;
use std::{fmt, io};

/// Why something could not be counted. A traced function that returns one has a span with status Error.
#[derive(Debug)]
pub(crate) enum Error {
    /// The file or directory cannot be read.
    Unreadable(io::Error),
    /// The file should be text, but has a byte that is not at this place.
    NotUtf8 { offset: usize },
    /// The async runtime does not start.
    Runtime(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "cannot be read: {error}"),
            Self::NotUtf8 { offset } => write!(f, "not UTF-8 at byte {offset}"),
            Self::Runtime(error) => write!(f, "no async runtime: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Most that fails here is reading.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

/// An error that the program goes on after, and where it was.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) path: PathBuf,
    pub(crate) error: Error,
}
