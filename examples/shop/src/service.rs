//! What the three have in common: where spans go, whom to believe, to whom to send, and when to end.

use crate::Result;
use http::HeaderName;
use std::io::Write as _;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;
use trace_export::Tracing;
use trace_http::{ClientLayer, RequestHead, ResponseHeader, ServerLayer};
use trace_runtime::propagation::{Destinations, Trust};

/// The header by which responses name their trace.
pub const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");
/// The header by which a caller asks to be traced whatever the sampler says.
pub const DEBUG: HeaderName = HeaderName::from_static("x-debug-trace");

/// The layer of a service that is called by the others: they are believed.
pub fn inner(tracing: &Tracing) -> ServerLayer {
    ServerLayer::new(tracing.propagation().clone())
        .filter(|request| request.path() != "/healthz")
        .trust(|request| if is_ours(request) { Trust::Continue } else { Trust::Ignore })
}

/// The layer of a service that anybody calls: a new trace begins, linked to the caller's.
pub fn edge(tracing: &Tracing) -> ServerLayer {
    inner(tracing).trust(|_| Trust::Link).force_on(DEBUG, is_ours).response_header(ResponseHeader::TraceId(TRACE_ID))
}

/// Here, whoever is on this machine. In a real shop a certificate or a network tells.
fn is_ours(request: &RequestHead<'_>) -> bool {
    request.peer().is_some_and(|peer| peer.ip().is_loopback())
}

/// The layer of clients: headers go to our own services and to nobody else.
///
/// # Errors
/// If a pattern is none.
pub fn client(tracing: &Tracing) -> Result<ClientLayer> {
    let ours = Destinations::only(["127.0.0.1", "[::1]", "localhost"])?;
    Ok(ClientLayer::new(tracing.propagation().clone().sending_to(ours)))
}

/// Listens, and tells whoever started this where.
///
/// # Errors
/// If the address cannot be had.
pub async fn listen(address: &str) -> Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("{address}");
    std::io::stdout().flush()?;
    Ok((listener, address))
}

/// Ends when standard input does: when whoever started this has had enough, or is gone.
pub async fn until_told_to_end() {
    let mut nothing = [0; 64];
    let mut stdin = tokio::io::stdin();
    while stdin.read(&mut nothing).await.is_ok_and(|bytes| bytes > 0) {}
}
