//! Spans of database clients that report what they do by callbacks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use trace_runtime::{HeldSpan, Kind, Snapshot, Status, Value, span};

/// Commands that may be under way at once. Beyond it they have no span: a driver that never reports ends must not use up memory.
const OPEN_MAX: usize = 10_000;

/// Makes spans of what a driver reports: that a command with an id started, and that the one with this id succeeded or failed.
///
/// One CLIENT span a command, by the semantic conventions 1.42 for database clients (stable). The callbacks may come on any
/// threads. The text of statements is left out unless [`statements`](Self::statements) asks for it, as it may hold personal data.
///
/// A callback costs what a span does and one lock. Ends of unknown ids do nothing; an id that starts again before it ended, and a
/// recorder that is dropped, end the open span as cancelled.
///
/// ```
/// use trace_http::{Command, CommandRecorder, Failed};
///
/// let recorder = CommandRecorder::new("sqlite").namespace("shop.db");
/// recorder.started(1, &Command::new("SELECT").collection("orders"));
/// recorder.succeeded(1);
/// recorder.started(2, &Command::new("INSERT").collection("orders"));
/// recorder.failed(2, &Failed::with_code("1555"));
/// ```
pub struct CommandRecorder {
    system: &'static str,
    namespace: Option<String>,
    server: Option<(String, Option<u16>)>,
    statements: bool,
    open: Mutex<HashMap<u64, HeldSpan>>,
    left_out: AtomicU64,
}

/// A command that starts.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    operation: &'a str,
    collection: Option<&'a str>,
    statement: Option<&'a str>,
}

/// How a command failed.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'a> {
    error_type: &'a str,
    code: Option<&'a str>,
    message: Option<&'a str>,
}

/// What a recorder holds and has not recorded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct RecorderCounts {
    /// Commands under way.
    pub open: usize,
    /// Commands without a span, as too many were under way.
    pub left_out: u64,
}

impl<'a> Command<'a> {
    /// With this `db.operation.name`, such as `SELECT` or `findAndModify`: of low cardinality.
    #[must_use]
    pub fn new(operation: &'a str) -> Self {
        Self { operation, collection: None, statement: None }
    }

    /// On this table or collection.
    #[must_use]
    pub fn collection(self, name: &'a str) -> Self {
        Self { collection: Some(name), ..self }
    }

    /// With this text, which is recorded only if the recorder was asked to.
    #[must_use]
    pub fn statement(self, text: &'a str) -> Self {
        Self { statement: Some(text), ..self }
    }
}

impl<'a> Failed<'a> {
    /// With the database's code for it, which is also its `error.type`.
    #[must_use]
    pub fn with_code(code: &'a str) -> Self {
        Self { error_type: code, code: Some(code), message: None }
    }

    /// Before the database answered: a kind of error, such as `timeout`.
    #[must_use]
    pub fn of_type(error_type: &'a str) -> Self {
        Self { error_type, code: None, message: None }
    }

    /// With this text as the status's description. Databases like to quote values in it.
    #[must_use]
    pub fn message(self, text: &'a str) -> Self {
        Self { message: Some(text), ..self }
    }
}

impl CommandRecorder {
    /// For a database of this `db.system.name`: `sqlite`, `postgresql`, `mongodb`.
    #[must_use]
    pub fn new(system: &'static str) -> Self {
        let (open, left_out) = (Mutex::default(), AtomicU64::new(0));
        Self { system, namespace: None, server: None, statements: false, open, left_out }
    }

    /// The database's name.
    #[must_use]
    pub fn namespace(self, name: impl Into<String>) -> Self {
        Self { namespace: Some(name.into()), ..self }
    }

    /// The database's host and port.
    #[must_use]
    pub fn server(self, address: impl Into<String>, port: Option<u16>) -> Self {
        Self { server: Some((address.into(), port)), ..self }
    }

    /// Records the text of statements. Use it where values are bound and not written into the text.
    #[must_use]
    pub fn statements(self, on: bool) -> Self {
        Self { statements: on, ..self }
    }

    /// A command started, below what is current on this thread.
    pub fn started(&self, id: u64, command: &Command<'_>) {
        self.started_under(id, command, &Snapshot::current());
    }

    /// A command started, below `parent`: for drivers that report from threads of their own.
    pub fn started_under(&self, id: u64, command: &Command<'_>, parent: &Snapshot) {
        if self.open().len() >= OPEN_MAX {
            self.left_out.fetch_add(1, Relaxed);
            return;
        }
        let span = span!("command", kind = Kind::Client).parent(parent.clone());
        let span = span.hold_as(|| self.name(command).into(), |attribute| self.describe(command, attribute));
        if span.is_recording() {
            // What is replaced is dropped after the lock.
            let _replaced = self.open().insert(id, span);
        }
    }

    /// The command with this id did what it was for.
    pub fn succeeded(&self, id: u64) {
        self.finish(id, |_| {});
    }

    /// The same, and it returned so many rows.
    pub fn succeeded_with_rows(&self, id: u64, rows: u64) {
        self.finish(id, |span| {
            span.set_attribute("db.response.returned_rows", rows);
        });
    }

    /// The command with this id failed.
    pub fn failed(&self, id: u64, how: &Failed<'_>) {
        self.finish(id, |span| {
            span.set_status(&Status::Error(how.message.unwrap_or_default().to_owned()));
            span.set_attribute("error.type", how.error_type).set_attribute("db.response.status_code", how.code);
        });
    }

    /// What is open, and what was left out.
    pub fn counts(&self) -> RecorderCounts {
        RecorderCounts { open: self.open().len(), left_out: self.left_out.load(Relaxed) }
    }

    fn finish(&self, id: u64, conclude: impl FnOnce(&mut HeldSpan)) {
        let ended = self.open().remove(&id);
        if let Some(mut span) = ended {
            conclude(&mut span);
            span.end();
        }
    }

    /// `{operation} {target}`, the target being the most exact that is known ("Database spans", "Name").
    fn name(&self, command: &Command<'_>) -> String {
        let server = || match self.server.as_ref()? {
            (address, Some(port)) => Some(Cow::Owned(format!("{address}:{port}"))),
            (address, None) => Some(Cow::Borrowed(address.as_str())),
        };
        let target = command.collection.or(self.namespace.as_deref()).map(Cow::Borrowed).or_else(server);
        match target {
            Some(target) => [command.operation, " ", &target].concat(),
            None => command.operation.to_owned(),
        }
    }

    fn describe(&self, command: &Command<'_>, attribute: &mut dyn FnMut(&'static str, Value<'_>)) {
        let mut text = |key, text: Option<&str>| {
            if let Some(text) = text {
                attribute(key, Value::Str(Cow::Borrowed(text)));
            }
        };
        text("db.system.name", Some(self.system));
        text("db.namespace", self.namespace.as_deref());
        text("db.operation.name", Some(command.operation));
        text("db.collection.name", command.collection);
        text("db.query.text", command.statement.filter(|_| self.statements));
        if let Some((address, port)) = &self.server {
            text("server.address", Some(address));
            if let Some(port) = port {
                attribute("server.port", Value::Int(i64::from(*port)));
            }
        }
    }

    /// Nothing that can panic runs under the lock.
    fn open(&self) -> MutexGuard<'_, HashMap<u64, HeldSpan>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CommandRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandRecorder")
            .field("system", &self.system)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
