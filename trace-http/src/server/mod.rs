//! Requests that come in.

mod config;
mod proxies;
mod request_span;
pub(crate) mod span;

pub use config::ResponseHeader;
pub use proxies::Proxies;
pub use request_span::RequestSpan;

use crate::body::TracedBody;
use crate::future::ResponseFuture;
use crate::method::Methods;
use crate::outcome::{Classifier, Outcome};
use crate::request::RequestHead;
use config::Config;
use http::header::HeaderName;
use http::{Method, Request, Response};
use http_body::Body;
use std::fmt::Display;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;
use trace_runtime::propagation::{Propagation, Trust};

/// Gives every request a SERVER span.
///
/// It continues the caller's trace as far as the caller is trusted, is current while the handler **and the response's body** are
/// polled, and ends when the body ends or is dropped. Handlers find it as [`RequestSpan`] in the request's extensions. Requests and
/// responses are not changed, but for a header that [`response_header`](Self::response_header) asks for.
///
/// | request | name | attributes |
/// |---|---|---|
/// | HTTP | `{method} {route}`; `{method}` without a route; `HTTP` for an unknown method | "HTTP server" of the semantic conventions 1.42 |
/// | gRPC, by its content type | `{package.Service/Method}`, `grpc` for an unknown method | "gRPC server" of the semantic conventions 1.42, a release candidate |
///
/// The status is Error for 5xx, for the gRPC codes of which the conventions say so, for an error of the service or body, and for
/// a panic, which unwinds on. A client that goes away is no error: its span says `trace.end = "cancelled"`, and in `trace.end.at`
/// whether that was in the `handler` or the `response_body`. [`classify`](Self::classify) changes what is an error.
///
/// Of what a request says, at most 2 KiB a value go onto the span; the query without known secrets.
///
/// Costs one to two microseconds a request, half of it for a dozen attributes; with tracing off less than one, for reading the
/// propagators' headers and passing the body on.
///
/// ```
/// use trace_http::{Proxies, ServerLayer};
/// use trace_runtime::propagation::{Propagation, Trust};
///
/// let layer = ServerLayer::new(Propagation::default())
///     .filter(|request| request.path() != "/healthz")
///     .trust(|request| match request.peer() {
///         Some(peer) if peer.ip().is_loopback() => Trust::Continue,
///         _ => Trust::Link,
///     })
///     .force_on(http::HeaderName::from_static("x-debug-trace"), |request| request.peer().is_some_and(|peer| peer.ip().is_loopback()))
///     .proxies(Proxies::x_forwarded(1));
/// # let _ = layer;
/// ```
///
/// With axum, `Router::layer` (feature `axum`) knows the routes. A layer around the whole router begins earlier but does not; both
/// together make one span, and the inner one tells the route.
#[derive(Clone, Debug)]
pub struct ServerLayer {
    config: Arc<Config>,
}

impl ServerLayer {
    /// A layer that reads these formats, with their trust in callers. `tracing.propagation()` of `trace-export` is what the
    /// environment says.
    #[must_use]
    pub fn new(propagation: Propagation) -> Self {
        Self { config: Arc::new(Config::new(propagation)) }
    }

    fn set(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(Arc::make_mut(&mut self.config));
        self
    }

    /// How far each caller is trusted, instead of one trust for all.
    #[must_use]
    pub fn trust(self, trust: impl Fn(&RequestHead<'_>) -> Trust + Send + Sync + 'static) -> Self {
        self.set(|config| config.trust = Some(Arc::new(trust)))
    }

    /// Which requests are traced. For others no span is created, here or in what they call.
    #[must_use]
    pub fn filter(self, wanted: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.set(|config| config.filter = Some(Arc::new(wanted)))
    }

    /// Which outcomes are errors, instead of what [`Outcome::is_servers_error`] says, which also counts if `is_error` panics.
    #[must_use]
    pub fn classify(self, is_error: impl Fn(&Outcome<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.set(|config| config.classifier = Classifier::new(is_error))
    }

    /// The route of a request, for frameworks that know it before the handler. It must be of low cardinality: a pattern.
    #[must_use]
    pub fn route(self, route: impl Fn(&RequestHead<'_>) -> Option<String> + Send + Sync + 'static) -> Self {
        self.set(|config| config.route = Some(Arc::new(route)))
    }

    /// A request with this header is sampled whatever a sampler says (but for `Sampler::AlwaysOff`), if `allow` says yes: a caller
    /// who may do this can fill a backend. `0`, `false` and nothing are no such request. The span has `trace.forced = true`.
    #[must_use]
    pub fn force_on(
        self,
        header: HeaderName,
        allow: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.set(|config| config.force = Some((header, Arc::new(allow))))
    }

    /// A header on responses that names the trace, recorded or not. One that the handler set stays.
    #[must_use]
    pub fn response_header(self, header: ResponseHeader) -> Self {
        self.set(|config| config.header = Some(header))
    }

    /// The proxies whose word counts for `client.address` and `url.scheme`.
    #[must_use]
    pub fn proxies(self, proxies: Proxies) -> Self {
        self.set(|config| config.proxies = proxies)
    }

    /// The scheme by which clients ask, where the server cannot know: behind something that ends TLS.
    #[must_use]
    pub fn scheme(self, scheme: &'static str) -> Self {
        self.set(|config| config.scheme = Some(scheme))
    }

    /// Records `http.request.body.size`, where the request says it, and `http.response.body.size`.
    #[must_use]
    pub fn sizes(self, on: bool) -> Self {
        self.set(|config| config.sizes = on)
    }

    /// The methods known by their names, instead of those of RFC 9110 and `PATCH`.
    #[must_use]
    pub fn known_methods(self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.set(|config| config.methods = Methods::only(methods))
    }

    /// The gRPC methods known by their names, as `package.Service/Method`. Without this list a method is unknown if the server
    /// answers `UNIMPLEMENTED` without a body.
    #[must_use]
    pub fn known_rpc_methods(self, methods: impl IntoIterator<Item: Into<String>>) -> Self {
        self.set(|config| config.rpc_methods = Some(Arc::new(methods.into_iter().map(Into::into).collect())))
    }

    /// Replaces the values of these query parameters too, beside those that sign URLs.
    #[must_use]
    pub fn redact(self, parameters: impl IntoIterator<Item: Into<String>>) -> Self {
        self.set(|config| config.secrets = config.secrets.and(parameters))
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = TracedServer<S>;

    fn layer(&self, inner: S) -> TracedServer<S> {
        TracedServer { inner, config: Arc::clone(&self.config) }
    }
}

/// A service whose requests have spans; made by [`ServerLayer`].
#[derive(Clone, Debug)]
pub struct TracedServer<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for TracedServer<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>, Error: Display>,
    ResBody: Body,
{
    type Response = Response<TracedBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let (mut scope, header) = span::begin(&self.config, &mut request);
        let future = scope.run(|| self.inner.call(request));
        ResponseFuture::new(future, scope, header)
    }
}
