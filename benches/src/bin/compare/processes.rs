//! This program again, as a worker.

use crate::work::{Setup, System};
use benches::Result;
use benches::process::{Process, this_program};
use std::process::Stdio;

/// A system that is set up and waits for work.
pub(crate) fn worker(system: System, setup: Setup, url: &str) -> Result<Process> {
    // Nobody listens on port 1.
    let url = if setup == Setup::Away { "http://127.0.0.1:1" } else { url };
    let mut command = this_program()?;
    command.args(["--worker", system.key(), setup.key(), url]).env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
    if matches!(setup, Setup::Away | Setup::Deliver) {
        command.stderr(Stdio::null()); // what is said there of losses is in the table
    }
    Process::start(&mut command)
}
