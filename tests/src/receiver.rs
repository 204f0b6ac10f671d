//! An OTLP/HTTP receiver that decodes with the official message types, and misbehaves on request.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::collections::{BTreeMap, HashSet};
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Answer {
    /// 200 with an empty response: the spans are kept.
    Accept,
    /// This status, these headers, this body; the spans are not kept.
    Refuse(u16, String, Vec<u8>),
    /// 200 with this body; the spans are kept.
    AcceptWith(Vec<u8>),
    /// 200 with these headers and this body; the spans are kept.
    AcceptWithHeaders(String, Vec<u8>),
    /// As `Accept`, after this long.
    AcceptLater(Duration),
    /// Close the connection without an answer.
    Close,
    /// Never answer.
    Hang,
}

/// A span as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Attributes of the resource.
    pub resource: BTreeMap<String, String>,
    /// The instrumentation scope.
    pub scope: InstrumentationScope,
    /// The schema of the scope's spans, if they have one of their own.
    pub schema_url: String,
    /// The span.
    pub span: Span,
}

impl Arrived {
    /// An attribute's value as text.
    pub fn attribute(&self, key: &str) -> Option<String> {
        self.span.attributes.iter().find(|pair| pair.key == key).map(text)
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// The first line.
    pub line: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Which connection it came by, from 0.
    pub connection: usize,
    /// Its length with line and headers, as sent.
    pub bytes: usize,
    /// The spans in it. An empty request is how a sender asks whether the backend is back.
    pub spans: usize,
}

type Script = Box<dyn FnMut(usize, &Request, &[Arrived]) -> Answer + Send>;

#[derive(Default)]
struct State {
    spans: Vec<Arrived>,
    requests: Vec<Request>,
    connections: usize,
    script: Option<Script>,
}

/// The receiver; its thread lives as long as the test process.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Receiver {
    /// Listens on a free port of 127.0.0.1 and accepts everything.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn start() -> Self {
        Self::answering(|_| Answer::Accept)
    }

    /// Answers the nth request, from 0, as `script` says.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn answering(mut script: impl FnMut(usize) -> Answer + Send + 'static) -> Self {
        Self::judging(move |nth, _, _| script(nth))
    }

    /// Answers the nth request, from 0, as `script` says of it and its spans.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn judging(script: impl FnMut(usize, &Request, &[Arrived]) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = State { script: Some(Box::new(script)), ..State::default() };
        let receiver = Self { address, state: Arc::new((Mutex::new(state), Condvar::new())) };
        let server = receiver.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(&stream));
            }
        });
        receiver
    }

    /// The base endpoint.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans accepted so far.
    ///
    /// # Panics
    /// If a connection's thread panicked.
    pub fn spans(&self) -> Vec<Arrived> {
        self.state.0.lock().expect("not poisoned").spans.clone()
    }

    /// The requests so far.
    ///
    /// # Panics
    /// If a connection's thread panicked.
    pub fn requests(&self) -> Vec<Request> {
        self.state.0.lock().expect("not poisoned").requests.clone()
    }

    /// Waits until `count` requests came.
    ///
    /// # Panics
    /// If they have not come after 20 s.
    pub fn wait_for_requests(&self, count: usize) {
        let end = Instant::now() + Duration::from_secs(20);
        let mut state = self.state.0.lock().expect("not poisoned");
        while state.requests.len() < count {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {count} requests after 20 s", state.requests.len());
            state = self.state.1.wait_timeout(state, left).expect("not poisoned").0;
        }
    }

    /// Keeps a request that came by another way.
    pub(crate) fn keep(&self, request: Request, spans: Vec<Arrived>) {
        let mut state = self.state.0.lock().expect("not poisoned");
        state.spans.extend(spans);
        state.requests.push(request);
        self.state.1.notify_all();
    }

    fn serve(&self, stream: &TcpStream) {
        let connection = {
            let mut state = self.state.0.lock().expect("not poisoned");
            state.connections += 1;
            state.connections - 1
        };
        let mut reader = BufReader::new(stream);
        while let Ok(Some((mut request, spans))) = read_spans(&mut reader) {
            request.connection = connection;
            let answer = {
                let mut state = self.state.0.lock().expect("not poisoned");
                let nth = state.requests.len();
                let answer = state.script.as_mut().map_or(Answer::Accept, |script| script(nth, &request, &spans));
                if matches!(
                    answer,
                    Answer::Accept | Answer::AcceptWith(_) | Answer::AcceptLater(_) | Answer::AcceptWithHeaders(..)
                ) {
                    state.spans.extend(spans);
                }
                state.requests.push(request);
                self.state.1.notify_all();
                answer
            };
            let (status, headers, body) = match answer {
                Answer::Accept => (200, String::new(), Vec::new()),
                Answer::AcceptWith(body) => (200, String::new(), body),
                Answer::AcceptWithHeaders(headers, body) => (200, headers, body),
                Answer::AcceptLater(pause) => {
                    std::thread::sleep(pause);
                    (200, String::new(), Vec::new())
                }
                Answer::Refuse(status, headers, body) => (status, headers, body),
                Answer::Close => return,
                Answer::Hang => loop {
                    std::thread::park();
                },
            };
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n");
            let mut stream = stream;
            if stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_err() {
                return;
            }
        }
    }
}

/// The next request of a connection, and the spans in it; `None` at its end.
pub(crate) fn read_spans(reader: &mut impl BufRead) -> io::Result<Option<(Request, Vec<Arrived>)>> {
    let Some((mut request, body)) = read_request(reader)? else { return Ok(None) };
    let spans = decode(&request, &body);
    request.spans = spans.len();
    Ok(Some((request, spans)))
}

pub(crate) fn read_request(reader: &mut impl BufRead) -> io::Result<Option<(Request, Vec<u8>)>> {
    let mut line = String::new();
    let mut bytes = reader.read_line(&mut line)?;
    if bytes == 0 {
        return Ok(None);
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        bytes += reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let line = line.trim_end().to_owned();
    Ok(Some((Request { line, headers, connection: 0, bytes: bytes + length, spans: 0 }, body)))
}

/// The message of a request.
pub(crate) fn message(request: &Request, body: &[u8]) -> ExportTraceServiceRequest {
    let mut plain = Vec::new();
    let body = match request.headers.get("content-encoding").map(String::as_str) {
        Some("gzip") => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut plain).expect("gzip");
            &plain
        }
        Some("zstd") => {
            plain = zstd::decode_all(body).expect("zstd");
            &plain
        }
        _ => body,
    };
    if request.headers.get("content-type").map(String::as_str) == Some("application/json") {
        return serde_json::from_slice(body).expect("an OTLP/JSON request");
    }
    ExportTraceServiceRequest::decode(body).expect("an OTLP request")
}

fn decode(request: &Request, body: &[u8]) -> Vec<Arrived> {
    spans_of(message(request, body))
}

/// The spans of an OTLP request.
///
/// # Panics
/// If it is none.
#[must_use]
pub fn decoded(body: &[u8]) -> Vec<Arrived> {
    spans_of(ExportTraceServiceRequest::decode(body).expect("an OTLP request"))
}

pub(crate) fn spans_of(message: ExportTraceServiceRequest) -> Vec<Arrived> {
    let mut arrived = Vec::new();
    for resource_spans in message.resource_spans {
        let resource = resource_spans.resource.unwrap_or_default();
        let resource: BTreeMap<_, _> = resource.attributes.iter().map(|pair| (pair.key.clone(), text(pair))).collect();
        for scope_spans in resource_spans.scope_spans {
            let scope = scope_spans.scope.unwrap_or_default();
            arrived.extend(scope_spans.spans.into_iter().map(|span| Arrived {
                resource: resource.clone(),
                scope: scope.clone(),
                schema_url: scope_spans.schema_url.clone(),
                span,
            }));
        }
    }
    arrived
}

/// An attribute's value as text.
#[must_use]
pub fn text(pair: &KeyValue) -> String {
    match pair.value.as_ref().and_then(|AnyValue { value, .. }| value.as_ref()) {
        Some(any_value::Value::StringValue(text)) => text.clone(),
        Some(any_value::Value::IntValue(int)) => int.to_string(),
        Some(any_value::Value::BoolValue(bool)) => bool.to_string(),
        Some(any_value::Value::DoubleValue(float)) => float.to_string(),
        other => format!("{other:?}"),
    }
}

/// Checks that `spans` are whole: no id twice, every parent there, and this many roots.
///
/// # Panics
/// If not.
pub fn assert_whole(spans: &[Arrived], roots: usize) {
    let ids: HashSet<_> = spans.iter().map(|one| (&one.span.trace_id, &one.span.span_id)).collect();
    assert_eq!(ids.len(), spans.len(), "a span arrived twice");
    let is_root = |one: &&Arrived| one.span.parent_span_id.is_empty();
    assert_eq!(spans.iter().filter(is_root).count(), roots, "roots");
    let orphan = spans
        .iter()
        .filter(|one| !is_root(one))
        .find(|one| !ids.contains(&(&one.span.trace_id, &one.span.parent_span_id)));
    assert!(orphan.is_none(), "an orphan: {orphan:?}");
}
