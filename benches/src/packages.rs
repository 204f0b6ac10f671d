//! What Cargo resolved.

use crate::Result;
use crate::command::{cargo, run, workspace};
use serde_json::Value;

/// Name and version of each of these packages that is there.
///
/// # Errors
/// If cargo does not say.
pub fn versions(names: &[&str]) -> Result<Vec<String>> {
    let output = run(&mut cargo(&workspace(), &["metadata", "--format-version", "1", "--offline", "--locked"]))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"].as_array().ok_or("no packages")?;
    let version = |name: &&str| {
        let package = packages.iter().find(|package| package["name"] == **name);
        package.map(|package| format!("{name} {}", package["version"].as_str().unwrap_or_default()))
    };
    Ok(names.iter().filter_map(version).collect())
}
