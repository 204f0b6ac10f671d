//! `SQLite`, behind a driver that reports what it does by callbacks.

use rusqlite::{Connection, Error, Params};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use trace_http::{Command, CommandRecorder, Failed};

/// A database in memory.
pub struct Database {
    connection: Mutex<Connection>,
    observer: CommandRecorder,
    next: AtomicU64,
}

impl Database {
    /// A new one with this table.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn open(name: &str, table: &str) -> Result<Self, Error> {
        let connection = Connection::open_in_memory()?;
        connection.execute(table, [])?;
        let observer = CommandRecorder::new("sqlite").namespace(name);
        Ok(Self { connection: Mutex::new(connection), observer, next: AtomicU64::new(0) })
    }

    /// Runs a statement that returns nothing.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn run(&self, operation: &str, table: &str, sql: &str, parameters: impl Params) -> Result<(), Error> {
        self.observed(operation, table, sql, |connection| connection.execute(sql, parameters).map(|_| ()))
    }

    /// The number in the first column of the first row.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn first(
        &self,
        operation: &str,
        table: &str,
        sql: &str,
        parameters: impl Params,
    ) -> Result<Option<u32>, Error> {
        self.observed(operation, table, sql, |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(parameters)?;
            rows.next()?.map(|row| row.get(0)).transpose()
        })
    }

    /// The part that a driver has: each request has an id, and its observer hears of start and end.
    fn observed<T>(
        &self,
        operation: &str,
        table: &str,
        sql: &str,
        run: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let id = self.next.fetch_add(1, Relaxed);
        self.observer.started(id, &Command::new(operation).collection(table).statement(sql));
        let done = run(&self.connection.lock().unwrap_or_else(PoisonError::into_inner));
        match &done {
            Ok(_) => self.observer.succeeded(id),
            Err(error) => match error.sqlite_error() {
                Some(error) => self.observer.failed(id, &Failed::with_code(&error.extended_code.to_string())),
                None => self.observer.failed(id, &Failed::of_type("rusqlite::Error")),
            },
        }
        done
    }
}
