//! Counts the lines, the files and the duplicated files below a directory, by language:
//!
//! ```text
//! cargo run --release --example quickstart -- DIR
//! ```
//!
//! The table goes to stdout. How the program made it is a trace, which goes to stderr, or to a
//! collector if one is configured.

mod error;
mod language;
mod report;
mod scan;
mod summary;
mod walk;

use error::Error;
use report::Report;
use scan::Scanner;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::runtime;
use trace_runtime::trace;
use walk::Walker;

fn main() -> Result<ExitCode, trace_export::InitError> {
    trace_export::builder().or_console().init()?;

    let root = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let failure = match run(&root) {
        Ok(report) => print(&report).err().map(|error| format!("stdout: {error}")),
        Err(error) => Some(format!("{}: {error}", root.display())),
    };
    Ok(match failure {
        None => ExitCode::SUCCESS,
        Some(text) => {
            eprintln!("quickstart: {text}");
            ExitCode::from(2)
        }
    })
}

/// The whole job. Its span is the root of the trace: all others start somewhere below.
#[trace(fields(root))]
fn run(root: &Path) -> Result<Report, Error> {
    // One thread is enough for the async part, which only adds up what the workers read.
    let runtime = runtime::Builder::new_current_thread().build().map_err(Error::Runtime)?;
    let found = Walker::new(root).walk()?;
    let totals = Scanner::new(root, found.files).scan(&runtime);
    Ok(Report::new(totals, found.problems, found.others))
}

fn print(report: &Report) -> io::Result<()> {
    match write!(io::stdout().lock(), "{report}") {
        // Whoever reads the table has seen enough of it, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
