//! Every number that bounds something, with its reason.

use std::time::Duration;

/// Encoded spans of one request: below the 4 MiB that receivers accept by default.
pub(crate) const BATCH_BYTES: usize = 2 << 20;
/// Spans of one request: four times the SDK's default, far below what a backend minds.
pub(crate) const BATCH_SPANS: u32 = 8192;
/// Encoded batches waiting for an outcome. Beyond it records wait in the threads' buffers, which are bounded too.
pub(crate) const QUEUE_BYTES: usize = 32 << 20;
/// A span is at the backend about this long after it ended.
pub(crate) const DEADLINE: Duration = Duration::from_secs(1);
/// With the crash recorder, the clocks are looked at again so long after the start: what a process that dies young leaves has its times
/// from two looks, and the error of both grows with what lies behind them.
pub(crate) const CLOCK_AGAIN: Duration = Duration::from_millis(20);
/// However short a time between batches is asked for.
pub(crate) const DEADLINE_SHORTEST: Duration = Duration::from_millis(10);
/// One request (OpenTelemetry specification, `OTEL_EXPORTER_OTLP_TIMEOUT`).
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// What the end of the program may take.
pub(crate) const EXIT_BUDGET: Duration = Duration::from_secs(2);
/// First and longest pause between attempts.
pub(crate) const RETRY_FIRST: Duration = Duration::from_millis(200);
pub(crate) const RETRY_LONGEST: Duration = Duration::from_secs(30);
/// The longest pause that a backend may ask for.
pub(crate) const RETRY_AFTER_LONGEST: Duration = Duration::from_secs(60);
/// Read of a response; the rest is not looked at.
pub(crate) const RESPONSE_BYTES: u64 = 64 << 10;
/// The body of a response may take this long. The status has decided by then.
pub(crate) const RESPONSE_TIME: Duration = Duration::from_millis(500);
/// Read of a refusal, to say why.
pub(crate) const REASON_BYTES: u64 = 1 << 10;
/// Attempts at the end of the program with a backend that refuses connections or breaks them.
pub(crate) const LAST_ATTEMPTS: u32 = 3;
/// The same problem is said once in this time.
pub(crate) const SAY_EVERY: Duration = Duration::from_secs(60);
/// Callsites of a process that died: far more than a program has.
pub(crate) const CALLSITES_MAX: usize = 1 << 20;
/// Crash files that wait where nobody recovers them or the spool has no room for what is in them. Beyond it the oldest go.
pub(crate) const CRASH_FILES: usize = 16;
/// Those that a start may find and recover: more than processes die at once.
pub(crate) const CRASH_FILES_MOST: usize = 1024;
/// The end of the program waits for what a recovery is doing.
pub(crate) const RECOVERY_GRACE: Duration = Duration::from_millis(100);
/// How often a recovery looks whether the spool has room again.
pub(crate) const RECOVERY_PAUSE: Duration = Duration::from_millis(100);
/// Spans held for the tree of a trace whose root is still open.
pub(crate) const CONSOLE_SPANS: usize = 100_000;
/// Attributes shown of a span on the console, and characters of a text.
pub(crate) const CONSOLE_ATTRIBUTES: usize = 16;
pub(crate) const CONSOLE_TEXT: usize = 60;
/// Local roots remembered as ended, for the spans below them that end later.
pub(crate) const CONSOLE_ROOTS: usize = 10_000;
/// A terminal or pipe that takes nothing for this long gets no more of a tree.
pub(crate) const CONSOLE_PATIENCE: Duration = Duration::from_millis(500);
/// Characters of a diagnostic line. Some of it comes from the backend.
pub(crate) const DIAGNOSTIC_TEXT: usize = 300;
/// Levels shown of a tree.
pub(crate) const CONSOLE_DEPTH: usize = 64;
/// What a spool holds, if nobody says otherwise.
pub(crate) const SPOOL_BYTES: u64 = 40 << 20;
pub(crate) const SPOOL_BATCHES: u64 = 10_000;
/// The batch of a file; far more than one can have.
pub(crate) const FILE_BYTES: u64 = 64 << 20;
/// A lease lasts as long as one request may, and this.
pub(crate) const LEASE_SLACK: Duration = Duration::from_secs(5);
/// No lease is longer. One that seems to be was taken before the clock was set back.
pub(crate) const LEASE_LONGEST: Duration = Duration::from_secs(300);
/// The writer of a file that is unfinished for this long is dead.
pub(crate) const UNFINISHED_AGE: Duration = Duration::from_secs(3600);
/// How often the directory is read, to see what other processes stored.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// With a spool, a slow backend has this much waiting in memory at most.
pub(crate) const SPILL_BYTES: usize = 8 << 20;
/// A request that is under way when the program ends gets this long, if there is a spool to put its batch into.
pub(crate) const EXIT_GRACE: Duration = Duration::from_millis(25);
/// How often the program is asked for its destination, and the saved one is looked at.
pub(crate) const DISCOVER_EVERY: Duration = Duration::from_secs(1);
/// The saved destination, as a file.
pub(crate) const DESTINATION_BYTES: u64 = 64 << 10;
/// Failures in a row after which an empty request asks whether the backend is back.
pub(crate) const PROBE_AFTER: u32 = 2;
/// Levels of messages within messages that JSON goes down to; OTLP without nested values has seven.
pub(crate) const JSON_DEPTH: usize = 64;
/// Levels of arrays within arrays that are read back.
pub(crate) const VALUE_DEPTH: usize = 32;
/// Memory for the spans of one local trace of which it is not known whether to keep it, and for those of all.
pub(crate) const KEEP_TRACE_BYTES: usize = 1 << 20;
pub(crate) const KEEP_ALL_BYTES: usize = 64 << 20;
/// How long, and how many, decisions on local traces are remembered.
pub(crate) const VERDICT: Duration = Duration::from_secs(30);
pub(crate) const VERDICTS: usize = 1 << 17;
/// One export by an exporter of the SDK (OpenTelemetry specification, `OTEL_BSP_EXPORT_TIMEOUT`).
pub(crate) const EXPORT_TIMEOUT: Duration = Duration::from_secs(30);
/// No time that a variable names is longer.
pub(crate) const TIME_LONGEST: Duration = Duration::from_secs(24 * 3600);
/// Attempts with a batch of which an exporter of the SDK only says that it failed.
#[cfg(feature = "sdk")]
pub(crate) const SDK_ATTEMPTS: u32 = 5;
/// A backend that finds requests of this size too large is asked anew each time.
pub(crate) const SMALLEST_LIMIT: usize = 64 << 10;
/// Requests after which one of twice the size that was too large is tried again.
pub(crate) const TRY_LARGER: u32 = 64;
/// Events, and links, of one span that are read back; more than can be recorded. A file may hold anything.
pub(crate) const SPAN_PARTS: usize = 1 << 16;
/// How often a reader looks where a file is that other processes rename meanwhile.
pub(crate) const READ_AGAIN: u32 = 8;
