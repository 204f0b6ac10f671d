//! Copies of published crates, as they are and annotated.

use crate::annotate::{Mode, Place, annotate, places};
use crate::crates::Crate;
use benches::Result;
use benches::command::{cargo, quoted, run, workspace};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

const ATTRIBUTE: &str = "#[::trace_runtime::trace] ";
/// At the end of the crate: its programs record, if the environment says where to.
const RECORD: &str = "\n#[allow(unused_extern_crates)] extern crate trace_recorder as _;\n";

/// Lets cargo fetch the crates, and says where their sources are.
///
/// # Errors
/// If one cannot be had.
pub(crate) fn fetch(scratch: &Path, crates: &[&Crate]) -> Result<BTreeMap<&'static str, PathBuf>> {
    let directory = scratch.join("fetch");
    fs::create_dir_all(directory.join("src"))?;
    fs::write(directory.join("src/lib.rs"), "")?;
    let mut manifest = "[package]\nname = \"fetch\"\nedition = \"2021\"\n[workspace]\n[dependencies]\n".to_owned();
    for Crate { name, version, .. } in crates {
        writeln!(manifest, "{name} = \"={version}\"")?;
    }
    fs::write(directory.join("Cargo.toml"), manifest)?;
    let metadata = run(&mut cargo(&directory, &["metadata", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout)?;
    let mut found = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let of = |krate: &&&Crate| package["name"] == krate.name && package["version"] == krate.version;
        if let (Some(krate), Some(path)) = (crates.iter().find(of), package["manifest_path"].as_str()) {
            found.insert(krate.name, Path::new(path).parent().unwrap_or(Path::new("")).to_owned());
        }
    }
    Ok(found)
}

/// A copy of a crate that is a workspace of its own.
pub(crate) struct Tree {
    pub(crate) path: PathBuf,
}

/// A place that has the attribute now.
#[derive(Clone, Debug)]
pub(crate) struct Annotated {
    /// Below the tree.
    pub(crate) file: String,
    /// In the annotated file.
    pub(crate) item: Range<usize>,
    pub(crate) place: Place,
}

impl Tree {
    /// # Errors
    /// If the disk has some.
    pub(crate) fn copy(from: &Path, to: PathBuf) -> Result<Self> {
        if to.exists() {
            fs::remove_dir_all(&to)?;
        }
        copy(from, &to)?;
        append(&to.join("Cargo.toml"), "\n[workspace]\n")?;
        Ok(Self { path: to })
    }

    /// Another dependency, of ours. It is optimised, as the crate itself is not: suites that take seconds make
    /// 100 million spans.
    ///
    /// # Errors
    /// If the disk has some.
    pub(crate) fn depend(&self, name: &str, path: &Path) -> Result<()> {
        append(
            &self.path.join("Cargo.toml"),
            &format!(
                "\n[dependencies.{name}]\npath = {}\n\n[profile.dev.package.{name}]\nopt-level = 3\n",
                quoted(path)
            ),
        )
    }

    /// Annotates all below `src`, less what is named. `from` has the files without attributes.
    ///
    /// # Errors
    /// If the disk has some, or a file is not Rust.
    pub(crate) fn annotate(&self, from: &Path, mode: Mode, refused: &[(String, usize)]) -> Result<Vec<Annotated>> {
        let mut all = Vec::new();
        for path in rust_files(&from.join("src"))? {
            let file = path.strip_prefix(from)?.to_string_lossy().into_owned();
            let source = fs::read_to_string(&path)?;
            let Ok(mut places) = places(&source, mode) else {
                // Not every file is a module.
                continue;
            };
            places.retain(|place| !refused.iter().any(|(of, at)| *of == file && *at == place.at));
            if places.is_empty() && file != "src/lib.rs" {
                continue;
            }
            let (text, items) = annotate(&source, &places, ATTRIBUTE);
            let end = if file == "src/lib.rs" { RECORD } else { "" };
            fs::write(self.path.join(&file), text + end)?;
            let file = &file;
            all.extend(places.into_iter().zip(items).map(|(place, item)| Annotated {
                file: file.clone(),
                item,
                place,
            }));
        }
        Ok(all)
    }
}

/// A crate that records everything in the programs that link it, and sends it to where the environment says.
///
/// # Errors
/// If the disk has some.
pub(crate) fn recorder(scratch: &Path) -> Result<PathBuf> {
    let path = scratch.join("recorder");
    fs::create_dir_all(path.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"trace-recorder\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
         [dependencies]\ntrace-export = {{ path = {}, default-features = false }}\n",
        quoted(&workspace().join("trace-export"))
    );
    fs::write(path.join("Cargo.toml"), manifest)?;
    fs::write(path.join("src/lib.rs"), include_str!("recorder.rs.txt"))?;
    Ok(path)
}

fn append(path: &Path, text: &str) -> Result<()> {
    Ok(fs::write(path, fs::read_to_string(path)? + text)?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let there = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &there)?;
        } else {
            // Not `fs::copy`: the registry's files may be read-only.
            fs::write(there, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}

fn rust_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
