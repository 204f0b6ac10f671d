//! Numbers for requests that are sent again.

use http::Request;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// How often a request was sent: an extension whose copies share their number, so that each attempt's span has its
/// `http.request.resend_count`. Put in by [`ResendsLayer`], or by hand before a request is cloned to be sent again.
#[derive(Clone, Debug, Default)]
pub struct Resends(Arc<AtomicU32>);

impl Resends {
    /// The number of this attempt; 0 for the first.
    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Relaxed)
    }
}

/// Goes around a layer that sends requests again (a retry, a redirect), which goes around [`ClientLayer`](crate::ClientLayer):
/// then each attempt knows its number. The layer between must clone extensions, as `http::Request` does.
///
/// ```
/// use tower::ServiceBuilder;
/// use trace_http::{ClientLayer, ResendsLayer};
/// # fn stack<S>(client: S, propagation: trace_runtime::propagation::Propagation) {
/// let client = ServiceBuilder::new()
///     .layer(ResendsLayer)
///     // .retry(policy)
///     .layer(ClientLayer::new(propagation))
///     .service(client);
/// # let _ = client;
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct ResendsLayer;

impl<S> Layer<S> for ResendsLayer {
    type Service = NumberedService<S>;

    fn layer(&self, inner: S) -> NumberedService<S> {
        NumberedService { inner }
    }
}

/// A service whose requests carry [`Resends`]; made by [`ResendsLayer`].
#[derive(Clone, Debug)]
pub struct NumberedService<S> {
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for NumberedService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(Resends::default());
        self.inner.call(request)
    }
}
