//! An OTLP/gRPC receiver that misbehaves on request.

use crate::receiver::{Arrived, spans_of};
use crate::tls::{Authority, Identity};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding::{Gzip, Zstd};
use tonic::metadata::KeyAndValueRef;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity as PemIdentity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

/// What to do with a call.
#[derive(Clone, Debug)]
pub enum Reply {
    /// The spans are kept.
    Accept,
    /// The spans are kept; so many are said to be refused, with this reason.
    Partly(i64, String),
    /// An error; the spans are not kept.
    Refuse(Status),
    /// Never answer.
    Hang,
}

type Script = Box<dyn FnMut(usize) -> Reply + Send>;

#[derive(Default)]
struct State {
    spans: Vec<Arrived>,
    calls: Vec<BTreeMap<String, String>>,
    connections: Vec<Option<SocketAddr>>,
    script: Option<Script>,
}

/// How the server is set up.
#[derive(Default)]
pub struct Options<'a> {
    /// For TLS.
    pub identity: Option<&'a Identity>,
    /// Who signs clients' certificates; without one none is asked for.
    pub clients: Option<&'a Authority>,
    /// Connections are closed when they are this old.
    pub connection_age: Option<Duration>,
    /// Messages may have this many bytes.
    pub largest: Option<usize>,
}

/// The receiver; its thread lives as long as the test process.
#[derive(Clone)]
pub struct Grpc {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<Mutex<State>>,
}

impl Grpc {
    /// Listens on a free port of 127.0.0.1 and accepts everything.
    pub fn start() -> Self {
        Self::answering(|_| Reply::Accept)
    }

    /// Answers the nth call, from 0, as `script` says.
    pub fn answering(script: impl FnMut(usize) -> Reply + Send + 'static) -> Self {
        Self::with(&Options::default(), script)
    }

    /// The same, with a server set up like this.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub fn with(options: &Options<'_>, script: impl FnMut(usize) -> Reply + Send + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        let state = State { script: Some(Box::new(script)), ..State::default() };
        let scheme = if options.identity.is_some() { "https" } else { "http" };
        let receiver = Self { address, scheme, state: Arc::new(Mutex::new(state)) };
        let service = TraceServiceServer::new(receiver.clone()).accept_compressed(Gzip).accept_compressed(Zstd);
        let service = service.max_decoding_message_size(options.largest.unwrap_or(4 << 20));
        let mut server = Server::builder();
        if let Some(age) = options.connection_age {
            server = server.max_connection_age(age);
        }
        if let Some(identity) = options.identity {
            let mut tls = ServerTlsConfig::new().identity(PemIdentity::from_pem(&identity.certificate, &identity.key));
            if let Some(clients) = options.clients {
                tls = tls.client_ca_root(Certificate::from_pem(clients.pem()));
            }
            server = server.tls_config(tls).expect("an identity");
        }
        std::thread::spawn(move || {
            let incoming = TcpIncoming::from(listener);
            runtime.block_on(server.add_service(service).serve_with_incoming(incoming)).expect("it serves");
        });
        receiver
    }

    /// The endpoint.
    pub fn url(&self) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    /// The spans accepted so far.
    ///
    /// # Panics
    /// If a call panicked.
    pub fn spans(&self) -> Vec<Arrived> {
        self.state.lock().expect("not poisoned").spans.clone()
    }

    /// The metadata of the calls so far.
    ///
    /// # Panics
    /// If a call panicked.
    pub fn calls(&self) -> Vec<BTreeMap<String, String>> {
        self.state.lock().expect("not poisoned").calls.clone()
    }

    /// Connections by which calls came.
    ///
    /// # Panics
    /// If a call panicked.
    pub fn connections(&self) -> usize {
        let mut connections = self.state.lock().expect("not poisoned").connections.clone();
        connections.sort();
        connections.dedup();
        connections.len()
    }
}

#[async_trait::async_trait]
impl TraceService for Grpc {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let metadata = request.metadata().iter().map(|entry| match entry {
            KeyAndValueRef::Ascii(key, value) => (key.to_string(), value.to_str().unwrap_or_default().to_owned()),
            KeyAndValueRef::Binary(key, value) => (key.to_string(), format!("{value:?}")),
        });
        let (metadata, from) = (metadata.collect(), request.remote_addr());
        let reply = {
            let mut state = self.state.lock().expect("not poisoned");
            let nth = state.calls.len();
            let reply = state.script.as_mut().map_or(Reply::Accept, |script| script(nth));
            state.calls.push(metadata);
            state.connections.push(from);
            if matches!(reply, Reply::Accept | Reply::Partly(..)) {
                state.spans.extend(spans_of(request.into_inner()));
            }
            reply
        };
        let partial_success = match reply {
            Reply::Accept => None,
            Reply::Partly(rejected_spans, error_message) => {
                Some(ExportTracePartialSuccess { rejected_spans, error_message })
            }
            Reply::Refuse(status) => return Err(status),
            Reply::Hang => std::future::pending().await,
        };
        Ok(Response::new(ExportTraceServiceResponse { partial_success }))
    }
}
