//! Tables of a page, between their markers.

use crate::Result;
use std::fs;
use std::path::Path;

/// Replaces what stands between `<!-- name: begin -->` and `<!-- name: end -->`.
///
/// # Errors
/// If the file, or a marker, is missing.
pub fn replace(path: &Path, name: &str, tables: &str) -> Result<()> {
    let (begin, end) = (format!("<!-- {name}: begin -->"), format!("<!-- {name}: end -->"));
    let page = fs::read_to_string(path)?;
    let (before, rest) = page.split_once(&begin).ok_or("the page has no marker for the tables' begin")?;
    let (_, after) = rest.split_once(&end).ok_or("the page has no marker for the tables' end")?;
    Ok(fs::write(path, format!("{before}{begin}\n{tables}\n{end}{after}"))?)
}
