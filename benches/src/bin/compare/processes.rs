//! This program again, as a worker or a receiver.

use crate::work::{Setup, System};
use benches::Result;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A process that answers each line with a line.
pub(crate) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// A system that is set up and waits for work.
    pub(crate) fn worker(system: System, setup: Setup, url: &str) -> Result<Self> {
        // Nobody listens on port 1.
        let url = if setup == Setup::Away { "http://127.0.0.1:1" } else { url };
        let mut command = this_program()?;
        command.args(["--worker", system.key(), setup.key(), url]).env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
        if matches!(setup, Setup::Away | Setup::Deliver) {
            command.stderr(Stdio::null()); // what is said there of losses is in the table
        }
        Self::start(&mut command)
    }

    /// The receiver, and its address.
    pub(crate) fn receiver() -> Result<(Self, String)> {
        let mut process = Self::start(this_program()?.arg("--receive"))?;
        let url = process.line()?;
        Ok((process, url))
    }

    fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, stdin, stdout })
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// # Errors
    /// What the process could not do, or that it is gone.
    pub(crate) fn ask(&mut self, question: &str) -> Result<Value> {
        writeln!(self.stdin, "{question}")?;
        let answer = self.line()?;
        let answer: Value = serde_json::from_str(&answer).map_err(|_| format!("no answer to `{question}`"))?;
        match answer["error"].as_str() {
            Some(why) => Err(format!("`{question}`: {why}").into()),
            None => Ok(answer),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Without variables that would change what a system does.
fn this_program() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        if text.starts_with("OTEL_") || text.starts_with("TRACE_") || text.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    Ok(command)
}
