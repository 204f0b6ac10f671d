//! What Cargo resolved.

use crate::Result;
use crate::command::workspace;
use std::fs;

/// Name and version of each of these packages that `Cargo.lock` has, whatever features are on.
///
/// # Errors
/// If it cannot be read.
pub fn versions(names: &[&str]) -> Result<Vec<String>> {
    let lock = fs::read_to_string(workspace().join("Cargo.lock"))?;
    let version = |name: &&str| {
        let (_, package) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", package.split('"').next()?))
    };
    Ok(names.iter().filter_map(version).collect())
}
