//! A request without its body, as callbacks see it.

use http::{Extensions, HeaderMap, Method, Request, Uri, Version};
use std::fmt;
use std::net::SocketAddr;

/// What a request says before its body: what policies, filters and the like decide by. Free to make and copy.
///
/// `Debug` shows method and path only, as headers and query may be secret.
#[derive(Clone, Copy)]
pub struct RequestHead<'a> {
    method: &'a Method,
    uri: &'a Uri,
    version: Version,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

/// The address of the other end of a request's connection: an extension that a server without axum or tonic puts into its
/// requests, so that policies and spans know it.
///
/// ```
/// use trace_http::PeerAddress;
/// # let address = std::net::SocketAddr::from(([127, 0, 0, 1], 80));
/// # let mut request = http::Request::new(());
/// request.extensions_mut().insert(PeerAddress(address));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PeerAddress(pub SocketAddr);

impl<'a, B> From<&'a Request<B>> for RequestHead<'a> {
    fn from(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

impl<'a> RequestHead<'a> {
    #[cfg(feature = "reqwest")]
    pub(crate) fn new(
        (method, version): (&'a Method, Version),
        uri: &'a Uri,
        headers: &'a HeaderMap,
        extensions: &'a Extensions,
    ) -> Self {
        Self { method, uri, version, headers, extensions }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// The request's target; at servers often without scheme and host.
    #[must_use]
    pub fn uri(&self) -> &'a Uri {
        self.uri
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &'a str {
        self.uri.path()
    }

    /// The version of HTTP.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What servers and layers added.
    #[must_use]
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// The other end of the connection, if the server told: as [`PeerAddress`], as axum's `ConnectInfo<SocketAddr>` (feature
    /// `axum`), or as tonic's `TcpConnectInfo` (feature `tonic`). No header is believed for this.
    #[must_use]
    pub fn peer(&self) -> Option<SocketAddr> {
        if let Some(PeerAddress(address)) = self.extensions.get() {
            return Some(*address);
        }
        #[cfg(feature = "axum")]
        if let Some(axum::extract::ConnectInfo(address)) =
            self.extensions.get::<axum::extract::ConnectInfo<SocketAddr>>()
        {
            return Some(*address);
        }
        #[cfg(feature = "tonic")]
        if let Some(info) = self.extensions.get::<tonic::transport::server::TcpConnectInfo>() {
            return info.remote_addr();
        }
        None
    }
}

impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead").field("method", self.method).field("path", &self.path()).finish_non_exhaustive()
    }
}
