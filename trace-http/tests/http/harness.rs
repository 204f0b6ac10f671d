//! Servers, raw connections, and waiting for spans.

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::{Service, ServiceExt as _};
use trace_http::{PeerAddress, ServerLayer};
use trace_runtime::capture::Capture;
use trace_runtime::export::FinishedSpan;
use trace_runtime::propagation::Propagation;

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a test on one thread, so that everything it spawns is captured.
pub(crate) fn captured(test: impl AsyncFnOnce(&Capture)) {
    let spans = Capture::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, test(&spans)).await.expect("an end in time");
    });
}

pub(crate) fn layer() -> ServerLayer {
    ServerLayer::new(Propagation::default())
}

/// Serves HTTP/1 and HTTP/2 on a free port, with upgrades. Requests know their peer.
pub(crate) async fn serve<S, B>(service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send> + Clone + Send + 'static,
    B: http_body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, peer)) = listener.accept().await {
            let service = service.clone();
            let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddress(peer));
                service.clone().oneshot(request)
            });
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                // Connections that clients break end with errors.
                let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

/// Serves a router under the layer.
pub(crate) async fn serve_traced(router: Router, layer: ServerLayer) -> SocketAddr {
    serve(router.layer(layer)).await
}

/// A connection on which requests are written by hand.
pub(crate) struct Wire(pub(crate) TcpStream);

impl Wire {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.expect("a connection"))
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.expect("it reads");
    }

    /// Reads until `end` came, and returns all until then.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        let mut text = Vec::new();
        while !text.ends_with(end.as_bytes()) {
            let byte = self.0.read_u8().await.unwrap_or_else(|error| {
                panic!("{error} after {:?}", String::from_utf8_lossy(&text));
            });
            text.push(byte);
        }
        String::from_utf8(text).expect("text")
    }

    /// Reads to the end of the connection.
    pub(crate) async fn read_to_end(mut self) -> String {
        let mut bytes = Vec::new();
        let _ = self.0.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// One request on a connection of its own; the whole answer.
pub(crate) async fn ask(address: SocketAddr, head: &str) -> String {
    let mut wire = Wire::to(address).await;
    wire.send(&format!("{head}\r\nhost: shop.test:8080\r\nconnection: close\r\n\r\n")).await;
    wire.read_to_end().await
}

/// Waits until so many spans have ended.
pub(crate) async fn spans(capture: &Capture, count: usize) -> Vec<FinishedSpan> {
    loop {
        let spans = capture.spans();
        if spans.len() >= count {
            assert_eq!(spans.len(), count, "{}", capture.tree());
            return spans;
        }
        // Not a wait for time to pass, but for the other tasks of this thread to run.
        tokio::task::yield_now().await;
    }
}

/// Waits for the one span.
pub(crate) async fn span(capture: &Capture) -> FinishedSpan {
    spans(capture, 1).await.remove(0)
}

/// An attribute as text.
pub(crate) fn attribute(span: &FinishedSpan, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

/// A body whose frames are made by a function, which may wait for ever.
pub(crate) fn body(
    next: impl FnMut(
        &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>>
    + Send
    + Unpin
    + 'static,
) -> Body {
    struct Frames<F>(F);
    impl<F> http_body::Body for Frames<F>
    where
        F: FnMut(
                &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>>
            + Unpin,
    {
        type Data = bytes::Bytes;
        type Error = std::io::Error;
        fn poll_frame(
            mut self: std::pin::Pin<&mut Self>,
            cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, std::io::Error>>> {
            (self.0)(cx)
        }
    }
    Body::new(Frames(next))
}
