//! Requests that go out.

mod config;
#[cfg(feature = "reqwest")]
mod redirect;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod resends;
mod span;

pub use resends::{NumberedFuture, NumberedService, Resends, ResendsLayer};
pub use span::UrlTemplate;

use crate::body::TracedBody;
use crate::future::ResponseFuture;
use crate::method::Methods;
use crate::outcome::{Classifier, Outcome};
use crate::request::RequestHead;
use config::{Config, Origin};
use http::{Method, Request, Response, Uri};
use http_body::Body;
use std::fmt::Display;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;
use trace_runtime::propagation::Propagation;

/// Gives every request a CLIENT span below what is current, and sends that span's identity along.
///
/// Headers go only to destinations that the [`Propagation`] admits (`sending_to`); from requests to others those of all formats are
/// taken out. A layer that follows redirects or retries belongs around this one: each attempt is then a span, and is asked about on
/// its own, so a redirect to another host gets nothing it should not. With [`ResendsLayer`] around both, attempts are numbered.
///
/// The span ends with the response's body. A response whose body nobody looks at is complete; one that is dropped half-way, or
/// before there is an answer, is marked as cancelled (`trace.end`, `trace.end.at`). 4xx, 5xx, failures and all gRPC codes but `OK` are
/// errors; [`classify`](Self::classify) changes that. A gRPC call that fails without any response has no status code.
///
/// | request | name | attributes |
/// |---|---|---|
/// | HTTP | `{method}`, with a [`UrlTemplate`] `{method} {template}` | "HTTP client" of the semantic conventions 1.42; `url.full` without credentials and known secrets |
/// | gRPC, by its content type | `{package.Service/Method}` | "gRPC client" of the semantic conventions 1.42, a release candidate |
///
/// ```
/// use trace_http::ClientLayer;
/// use trace_runtime::propagation::{Destinations, Propagation};
///
/// let ours = Propagation::default().sending_to(Destinations::only(["*.shop.internal", "localhost"])?);
/// let layer = ClientLayer::new(ours);
/// # let _ = layer;
/// # Ok::<(), trace_runtime::propagation::InvalidPattern>(())
/// ```
///
/// Around a `tonic::transport::Channel` the layer has to be told where that goes: `.origin(..)`.
#[derive(Clone, Debug)]
pub struct ClientLayer {
    config: Arc<Config>,
}

impl ClientLayer {
    /// A layer that writes these formats, to the destinations that they may go to. `tracing.propagation()` of `trace-export` is
    /// what the environment says.
    #[must_use]
    pub fn new(propagation: Propagation) -> Self {
        Self { config: Arc::new(Config::new(propagation)) }
    }

    fn set(mut self, set: impl FnOnce(&mut Config)) -> Self {
        set(Arc::make_mut(&mut self.config));
        self
    }

    /// Where requests go whose target names no host, such as those of gRPC stubs. Without it the `Host` header counts, and
    /// without that an allow-list admits nothing. A URI without a host changes nothing.
    #[must_use]
    pub fn origin(self, origin: &Uri) -> Self {
        self.set(|config| config.origin = Origin::of(origin))
    }

    /// Which requests have spans. Others carry the identity of what is current.
    #[must_use]
    pub fn filter(self, wanted: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.set(|config| config.filter = Some(Arc::new(wanted)))
    }

    /// Which outcomes are errors, instead of what [`Outcome::is_clients_error`] says, which also counts if `is_error` panics.
    #[must_use]
    pub fn classify(self, is_error: impl Fn(&Outcome<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.set(|config| config.classifier = Classifier::new(is_error))
    }

    /// Records `http.request.body.size`, where a header says it, and `http.response.body.size`.
    #[must_use]
    pub fn sizes(self, on: bool) -> Self {
        self.set(|config| config.sizes = on)
    }

    /// The methods known by their names, instead of those of RFC 9110 and `PATCH`.
    #[must_use]
    pub fn known_methods(self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.set(|config| config.methods = Methods::only(methods))
    }

    /// Replaces the values of these query parameters too, beside those that sign URLs.
    #[must_use]
    pub fn redact(self, parameters: impl IntoIterator<Item: Into<String>>) -> Self {
        self.set(|config| config.secrets = config.secrets.and(parameters))
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = TracedClient<S>;

    fn layer(&self, inner: S) -> TracedClient<S> {
        TracedClient { inner, config: Arc::clone(&self.config) }
    }
}

/// A client whose requests have spans; made by [`ClientLayer`].
#[derive(Clone, Debug)]
pub struct TracedClient<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for TracedClient<S>
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
        let mut scope = span::begin(&self.config, &mut request);
        let future = scope.run(|| self.inner.call(request));
        ResponseFuture::new(future, scope, None)
    }
}
