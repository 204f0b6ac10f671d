//! Numbers for requests that are sent again.

use http::{Extensions, Request};
use pin_project_lite::pin_project;
use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

thread_local! {
    /// Of the call that is being worked on here, if it is numbered.
    static HERE: RefCell<Option<Resends>> = const { RefCell::new(None) };
}

/// How often a request was sent: an extension whose copies share their number, so that each attempt's span has its
/// `http.request.resend_count`. For loops that send clones of a request; for layers there is [`ResendsLayer`].
///
/// ```
/// use trace_http::Resends;
/// let request = http::Request::get("http://shop/").extension(Resends::default()).body(())?;
/// let again = request.clone(); // as often as it takes
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Resends(Arc<AtomicU32>);

impl Resends {
    /// The number of this attempt, 0 for the first: by the request's own extension, or by the layer around.
    pub(super) fn next(extensions: &Extensions) -> u32 {
        let count = |resends: &Self| resends.0.fetch_add(1, Relaxed);
        match extensions.get::<Self>() {
            Some(resends) => count(resends),
            None => HERE.try_with(|here| here.try_borrow().ok()?.as_ref().map(count)).ok().flatten().unwrap_or(0),
        }
    }

    fn scope<R>(&self, f: impl FnOnce() -> R) -> R {
        let _restored = Restore(replace_here(Some(self.clone())));
        f()
    }
}

/// What was there before; also put back when a poll panics.
struct Restore(Option<Resends>);

impl Drop for Restore {
    fn drop(&mut self) {
        replace_here(self.0.take());
    }
}

fn replace_here(resends: Option<Resends>) -> Option<Resends> {
    HERE.try_with(|here| here.try_borrow_mut().ok().and_then(|mut here| std::mem::replace(&mut *here, resends)))
        .ok()
        .flatten()
}

/// Goes around a layer that sends requests again (a retry, a redirect), which goes around [`ClientLayer`](crate::ClientLayer):
/// then each attempt's span has its number. Attempts that run on tasks of their own need [`Resends`].
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

/// A service that numbers the attempts of each call; made by [`ResendsLayer`].
#[derive(Clone, Debug)]
pub struct NumberedService<S> {
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for NumberedService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = NumberedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let resends = Resends::default();
        let future = resends.scope(|| self.inner.call(request));
        NumberedFuture { future, resends }
    }
}

pin_project! {
    /// A call whose attempts are numbered.
    #[must_use = "futures do nothing unless polled"]
    pub struct NumberedFuture<F> {
        #[pin]
        future: F,
        resends: Resends,
    }
}

impl<F: Future> Future for NumberedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.resends.scope(|| this.future.poll(cx))
    }
}

impl<F> fmt::Debug for NumberedFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NumberedFuture")
    }
}
