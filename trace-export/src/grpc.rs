//! OTLP/gRPC (OTLP specification, "OTLP/gRPC"), with the batch's bytes as they are.

use crate::batch::Batch;
use crate::bounds::{RESPONSE_BYTES, RETRY_AFTER_LONGEST};
use crate::config::{Compression, Otlp};
use crate::memory::Bytes;
use crate::transport::{Failure, Outcome, Transport, partial_success};
use bytes::{Buf as _, BufMut as _};
use std::error::Error;
use std::time::Duration;
use tokio::runtime::Runtime;
use tonic::client::Grpc as Client;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status, TimeoutExpired};
use trace_runtime::export::{Field, Fields};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// What is worth another attempt, whatever else the answer says.
const AGAIN: &[Code] =
    &[Code::Cancelled, Code::DeadlineExceeded, Code::Aborted, Code::OutOfRange, Code::Unavailable, Code::DataLoss];

/// A client with a runtime of its own, so that it needs none of the program's, and none that is busy holds it up.
pub(crate) struct Grpc {
    client: Client<Channel>,
    metadata: MetadataMap,
    timeout: Duration,
    /// `None` only while this is dropped.
    runtime: Option<Runtime>,
}

impl Grpc {
    /// Reads the certificates, and connects when something is sent. The text says what cannot be used, and why.
    pub(crate) fn connect(otlp: &Otlp) -> Result<Box<dyn Transport>, String> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("trace-grpc")
            .enable_all()
            .build()
            .map_err(|error| format!("no thread for gRPC: {error}"))?;
        let endpoint = endpoint(otlp)?;
        let channel = {
            let _inside = runtime.enter();
            endpoint.connect_lazy()
        };
        let client = Client::new(channel).max_decoding_message_size(RESPONSE_BYTES as usize);
        let client = match otlp.compression {
            Compression::None => client,
            #[cfg(feature = "gzip")]
            Compression::Gzip => client.send_compressed(tonic::codec::CompressionEncoding::Gzip),
            #[cfg(feature = "zstd")]
            Compression::Zstd => client.send_compressed(tonic::codec::CompressionEncoding::Zstd),
        };
        let mut headers = HeaderMap::new();
        for (name, value) in &otlp.headers {
            // Checked when the configuration was read.
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                headers.append(name, value);
            }
        }
        let metadata = MetadataMap::from_headers(headers);
        Ok(Box::new(Self { client, metadata, timeout: otlp.timeout, runtime: Some(runtime) }))
    }

    async fn export(&mut self, batch: &Batch, within: Duration) -> Result<Response<Vec<u8>>, Status> {
        // An error of the connection is one with a source: see `answered`.
        self.client.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let mut request = Request::new(batch.bytes.clone());
        *request.metadata_mut() = self.metadata.clone();
        request.set_timeout(within);
        self.client.unary(request, PathAndQuery::from_static(EXPORT), Raw).await
    }
}

/// Makes what tokio makes once in a process now, on the thread that calls: in a child that is forked while another thread makes it, nobody
/// ever would.
pub(crate) fn prepare() {
    if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
        // Dropped inside of a program's runtime, it would panic.
        runtime.shutdown_background();
    }
}

fn endpoint(otlp: &Otlp) -> Result<Endpoint, String> {
    let why = |error: tonic::transport::Error| reasons(&error);
    let endpoint = Endpoint::from_shared(otlp.url.clone()).map_err(why)?;
    let endpoint = endpoint.user_agent(concat!("trace-export/", env!("CARGO_PKG_VERSION"))).map_err(why)?;
    #[cfg(feature = "tls")]
    if otlp.url.starts_with("https://") {
        use tonic::transport::{Certificate, ClientTlsConfig, Identity};
        let pem = otlp.tls.pem().map_err(|file| format!("{}: {}", file.path.display(), file.why))?;
        let tls = match pem.authority {
            Some(authority) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority)),
            None => ClientTlsConfig::new().with_webpki_roots(),
        };
        let tls = match pem.identity {
            Some((certificate, key)) => tls.identity(Identity::from_pem(certificate, key)),
            None => tls,
        };
        return endpoint.tls_config(tls).map_err(why);
    }
    Ok(endpoint)
}

impl Transport for Grpc {
    fn send(&mut self, batch: &Batch, within: Duration) -> Outcome {
        let within = within.min(self.timeout);
        let Some(runtime) = self.runtime.take() else {
            return Outcome::Failed { how: Failure::Broken, why: "no runtime".to_owned(), after: None };
        };
        let answer = runtime.block_on(async { tokio::time::timeout(within, self.export(batch, within)).await });
        self.runtime = Some(runtime);
        match answer {
            Ok(Ok(response)) => {
                let (rejected, message) = partial_success(response.get_ref());
                Outcome::Delivered { rejected, message }
            }
            Ok(Err(status)) => answered(&status),
            Err(_) => {
                let why = format!("no answer within {within:?}");
                Outcome::Failed { how: Failure::Silence, why, after: None }
            }
        }
    }
}

impl Drop for Grpc {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Looking a name up cannot be interrupted, and is not waited for.
            runtime.shutdown_background();
        }
    }
}

/// OTLP specification, "OTLP/gRPC Response", the table of codes.
fn answered(status: &Status) -> Outcome {
    if let Some(source) = status.source() {
        // Not said by the backend: the connection was not made, or broke.
        let how = if is_timeout(source) { Failure::Silence } else { Failure::Broken };
        return Outcome::Failed { how, why: reasons(source), after: None };
    }
    let why = format!("the backend answered {:?}: {}", status.code(), status.message());
    let after = retry_delay(status.details());
    let again = match status.code() {
        // Servers say so of messages beyond their limit. Parts of it may be accepted.
        Code::ResourceExhausted | Code::OutOfRange if is_about_size(status.message()) => {
            return Outcome::TooLarge { why };
        }
        Code::ResourceExhausted => after.is_some(),
        code => AGAIN.contains(&code),
    };
    if again {
        Outcome::Failed { how: Failure::Busy, why, after }
    } else {
        Outcome::Rejected { why: format!("{why} (check endpoint and headers)") }
    }
}

/// The client watches the time itself, too.
fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    error.is::<TimeoutExpired>() || error.source().is_some_and(is_timeout)
}

/// The words of grpc-go, grpc-java and grpc-core, and of tonic.
fn is_about_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("larger than max") || message.contains("length too large")
}

/// `google.rpc.RetryInfo` among the details of a `google.rpc.Status`; with a bound.
fn retry_delay(details: &[u8]) -> Option<Duration> {
    let messages = |bytes, number| {
        Fields(bytes).filter_map(move |part| match part {
            (n, Field::Bytes(content)) if n == number => Some(content),
            _ => None,
        })
    };
    let infos = messages(details, 3).filter(|any| messages(any, 1).any(|url| url.ends_with(b"/google.rpc.RetryInfo")));
    let info = infos.last()?;
    let (mut seconds, mut nanos) = (0, 0);
    for part in messages(info, 2).flat_map(|info| messages(info, 1)).flat_map(Fields) {
        match part {
            (1, Field::Number(number)) => seconds = number as i64,
            (2, Field::Number(number)) => nanos = number as i32,
            _ => {}
        }
    }
    let delay = Duration::new(u64::try_from(seconds).unwrap_or(0), u32::try_from(nanos).unwrap_or(0).min(999_999_999));
    Some(delay.min(RETRY_AFTER_LONGEST))
}

/// The error and what is behind it: libraries keep the cause to themselves otherwise.
fn reasons(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// Messages that are bytes already.
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Self::Item, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining()).to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::field;
    use std::io;

    /// Details with an info of this type and this `Duration`.
    fn details(url: &str, duration: &[u8]) -> Vec<u8> {
        let (mut info, mut any, mut status) = (Vec::new(), Vec::new(), vec![0x08, 8]);
        field(&mut info, 0x0a, duration);
        field(&mut any, 0x0a, url.as_bytes());
        field(&mut any, 0x12, &info);
        field(&mut status, 0x1a, b"\x0a\x05other");
        field(&mut status, 0x1a, &any);
        status
    }

    #[test]
    fn retry_info_is_read_and_has_a_bound() {
        let url = "type.googleapis.com/google.rpc.RetryInfo";
        for (details, expected) in [
            (details(url, &[0x08, 2, 0x10, 1]), Some(Duration::new(2, 1))),
            (details(url, &[]), Some(Duration::ZERO)),
            (details(url, &[0x08, 0xff, 0x7f]), Some(Duration::from_secs(60))),
            (details(url, &[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), Some(Duration::ZERO)),
            (details("type.googleapis.com/google.rpc.DebugInfo", &[0x08, 2]), None),
            (vec![0x1a, 200], None),
            (Vec::new(), None),
        ] {
            assert_eq!(retry_delay(&details), expected, "{details:?}");
        }
    }

    #[test]
    fn each_code_is_repeated_or_not_as_the_specification_says() {
        for code in (0..=16).map(Code::from_i32) {
            let again = ![
                Code::Ok,
                Code::Unknown,
                Code::InvalidArgument,
                Code::NotFound,
                Code::AlreadyExists,
                Code::PermissionDenied,
                Code::Unauthenticated,
                Code::FailedPrecondition,
                Code::Unimplemented,
                Code::Internal,
                Code::ResourceExhausted,
            ]
            .contains(&code);
            let outcome = answered(&Status::new(code, "why"));
            assert_eq!(matches!(outcome, Outcome::Failed { how: Failure::Busy, .. }), again, "{code:?}: {outcome:?}");
        }
        let later = details("type.googleapis.com/google.rpc.RetryInfo", &[0x08, 2]);
        let outcome = answered(&Status::with_details(Code::ResourceExhausted, "later", later.into()));
        assert!(matches!(outcome, Outcome::Failed { after: Some(after), .. } if after == Duration::from_secs(2)));
        for (code, text) in [
            (Code::ResourceExhausted, "grpc: received message larger than max (5 vs. 4)"),
            (Code::OutOfRange, "Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes"),
        ] {
            assert!(matches!(answered(&Status::new(code, text)), Outcome::TooLarge { .. }));
        }
        let broken = Status::from_error(Box::new(io::Error::other("reset")));
        assert!(matches!(answered(&broken), Outcome::Failed { how: Failure::Broken, .. }));
    }
}
