//! The future of a response, under the request's span.

use crate::body::TracedBody;
use crate::exchange::{Exchange, Scope};
use http::{HeaderName, HeaderValue, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// A header for the response.
pub(crate) type Header = Option<Box<(HeaderName, HeaderValue)>>;

pin_project! {
    /// The response to come. The request's span is current whenever this is polled, goes on in the response's body, and ends
    /// here with an error, a panic, or when this is dropped.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Option<F>,
        scope: Scope,
        header: Header,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the handler owns is dropped inside the span.
            this.scope.run(|| this.inner.set(None));
            this.scope.end(Exchange::dropped_unanswered);
        }
    }
}

impl<F> ResponseFuture<F> {
    /// `header` goes on the response, unless it has one of that name.
    pub(crate) fn new(inner: F, scope: Scope, header: Header) -> Self {
        Self { inner: Some(inner), scope, header }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: Display,
{
    type Output = Result<Response<TracedBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Pending };
        let response = ready!(this.scope.run(|| inner.poll(cx)));
        let mut response = match response {
            Ok(response) => response,
            Err(error) => {
                this.scope.end(|exchange| exchange.failed(&error));
                return Poll::Ready(Err(error));
            }
        };
        if let Some(exchange) = this.scope.exchange() {
            let size = response.body().size_hint().exact();
            exchange.responded(response.status(), response.version(), response.headers(), size);
        }
        if let Some((name, value)) = this.header.take().map(|header| *header) {
            if !response.headers().contains_key(&name) {
                // A map at its limit of names refuses another one; the response matters more.
                let _ = response.headers_mut().try_insert(name, value);
            }
        }
        let scope = std::mem::take(this.scope);
        Poll::Ready(Ok(response.map(|body| TracedBody::new(body, scope))))
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseFuture")
    }
}
