//! What is on disk, without changing it: the batches of a [`Spool`](crate::Spool).
//!
//! For tools and for programs that show what waits. Nothing here creates, leases, renames or removes a file, but for
//! [`StoredFile::remove`]. The formats are those of `docs/SPOOL.md`. What is read may come from anybody: it is checked, and memory
//! is taken for one file at a time, but text that is shown should go through [`plain`].
//!
//! ```
//! use trace_export::stored;
//!
//! fn show(path: &str) -> std::io::Result<()> {
//!     for file in stored::look(path)? {
//!         match file.read() {
//!             Ok(content) => {
//!                 for span in content.requests().iter().flat_map(|request| request.spans()) {
//!                     println!("{} {:?}", stored::plain(&span.span.name, 60), span.span.duration());
//!                 }
//!             }
//!             Err(why) => println!("{}: {why}", file.path.display()),
//!         }
//!     }
//!     Ok(())
//! }
//! # assert!(show("/nowhere").is_err());
//! ```

mod content;
mod file;
mod unreadable;

pub use crate::terminal::plain;
pub use content::{Content, Request, StoredScope, StoredSpan};
pub use file::{FileKind, StoredFile, look};
use std::io;
use std::path::Path;
pub use unreadable::Unreadable;

/// Whether a program of this user would use the directory as its spool; the error says why not, and what to do.
///
/// ```
/// assert!(trace_export::stored::check_directory("/nowhere").is_err());
/// ```
///
/// # Errors
/// If it is no directory, is a symbolic link, belongs to another user, or is open to others.
pub fn check_directory(path: impl AsRef<Path>) -> io::Result<()> {
    crate::spool::usable(path.as_ref()).map(drop)
}

/// What a crash file holds: requests with the spans that had ended and those that were open, and what of the file does not
/// check out, if anything.
///
/// `InvalidData` says that nothing can be had of it, `Unsupported` that this version cannot read it.
fn crash_requests(_path: &Path) -> io::Result<(Vec<Vec<u8>>, Option<String>)> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this version cannot read crash files"))
}
