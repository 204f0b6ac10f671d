//! Where text goes: stdout for what was asked for, stderr for all else.

use crate::text::one_line;
use std::fmt::{self, Display};
use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Write};
use std::path::Path;

/// Why a command has no result.
pub(crate) enum Problem {
    /// The reader of stdout has gone.
    NobodyReads,
    /// Arguments or variables; the text says what to write instead.
    Wrong(String),
    /// The system refused something.
    Failed(String),
}

impl Problem {
    /// With a path, which may hold anything.
    pub(crate) fn at(path: &Path, error: &impl Display) -> Self {
        Self::Failed(format!("{}: {error}", path.display()))
    }

    fn writing(error: &io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Failed(format!("the output cannot be written: {error}")),
        }
    }
}

/// A line on stderr. If that is closed, nobody is told.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "trace-spool: {}", one_line(text));
}

/// What was asked for. A write that fails ends the program.
pub(crate) struct Out {
    to: BufWriter<Box<dyn Write>>,
    pub(crate) colour: bool,
}

impl Out {
    /// In colour if it is a terminal, and nobody minds (<https://no-color.org>).
    pub(crate) fn stdout() -> Self {
        let minds = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colour = io::stdout().is_terminal() && !minds;
        Self { to: BufWriter::new(Box::new(io::stdout())), colour }
    }

    pub(crate) fn to(file: impl Write + 'static) -> Self {
        Self { to: BufWriter::new(Box::new(file)), colour: false }
    }

    /// This one, and nothing in its place.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::to(io::sink()))
    }

    pub(crate) fn line(&mut self, line: fmt::Arguments<'_>) -> Result<(), Problem> {
        let written = self.to.write_fmt(line).and_then(|()| self.to.write_all(b"\n"));
        written.map_err(|error| Problem::writing(&error))
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), Problem> {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        self.to.write_all(bytes).map_err(|error| Problem::writing(&error))
    }

    /// All of it is out.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        self.to.flush().map_err(|error| Problem::writing(&error))
    }
}
