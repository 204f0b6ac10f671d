//! Sending a batch, and what came of it.

use crate::bounds::{REASON_BYTES, RESPONSE_BYTES, RESPONSE_TIME, RETRY_AFTER_LONGEST};
use crate::config::{Compression, Otlp};
use crate::encode::Batch;
use std::time::Duration;
use trace_runtime::export::{Field, Fields};
use ureq::config::Config;
use ureq::http::{Response, StatusCode, Uri, header};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration::NotHappening;
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body};

/// What came of an attempt to send.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// 2xx. Some spans may have been refused all the same.
    Delivered { rejected: u64, message: String },
    /// Worth another attempt, after the pause that the backend asked for.
    Failed { how: Failure, why: String, after: Option<Duration> },
    /// Will never be accepted.
    Rejected { why: String },
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
pub(crate) trait Transport {
    /// Blocks for at most `within`.
    fn send(&mut self, batch: &Batch, within: Duration) -> Outcome;
}

/// OTLP/HTTP with protobuf bodies.
pub(crate) struct Http {
    agent: Agent,
    otlp: Otlp,
}

impl Http {
    pub(crate) fn new(otlp: &Otlp) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect would take the headers to a host that nobody configured.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_idle_connections(1)
            .timeout_recv_body(Some(RESPONSE_TIME))
            .user_agent(concat!("trace-export/", env!("CARGO_PKG_VERSION")))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), OnThisThread(DefaultResolver::default()));
        Self { agent, otlp: otlp.clone() }
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
        let mut request = self.agent.post(&self.otlp.url).header(header::CONTENT_TYPE, "application/x-protobuf");
        for (name, value) in &self.otlp.headers {
            request = request.header(name, value);
        }
        let within = within.min(self.otlp.timeout);
        let sent = match self.otlp.compression {
            Compression::None => request.config().timeout_global(Some(within)).build().send(&*batch.bytes),
            #[cfg(feature = "gzip")]
            Compression::Gzip => {
                let request = request.header(header::CONTENT_ENCODING, "gzip");
                request.config().timeout_global(Some(within)).build().send(&gzip(&batch.bytes))
            }
        };
        match sent {
            Ok(mut response) => answered(&mut response),
            Err(error) => {
                let how = if matches!(error, ureq::Error::Timeout(_)) { Failure::Silence } else { Failure::Broken };
                Outcome::Failed { how, why: error.to_string(), after: None }
            }
        }
    }
}

#[cfg(feature = "gzip")]
fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    // Writing to a vector does not fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// OTLP specification, "OTLP/HTTP Response".
fn answered(response: &mut Response<Body>) -> Outcome {
    let status = response.status();
    if status.is_success() {
        // Read also to keep the connection. An unreadable body changes nothing: 2xx is acceptance.
        let body = response.body_mut().with_config().limit(RESPONSE_BYTES).read_to_vec().unwrap_or_default();
        let (rejected, message) = partial_success(&body);
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
    if !again.contains(&status) {
        return Outcome::Rejected { why };
    }
    let after = response.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    let after = after.and_then(|text| text.trim().parse().ok());
    let after = after.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_LONGEST));
    Outcome::Failed { how: Failure::Busy, why, after }
}

/// `ExportTraceServiceResponse.partial_success`: spans refused, and why.
fn partial_success(body: &[u8]) -> (u64, String) {
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
