//! A small OTLP receiver: it keeps the spans, and passes them on if there is a backend.

use crate::Result;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// A span and the process it is from.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The resource's `service.name`.
    pub service: String,
    /// The span.
    pub span: Span,
}

/// A running receiver.
#[derive(Clone)]
pub struct Receiver {
    address: SocketAddr,
    inside: Arc<Inside>,
}

struct Inside {
    spans: Mutex<Vec<Arrived>>,
    backend: Option<(reqwest::Client, String)>,
}

impl Receiver {
    /// Listens on a free port of 127.0.0.1, until the program ends.
    ///
    /// # Errors
    /// If there is no port to be had.
    pub async fn start(backend: Option<&str>) -> Result<Self> {
        let backend = match backend {
            Some(url) => {
                Some((reqwest::Client::builder().build()?, format!("{}/v1/traces", url.trim_end_matches('/'))))
            }
            None => None,
        };
        let inside = Arc::new(Inside { spans: Mutex::default(), backend });
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let limit = axum::extract::DefaultBodyLimit::max(64 << 20);
        let router = Router::new().route("/v1/traces", post(take)).layer(limit).with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, inside })
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` has to be.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The spans so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Arrived> {
        self.inside.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The backend's answer is the answer, so that who sends to us repeats what it would repeat there.
async fn take(State(inside): State<Arc<Inside>>, headers: HeaderMap, body: Bytes) -> (StatusCode, Vec<u8>) {
    let Ok(request) = ExportTraceServiceRequest::decode(body.clone()) else {
        return (StatusCode::BAD_REQUEST, Vec::new());
    };
    if let Some((client, url)) = &inside.backend {
        let mut request = client.post(url).body(body);
        for (name, value) in headers.iter().filter(|(name, _)| !["host", "content-length"].contains(&name.as_str())) {
            request = request.header(name, value);
        }
        match request.send().await {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => return (answer.status(), Vec::new()),
            Err(_) => return (StatusCode::SERVICE_UNAVAILABLE, Vec::new()),
        }
    }
    let mut spans = inside.spans.lock().unwrap_or_else(PoisonError::into_inner);
    for resource in request.resource_spans {
        let named = resource.resource.iter().flat_map(|resource| &resource.attributes);
        let service =
            { named }.find(|pair| pair.key == "service.name").and_then(|pair| text(pair.value.clone()?.value));
        let service = service.unwrap_or_default();
        let found = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(found.map(|span| Arrived { service: service.clone(), span }));
    }
    (StatusCode::OK, ExportTraceServiceResponse::default().encode_to_vec())
}

fn text(value: Option<Value>) -> Option<String> {
    if let Some(Value::StringValue(text)) = value { Some(text) } else { None }
}
