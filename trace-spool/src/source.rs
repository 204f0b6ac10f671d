//! The files that a command is about.

use crate::options::Options;
use crate::out::{Problem, note};
use crate::text::name;
use std::path::Path;
use trace_export::stored::{self, Content, StoredFile, Unreadable};

/// All files at the paths, oldest first.
pub(crate) fn files(options: &Options) -> Result<Vec<StoredFile>, Problem> {
    let mut files = Vec::new();
    for path in &options.paths {
        files.extend(look(path)?);
    }
    files.sort_by(|a, b| (a.since, &a.path).cmp(&(b.since, &b.path)));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}

pub(crate) fn look(path: &Path) -> Result<Vec<StoredFile>, Problem> {
    stored::look(path).map_err(|error| Problem::at(path, &error))
}

/// What a file holds. `None`: that cannot be had, which is said unless the file has just gone.
pub(crate) fn read(file: &StoredFile, all_well: &mut bool) -> Option<Content> {
    match file.read() {
        Ok(content) => {
            if let Some(damage) = content.damage() {
                *all_well = false;
                note(&format!("{}: damaged: {damage}", name(&file.path)));
            }
            Some(content)
        }
        Err(Unreadable::Gone) => None,
        Err(why) => {
            *all_well = false;
            note(&format!("{}: {why}", name(&file.path)));
            None
        }
    }
}
