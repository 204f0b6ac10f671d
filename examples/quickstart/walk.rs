//! Finding the files.

use crate::error::{Error, Problem};
use crate::language;
use std::fs;
use std::path::{Path, PathBuf};
use trace_runtime::{trace, trace_type};

/// Directories of other people's code and of generated files.
const SKIPPED: &[&str] = &[".git", "node_modules", "target"];

/// A file that can be counted. Its path is relative to the root of the walk, as are all others.
#[derive(Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) language: &'static str,
}

/// What a walk finds.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<SourceFile>,
    /// How many files have no known language.
    pub(crate) others: usize,
    /// Directories that cannot be listed.
    pub(crate) problems: Vec<Problem>,
}

/// Walks through a directory and those in it.
#[derive(Debug)]
pub(crate) struct Walker<'a> {
    root: &'a Path,
    found: Found,
}

// Every method has a span, unless it says otherwise.
#[trace_type]
impl<'a> Walker<'a> {
    #[trace(skip)]
    pub(crate) fn new(root: &'a Path) -> Self {
        Self { root, found: Found::default() }
    }

    /// Fails only if the root cannot be listed.
    pub(crate) fn walk(mut self) -> Result<Found, Error> {
        self.read_dir(Path::new("."))?;
        Ok(self.found)
    }

    #[trace(fields(path = dir))]
    fn read_dir(&mut self, dir: &Path) -> Result<(), Error> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.root.join(dir))? {
            let entry = entry?;
            entries.push((entry.file_name(), entry.file_type()?));
        }
        // The system has no order; with one, two traces can be compared.
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, kind) in entries {
            let path = dir.join(&name);
            // Neither for symbolic links, which could lead in circles, nor for pipes and the like.
            if kind.is_file() {
                self.add_file(path);
            } else if kind.is_dir() && !SKIPPED.iter().any(|skipped| name == *skipped) {
                if let Err(error) = self.read_dir(&path) {
                    self.found.problems.push(Problem { path, error });
                }
            }
        }
        Ok(())
    }

    // Quick, and called for every file: a span would say nothing that `Scanner::read_file` does not.
    #[trace(skip)]
    fn add_file(&mut self, path: PathBuf) {
        match language::of(&path) {
            Some(language) => self.found.files.push(SourceFile { path, language }),
            None => self.found.others += 1,
        }
    }
}
