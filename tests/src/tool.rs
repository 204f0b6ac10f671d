//! The tool `trace-spool`, as seen from outside, and files for it that say whatever a test wants.

use crate::batch_file::sealed;
use crate::built::trace_spool;
use crate::place::Place;
use crate::spooler::clean;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Its command line, in an environment without our variables.
pub fn command(arguments: &[&dyn AsRef<OsStr>]) -> Command {
    let mut command = clean(Command::new(trace_spool()));
    command.env_remove("NO_COLOR").args(arguments.iter().map(AsRef::as_ref));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How it ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// All of it.
    pub stdout: String,
    /// All of it.
    pub stderr: String,
}

/// Runs it.
///
/// # Panics
/// If it does not run, or a signal ended it.
pub fn run(arguments: &[&dyn AsRef<OsStr>]) -> Ran {
    Ran::of(&command(arguments).output().expect("the tool runs"))
}

impl Ran {
    /// What it said.
    ///
    /// # Panics
    /// If a signal ended it, or what it said is no text.
    #[must_use]
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
        let code = output.status.code().expect("no signal");
        Self { code, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Its stdout, if it ended with this code and said nothing else.
    ///
    /// # Panics
    /// If it did.
    #[must_use]
    pub fn quietly(self, code: i32) -> String {
        assert!(self.code == code && self.stderr.is_empty(), "{self:?}");
        self.stdout
    }
}

/// Makes the spool's directory, and puts files into it.
///
/// # Panics
/// If it cannot.
pub fn put(place: &Place, files: &[(String, Vec<u8>)]) {
    let made = fs::DirBuilder::new().mode(0o700).recursive(true).create(place.spool());
    made.expect("a directory");
    for (name, content) in files {
        fs::write(place.spool().join(name), content).expect("a file");
    }
}

/// A program that ends while it sends leaves a lease; this is what becomes of it when that has run out.
///
/// # Panics
/// If a file cannot be renamed.
pub fn end_leases(place: &Place) {
    for leased in place.leased() {
        let name = leased.file_name().and_then(OsStr::to_str).and_then(|name| name.split('.').next());
        let waiting = place.spool().join(format!("{}.batch", name.expect("a name")));
        fs::rename(leased, waiting).expect("a file");
    }
}

/// All that can be seen of a directory without opening it by its name: inodes, modes, lengths, times.
///
/// # Panics
/// If it cannot be read.
#[must_use]
pub fn look(dir: &Path) -> BTreeMap<PathBuf, (u64, u32, u64, i64, i64)> {
    let mut found = BTreeMap::new();
    let mut rest = vec![dir.to_owned()];
    while let Some(path) = rest.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        if metadata.is_dir() {
            rest.extend(fs::read_dir(&path).expect("a directory").flatten().map(|entry| entry.path()));
        }
        let (changed, nanos) = (metadata.ctime(), metadata.ctime_nsec());
        found.insert(path, (metadata.ino(), metadata.mode(), metadata.len(), changed, nanos));
    }
    found
}

/// A batch file of these spans, of a service.
#[must_use]
pub fn batch(service: &str, spans: Vec<Span>) -> Vec<u8> {
    let count = spans.len() as u32;
    let resource = Resource { attributes: vec![attribute("service.name", service)], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() };
    let request = ExportTraceServiceRequest { resource_spans: vec![resource_spans] }.encode_to_vec();
    sealed(1, count, request.len() as u32, &request)
}

/// 2026-01-02T03:04:05Z.
pub const START: u64 = 1_767_323_045_000_000_000;

/// A span that begins and ends so many milliseconds after [`START`]. Without a parent if that is 0.
#[must_use]
pub fn span(trace: u8, id: u64, parent: u64, name: &str, (start, end): (u64, u64)) -> Span {
    let parent = if parent == 0 { Vec::new() } else { parent.to_be_bytes().to_vec() };
    Span {
        trace_id: vec![trace; 16],
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: parent,
        name: name.to_owned(),
        kind: 1,
        start_time_unix_nano: START + start * 1_000_000,
        end_time_unix_nano: START + end * 1_000_000,
        flags: 0x101,
        ..Span::default()
    }
}

/// A text.
#[must_use]
pub fn attribute(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// That of a failure.
#[must_use]
pub fn failed(message: &str) -> Option<Status> {
    Some(Status { message: message.to_owned(), code: 2 })
}
