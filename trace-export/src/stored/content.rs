//! What a file holds.

use crate::batch::{Batch, messages};
use crate::crash::{self, Found};
use crate::json;
use crate::memory::Bytes;
use crate::span::{EndedSpan, Pair};
use crate::value::{read_pair, text};
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;
use trace_runtime::Value;
use trace_runtime::export::{Field, Fields};

/// What a file holds: one request if it is a batch, several if it is a crash file.
#[derive(Clone, Debug)]
pub struct Content {
    requests: Vec<Request>,
    damage: Option<String>,
}

/// An OTLP `ExportTraceServiceRequest`, as it was stored.
#[derive(Clone)]
pub struct Request(Bytes);

/// A span of a request, and what it is from. Its own [`scope_name`](EndedSpan::scope_name) is empty.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct StoredSpan {
    /// The span.
    pub span: EndedSpan,
    /// Attributes of the resource, such as `service.name`; shared by all spans of it.
    pub resource: Arc<[(String, Value<'static>)]>,
    /// The instrumentation scope; shared by all spans of it.
    pub scope: Arc<StoredScope>,
}

/// An instrumentation scope.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
#[non_exhaustive]
pub struct StoredScope {
    /// The crate that the traced code is in, or its `target`.
    pub name: String,
    /// Of that crate; empty if it is not known.
    pub version: String,
}

impl Content {
    /// Of a batch file. `named`: the spans that its name says it has.
    pub(super) fn of_batch(batch: Batch, named: Option<u64>) -> Self {
        let request = Request(batch.bytes);
        let spans = request.span_count();
        let says = |who, count| Some(format!("{who} says {count} spans, it has {spans}"));
        let damage = match named {
            _ if batch.spans != spans => says("its header", batch.spans),
            Some(named) if named != spans => says("its name", named),
            _ => None,
        };
        Self { requests: vec![request], damage }
    }

    /// Of a crash file: spans that had ended and have no outcome, then those that were open.
    pub(super) fn of_crash(file: File) -> io::Result<Self> {
        let (batches, found) = crash::requests(file)?;
        let damage = found.is_damaged().then(|| {
            let Found { damaged, damaged_parts, .. } = found;
            format!("{damaged} spans and {damaged_parts} parts of the file do not check out")
        });
        Ok(Self { requests: batches.into_iter().map(|batch| Request(batch.bytes)).collect(), damage })
    }

    /// The requests, oldest first.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// What in the file does not check out, although all that [`requests`](Self::requests) gives does. `None`: nothing.
    pub fn damage(&self) -> Option<&str> {
        self.damage.as_deref()
    }

    /// The spans of all requests.
    pub fn span_count(&self) -> u64 {
        self.requests.iter().map(Request::span_count).sum()
    }
}

impl Request {
    /// Protobuf, as any OTLP receiver takes it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The same as OTLP/JSON (OTLP specification, "JSON Protobuf Encoding"), on one line. About three times as long.
    pub fn to_json(&self) -> Vec<u8> {
        json::request(&self.0)
    }

    /// How many spans it has. Looks at the framing only.
    pub fn span_count(&self) -> u64 {
        let scopes = messages(&self.0, 1).flat_map(|resource_spans| messages(resource_spans, 2));
        scopes.map(|scope_spans| messages(scope_spans, 2).count() as u64).sum()
    }

    /// Its spans, each read when the iterator comes to it.
    pub fn spans(&self) -> impl Iterator<Item = StoredSpan> {
        messages(&self.0, 1).flat_map(|resource_spans| {
            let resource: Arc<[Pair]> = messages(resource_spans, 1)
                .last()
                .map_or_else(Vec::new, |resource| messages(resource, 1).filter_map(read_pair).collect())
                .into();
            messages(resource_spans, 2).flat_map(move |scope_spans| {
                let scope = Arc::new(messages(scope_spans, 1).last().map(StoredScope::read).unwrap_or_default());
                let resource = resource.clone();
                messages(scope_spans, 2).map(move |span| StoredSpan {
                    span: EndedSpan::read(span),
                    resource: resource.clone(),
                    scope: scope.clone(),
                })
            })
        })
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} bytes)", self.0.len())
    }
}

impl StoredScope {
    /// Reads an `InstrumentationScope` (`opentelemetry/proto/common/v1/common.proto`).
    fn read(bytes: &[u8]) -> Self {
        let mut scope = Self::default();
        for part in Fields(bytes) {
            match part {
                (1, Field::Bytes(name)) => scope.name = text(name),
                (2, Field::Bytes(version)) => scope.version = text(version),
                _ => {}
            }
        }
        scope
    }
}
