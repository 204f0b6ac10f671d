//! An OTLP/HTTP receiver for many spans: it keeps their ids only, and passes requests on when it has somebody behind it.

use crate::receiver::{message, read_request};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use std::collections::HashMap;
use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

type Ids = HashMap<Vec<u8>, u32>;

/// The receiver; its threads live as long as the test process.
#[derive(Clone)]
pub struct Relay {
    address: SocketAddr,
    ids: Arc<(Mutex<Ids>, Condvar)>,
    behind: Option<Arc<str>>,
}

impl Relay {
    /// Accepts everything.
    ///
    /// # Panics
    /// If there is no port to be had.
    #[must_use]
    pub fn start() -> Self {
        Self::listen(None)
    }

    /// Passes requests on to this endpoint, and notes what was answered with 2xx.
    ///
    /// # Panics
    /// If there is no port to be had.
    #[must_use]
    pub fn in_front_of(endpoint: &str) -> Self {
        Self::listen(Some(endpoint.into()))
    }

    fn listen(behind: Option<Arc<str>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let relay = Self { address, ids: Arc::default(), behind };
        let server = relay.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(&stream));
            }
        });
        relay
    }

    /// The base endpoint.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until this many different spans came, or `within` is over. How many came, and how many more than once.
    #[must_use]
    pub fn spans(&self, count: usize, within: Duration) -> (usize, usize) {
        let ids = self.ids.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ids.1.wait_timeout_while(ids, within, |ids| ids.len() < count);
        let ids = waited.unwrap_or_else(PoisonError::into_inner).0;
        (ids.len(), ids.values().filter(|times| **times > 1).count())
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Ok(Some((request, body))) = read_request(&mut reader) {
            let status = match &self.behind {
                None => 200,
                Some(behind) => {
                    let request =
                        ureq::post(format!("{behind}/v1/traces")).config().http_status_as_error(false).build();
                    let answer = request.header("content-type", "application/x-protobuf").send(&body);
                    // Nobody there: the connection breaks here too.
                    let Ok(answer) = answer else { return };
                    answer.status().as_u16()
                }
            };
            if status / 100 == 2 {
                self.note(message(&request, &body));
            }
            let mut stream = stream;
            if write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n").is_err() {
                return;
            }
        }
    }

    fn note(&self, message: ExportTraceServiceRequest) {
        let scopes = message.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        let mut ids = self.ids.0.lock().unwrap_or_else(PoisonError::into_inner);
        for span in scopes.flat_map(|scope| scope.spans) {
            *ids.entry([span.trace_id, span.span_id].concat()).or_default() += 1;
        }
        self.ids.1.notify_all();
    }
}
