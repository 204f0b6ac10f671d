//! Sending a batch, and what came of it.

use crate::batch::Batch;
use crate::bounds::{REASON_BYTES, RESPONSE_BYTES, RESPONSE_TIME, RETRY_AFTER_LONGEST};
use crate::config::{Compression, Otlp, Protocol};
use crate::json;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};
use trace_runtime::export::{Field, Fields};
use ureq::config::Config;
use ureq::http::{Response, StatusCode, Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration::NotHappening;
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// What came of an attempt to send.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// 2xx. Some spans may have been refused all the same.
    Delivered { rejected: u64, message: String },
    /// Worth another attempt, after the pause that the backend asked for.
    Failed { how: Failure, why: String, after: Option<Duration> },
    /// Too big; parts of it may be accepted.
    TooLarge { why: String },
    /// Will never be accepted.
    Rejected { why: String },
    /// Did not get there, and another attempt would not help.
    Lost { why: String },
}

impl Outcome {
    /// A backend may echo what it was sent: the values of headers are taken out of its words.
    pub(crate) fn without_secrets(mut self, headers: &[(String, String)]) -> Self {
        let text = match &mut self {
            Self::Delivered { message, .. } => message,
            Self::Failed { why, .. } | Self::TooLarge { why } | Self::Lost { why } | Self::Rejected { why } => why,
        };
        for (_, value) in headers {
            // `Bearer secret` is one value, and its second word the secret.
            let words = std::iter::once(value.as_str()).chain(value.rsplit_once(' ').map(|(_, last)| last));
            for word in words.filter(|word| word.len() >= 4 && text.contains(*word)).collect::<Vec<_>>() {
                *text = text.replace(word, "[REDACTED]");
            }
        }
        self
    }
}

/// How an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Failure {
    /// The backend asked to come back later.
    Busy,
    /// The connection was refused or broke.
    Broken,
    /// Nothing happened within the time.
    Silence,
}

/// Sends batches one at a time.
pub(crate) trait Transport: Send {
    /// Blocks for at most `within`.
    fn send(&mut self, batch: &Batch, within: Duration) -> Outcome;

    /// Nothing more will be sent.
    fn close(&mut self, _within: Duration) {}
}

/// What has to be there before a process forks for the first time.
pub(crate) fn prepare(otlp: &Otlp) {
    match otlp.protocol {
        #[cfg(feature = "grpc")]
        Protocol::Grpc => crate::grpc::prepare(),
        _ => {}
    }
}

/// Makes ready to speak with a backend, in its protocol. The text says what cannot be used, and why.
pub(crate) fn connect(otlp: &Otlp) -> Result<Box<dyn Transport>, String> {
    match otlp.protocol {
        Protocol::HttpProtobuf | Protocol::HttpJson => Http::connect(otlp),
        #[cfg(feature = "grpc")]
        Protocol::Grpc => crate::grpc::Grpc::connect(otlp),
    }
}

/// OTLP/HTTP with protobuf or JSON bodies.
pub(crate) struct Http {
    agent: Agent,
    otlp: Otlp,
}

impl Http {
    /// Reads the certificates.
    #[cfg_attr(not(feature = "tls"), allow(clippy::unnecessary_wraps))]
    fn connect(otlp: &Otlp) -> Result<Box<dyn Transport>, String> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would take the headers to a host that nobody configured.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1)
            .timeout_recv_body(Some(RESPONSE_TIME))
            .user_agent(concat!("trace-export/", env!("CARGO_PKG_VERSION")));
        #[cfg(feature = "tls")]
        let config = if otlp.url.starts_with("https://") {
            let tls = otlp.tls.load().map_err(|file| format!("{}: {}", file.path.display(), file.why))?;
            config.https_only(true).tls_config(tls)
        } else {
            config
        };
        let resolver = OnThisThread(DefaultResolver::default());
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), resolver);
        Ok(Box::new(Self { agent, otlp: otlp.clone() }))
    }
}

/// Looks names up on the calling thread. The default starts a thread for it, and panics where there is none to be had.
#[derive(Debug)]
struct OnThisThread(DefaultResolver);

impl Resolver for OnThisThread {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        self.0.resolve(uri, config, NextTimeout { after: NotHappening, ..timeout })
    }
}

impl Transport for Http {
    fn send(&mut self, batch: &Batch, within: Duration) -> Outcome {
        let (content_type, bytes) = match self.otlp.protocol {
            Protocol::HttpProtobuf => (PROTOBUF, Cow::Borrowed(&*batch.bytes)),
            Protocol::HttpJson => (JSON, Cow::Owned(json::request(&batch.bytes))),
            // Has a transport of its own.
            #[cfg(feature = "grpc")]
            Protocol::Grpc => (PROTOBUF, Cow::Borrowed(&*batch.bytes)),
        };
        let mut request = self.agent.post(&self.otlp.url).header(header::CONTENT_TYPE, content_type);
        for (name, value) in &self.otlp.headers {
            request = request.header(name, value);
        }
        let within = within.min(self.otlp.timeout);
        let compressed = compressed(self.otlp.compression, &bytes);
        if compressed.is_some() {
            request = request.header(header::CONTENT_ENCODING, self.otlp.compression.name());
        }
        let body = compressed.as_deref().unwrap_or(&bytes);
        let sent = request.config().timeout_global(Some(within)).build().send(body);
        match sent {
            Ok(mut response) => answered(&mut response),
            Err(error) => {
                let how = if matches!(error, ureq::Error::Timeout(_)) { Failure::Silence } else { Failure::Broken };
                Outcome::Failed { how, why: error.to_string(), after: None }
            }
        }
    }
}

/// Compressing in memory does not fail; if it did, the bytes would go as they are.
fn compressed(compression: Compression, bytes: &[u8]) -> Option<Vec<u8>> {
    match compression {
        _ if bytes.is_empty() => None,
        Compression::None => None,
        #[cfg(feature = "gzip")]
        Compression::Gzip => {
            use std::io::Write as _;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).and_then(|()| encoder.finish()).ok()
        }
        #[cfg(feature = "zstd")]
        Compression::Zstd => zstd::bulk::compress(bytes, 1).ok(),
    }
}

/// OTLP specification, "OTLP/HTTP Response".
fn answered(response: &mut Response<Body>) -> Outcome {
    let status = response.status();
    if status.is_success() {
        // Read also to keep the connection. An unreadable body changes nothing: 2xx is acceptance.
        let body = response.body_mut().with_config().limit(RESPONSE_BYTES).read_to_vec().unwrap_or_default();
        let content_type = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_json = content_type.is_some_and(|value| value.to_ascii_lowercase().starts_with(JSON));
        let (rejected, message) = if is_json { json::partial_success(&body) } else { partial_success(&body) };
        return Outcome::Delivered { rejected, message };
    }
    let mut why = format!("the backend answered {status}");
    let reason = response.body_mut().with_config().limit(REASON_BYTES).read_to_vec().unwrap_or_default();
    if !reason.is_empty() {
        why = format!("{why}: {}", String::from_utf8_lossy(&reason));
    }
    let again = [
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::BAD_GATEWAY,
        StatusCode::SERVICE_UNAVAILABLE,
        StatusCode::GATEWAY_TIMEOUT,
    ];
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Outcome::TooLarge { why };
    }
    if !again.contains(&status) {
        return Outcome::Rejected { why: format!("{why} (check endpoint and headers)") };
    }
    let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Outcome::Failed { how: Failure::Busy, why, after: after.and_then(retry_after) }
}

/// Seconds or a date (RFC 9110, section 10.2.3). What is neither says nothing.
fn retry_after(text: &str) -> Option<Duration> {
    let text = text.trim();
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let after = if all_digits {
        // More digits than a number has is long, too.
        text.parse().map_or(Duration::MAX, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        date.duration_since(SystemTime::now()).unwrap_or_default()
    };
    Some(after.min(RETRY_AFTER_LONGEST))
}

/// `ExportTraceServiceResponse.partial_success`: spans refused, and why.
pub(crate) fn partial_success(body: &[u8]) -> (u64, String) {
    let (mut rejected, mut message) = (0, String::new());
    for field in Fields(body) {
        if let (1, Field::Bytes(partial)) = field {
            for field in Fields(partial) {
                match field {
                    (1, Field::Number(count)) => rejected = count,
                    (2, Field::Bytes(text)) => message = String::from_utf8_lossy(text).into_owned(),
                    _ => {}
                }
            }
        }
    }
    // A negative count is not one.
    (if rejected > i64::MAX as u64 { 0 } else { rejected }, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_has_a_bound() {
        let minute = Some(Duration::from_secs(60));
        let in_an_hour = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
        let in_a_moment = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(20));
        let past = httpdate::fmt_http_date(SystemTime::UNIX_EPOCH);
        for (text, expected) in [
            ("7", Some(Duration::from_secs(7))),
            (" 0 ", Some(Duration::ZERO)),
            ("1000000000", minute),
            ("99999999999999999999999999", minute),
            (in_an_hour.as_str(), minute),
            (past.as_str(), Some(Duration::ZERO)),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(retry_after(text), expected, "{text:?}");
        }
        let soon = retry_after(&in_a_moment).unwrap_or_default();
        assert!((Duration::from_secs(15)..=Duration::from_secs(20)).contains(&soon), "{soon:?}");
    }
}
