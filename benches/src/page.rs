//! Tables of a page, between their markers.

use crate::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// A page with room for tables between `<!-- name: begin -->` and `<!-- name: end -->`.
#[derive(Debug)]
pub struct Page {
    path: PathBuf,
    name: &'static str,
}

impl Page {
    /// To be looked for before what goes there is measured, which takes its time.
    ///
    /// # Errors
    /// If the file, or a marker, is missing.
    pub fn open(path: &Path, name: &'static str) -> Result<Self> {
        let page = Self { path: path.to_owned(), name };
        page.around().map(|_| page)
    }

    /// Replaces what stands there, in the page as it is now.
    ///
    /// # Errors
    /// If the file, or a marker, is no longer there, or it cannot be written.
    pub fn write(&self, tables: &str) -> Result<()> {
        let (before, after) = self.around()?;
        Ok(fs::write(&self.path, format!("{before}\n{tables}\n{after}"))?)
    }

    /// Up to the first marker, and from the second one.
    fn around(&self) -> Result<(String, String)> {
        let Self { path, name } = self;
        let (path, begin, end) = (path.display(), format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
        let page = fs::read_to_string(&self.path).map_err(|error| format!("{path}: {error}"))?;
        let (before, rest) = page.split_once(&begin).ok_or_else(|| format!("{path} has no {begin}"))?;
        let (_, after) = rest.split_once(&end).ok_or_else(|| format!("{path} has no {end}"))?;
        Ok((format!("{before}{begin}"), format!("{end}{after}")))
    }
}
