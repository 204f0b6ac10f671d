//! This program again, as a worker of some kind.

use crate::Result;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A process that answers each line with a line of JSON. It is ended when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Self { child, stdin, stdout })
    }

    /// A [receiver](crate::receiver), and its address: this program with `--receive`.
    ///
    /// # Errors
    /// If it does not start.
    pub fn receiver() -> Result<(Self, String)> {
        let mut process = Self::start(this_program()?.arg("--receive"))?;
        let url = process.line()?;
        Ok((process, url))
    }

    /// The next line that it says by itself.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Its answer.
    ///
    /// # Errors
    /// What the process could not do, or that it is gone.
    pub fn ask(&mut self, question: &str) -> Result<Value> {
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

/// This program, without variables that would change what a system does.
///
/// # Errors
/// If the system does not say where it lies.
pub fn this_program() -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy().to_uppercase();
        if text.starts_with("OTEL_") || text.starts_with("TRACE_") || text.ends_with("_PROXY") {
            command.env_remove(name);
        }
    }
    Ok(command)
}
