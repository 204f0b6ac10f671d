//! `trace-spool`: looks into the spools of `trace-export`, and does something about what it finds there.
//!
//! What was asked for goes to stdout, all else to stderr. `trace-spool --help` has the commands and the exit codes.

mod args;
mod export;
mod help;
mod list;
mod options;
mod out;
mod purge;
mod send;
mod shown;
mod source;
mod text;
mod tree;
mod verify;

use args::{Asked, Command};
use out::{Out, Problem, note};
use std::process::ExitCode;

/// How a command ended. The numbers are a promise (`--help`).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Well = 0,
    /// Something is damaged, is left, or could not be read; stderr says what.
    NotAllWell = 1,
}

/// Arguments or variables that make no sense.
const WRONG: u8 = 2;
/// The system refused something, so that there is no answer.
const FAILED: u8 = 3;

fn main() -> ExitCode {
    match run() {
        Ok(ended) => ExitCode::from(ended as u8),
        // Whoever read the output has seen enough.
        Err(Problem::NobodyReads) => ExitCode::SUCCESS,
        Err(Problem::Wrong(why)) => {
            note(&why);
            ExitCode::from(WRONG)
        }
        Err(Problem::Failed(why)) => {
            note(&why);
            ExitCode::from(FAILED)
        }
    }
}

fn run() -> Result<Ended, Problem> {
    let mut out = Out::stdout();
    let ended = match args::parse(lexopt::Parser::from_env())? {
        Asked::Text(text) => out.text(&text).map(|()| Ended::Well),
        Asked::Run(Command::List, options) => list::run(&options, &mut out),
        Asked::Run(Command::Tree, options) => tree::run(&options, &mut out),
        Asked::Run(Command::Send, options) => send::run(&options, &mut out),
        Asked::Run(Command::Export, options) => export::run(&options, out.take()),
        Asked::Run(Command::Verify, options) => verify::run(&options, &mut out),
        Asked::Run(Command::Purge, options) => purge::run(&options, &mut out),
    }?;
    out.finish()?;
    Ok(ended)
}
