//! A driver that reports by callbacks, around a real embedded database.

use rusqlite::{Connection, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use trace_http::{Command, CommandRecorder, Failed, RecorderCounts};
use trace_runtime::capture::Capture;
use trace_runtime::{Kind, Snapshot, Status, trace};

/// As drivers do it: requests have ids, and observers are told what happens.
struct Database {
    connection: Connection,
    observer: Arc<CommandRecorder>,
    next: AtomicU64,
}

impl Database {
    fn open(observer: CommandRecorder) -> Self {
        let connection = Connection::open_in_memory().expect("a database");
        Self { connection, observer: Arc::new(observer), next: AtomicU64::new(1) }
    }

    fn run(&self, statement: &str, collection: &str) -> Result<u64, Error> {
        let id = self.next.fetch_add(1, Relaxed);
        let operation = statement.split(' ').next().unwrap_or_default();
        self.observer.started(id, &Command::new(operation).collection(collection).statement(statement));
        let done = self.connection.prepare(statement).and_then(|mut prepared| {
            let mut rows = prepared.query([])?;
            let mut count = 0;
            while rows.next()?.is_some() {
                count += 1;
            }
            Ok(count)
        });
        match &done {
            Ok(rows) => self.observer.succeeded_with_rows(id, *rows),
            Err(error) => {
                let code = error.sqlite_error().map(|error| error.extended_code.to_string());
                self.observer.failed(id, &Failed::with_code(&code.unwrap_or_default()));
            }
        }
        done
    }
}

#[trace(name = "order")]
fn order(database: &Database) -> Result<u64, Error> {
    database.run("CREATE TABLE orders (id INTEGER PRIMARY KEY, who TEXT)", "orders")?;
    database.run("INSERT INTO orders VALUES (1, 'canary')", "orders")?;
    database.run("SELECT * FROM orders", "orders")?;
    database.run("INSERT INTO orders VALUES (1, 'canary')", "orders")
}

#[test]
fn commands_of_a_real_database_are_spans_without_their_text() {
    let spans = Capture::start();
    let database = Database::open(CommandRecorder::new("sqlite").namespace("shop"));
    order(&database).expect_err("the key is taken");
    spans.assert_count(5);
    let all: Vec<_> = spans.spans().into_iter().filter(|span| span.name != "order").collect();
    let names: Vec<_> = all.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["CREATE orders", "INSERT orders", "SELECT orders", "INSERT orders"]);
    for span in &all {
        assert_eq!((span.kind, span.parent), (Kind::Client, Some(spans.span("order").context.span_id)));
        let is = |key: &str| span.attribute(key).map(ToString::to_string);
        assert_eq!(is("db.system.name").as_deref(), Some("sqlite"));
        assert_eq!(is("db.namespace").as_deref(), Some("shop"));
        assert_eq!(is("db.operation.name").as_deref(), span.name.split(' ').next());
        assert!(!format!("{span:?}").contains("canary"));
    }
    assert_eq!(all[2].attribute("db.response.returned_rows").map(ToString::to_string).as_deref(), Some("1"));
    assert_eq!(all[3].status, Status::Error(String::new()));
    for key in ["error.type", "db.response.status_code"] {
        assert_eq!(all[3].attribute(key).map(ToString::to_string).as_deref(), Some("1555"));
        assert!(all[..3].iter().all(|span| span.attribute(key).is_none()));
    }
}

#[test]
fn the_text_of_statements_is_there_when_asked_for() {
    let spans = Capture::start();
    let database = Database::open(CommandRecorder::new("sqlite").statements(true));
    database.run("SELECT 1", "nothing").expect("a row");
    let text = spans.span("SELECT nothing").attribute("db.query.text").map(ToString::to_string);
    assert_eq!(text.as_deref(), Some("SELECT 1"));
}

#[test]
fn callbacks_may_come_on_other_threads_and_in_any_order() {
    let spans = Capture::start();
    let recorder = Arc::new(CommandRecorder::new("mongodb").server("db.test", Some(27017)));
    trace_runtime::span!("work").in_scope(|| {
        for id in 0..100 {
            recorder.started(id, &Command::new("find"));
        }
        let here = Snapshot::current();
        let threads = (0..4).map(|part| {
            let (recorder, here) = (Arc::clone(&recorder), here.clone());
            std::thread::spawn(move || {
                for id in (part * 25..(part + 1) * 25).rev() {
                    recorder.succeeded(id);
                    recorder.succeeded(id); // and again, which does nothing
                }
                recorder.started_under(1000 + part, &Command::new("getMore"), &here);
                recorder.failed(1000 + part, &Failed::of_type("timeout").message("no answer"));
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().expect("no panic"));
    });
    let work = spans.span("work").context.span_id;
    let all = spans.spans();
    assert_eq!(all.iter().filter(|span| span.name == "find db.test:27017" && span.parent == Some(work)).count(), 100);
    let failed: Vec<_> = all.iter().filter(|span| span.name == "getMore db.test:27017").collect();
    assert_eq!(failed.len(), 4);
    assert!(failed.iter().all(|span| span.status == Status::Error("no answer".into()) && span.parent == Some(work)));
    assert_eq!(recorder.counts(), RecorderCounts::default());
}

#[test]
fn ends_that_never_come_cost_a_bounded_amount_and_are_cancelled() {
    let spans = Capture::start();
    let recorder = CommandRecorder::new("sqlite");
    recorder.started(7, &Command::new("first"));
    recorder.started(7, &Command::new("second"));
    assert_eq!(spans.span("first").end_reason, Some("cancelled"));
    for id in 8..20_000 {
        recorder.started(id, &Command::new("lost"));
    }
    let counts = recorder.counts();
    assert_eq!((counts.open, counts.left_out), (10_000, 20_000 - 8 - 9_999));
    drop(recorder);
    assert!(spans.spans().iter().all(|span| span.end_reason == Some("cancelled")));
    spans.assert_count(10_001);
}
