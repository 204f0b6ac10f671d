//! `purge`: removes files, but for those that another process has in its hands.

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem, note};
use crate::source;
use crate::text::{count, name, size};
use std::io::{IsTerminal as _, Write as _, stderr, stdin};
use trace_export::stored::StoredFile;

/// Crash files only if they are asked for: they are the last that is known of a process.
const USUAL: [&str; 4] = ["waiting", "leased", "unfinished", "quarantined"];

pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Ended, Problem> {
    let files = source::files(options)?;
    let (held, free): (Vec<_>, Vec<_>) =
        files.into_iter().filter(|file| options.wants(file, &USUAL)).partition(|file| file.is_held() && !options.force);
    if !held.is_empty() {
        let held = count(held.len() as u64, "file");
        note(&format!("{held} that another process sends or writes now stay; --force removes them too"));
    }
    if free.is_empty() {
        out.line(format_args!("nothing to remove"))?;
        return Ok(Ended::Well);
    }
    if !options.yes && !agreed(&free)? {
        note("nothing is removed");
        return Ok(Ended::NotAllWell);
    }
    let (mut removed, mut ended) = (Vec::new(), Ended::Well);
    for file in free {
        match file.remove() {
            Ok(true) => removed.push(file),
            // Somebody was faster, or sends it now.
            Ok(false) => {}
            Err(error) => {
                ended = Ended::NotAllWell;
                note(&format!("{} is not removed: {error}", name(&file.path)));
            }
        }
    }
    out.line(format_args!("removed {}", what(&removed)))?;
    Ok(ended)
}

fn what(files: &[StoredFile]) -> String {
    let spans = files.iter().filter_map(|file| file.spans).sum();
    let bytes = files.iter().map(|file| file.bytes).sum();
    format!("{} ({}, {})", count(files.len() as u64, "file"), count(spans, "span"), size(bytes))
}

/// Asks, where there is somebody to ask.
fn agreed(files: &[StoredFile]) -> Result<bool, Problem> {
    let what = what(files);
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(Problem::Wrong(format!("{what} would be removed: say --yes if that is meant")));
    }
    let _ = write!(stderr().lock(), "Remove {what} for good? [y/N] ");
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
}
