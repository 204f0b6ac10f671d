//! Tables of a page, between their markers.

use crate::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// A page with room for tables between `<!-- name: begin -->` and `<!-- name: end -->`.
#[derive(Debug)]
pub struct Page {
    path: PathBuf,
    /// Up to the first marker, and from the second one.
    before: String,
    after: String,
}

impl Page {
    /// Reads it: before what goes there is measured, which takes its time.
    ///
    /// # Errors
    /// If the file, or a marker, is missing.
    pub fn open(path: &Path, name: &str) -> Result<Self> {
        let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
        let page = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let (head, rest) = page.split_once(&begin).ok_or_else(|| format!("{} has no {begin}", path.display()))?;
        let (_, tail) = rest.split_once(&end).ok_or_else(|| format!("{} has no {end}", path.display()))?;
        Ok(Self { path: path.to_owned(), before: format!("{head}{begin}"), after: format!("{end}{tail}") })
    }

    /// Replaces what stands there.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, tables: &str) -> Result<()> {
        Ok(fs::write(&self.path, format!("{}\n{tables}\n{}", self.before, self.after))?)
    }
}
