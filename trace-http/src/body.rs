//! The body of a response, under the request's span.

use crate::exchange::Scope;
use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use std::fmt::{self, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// The body of a response. The request's span is current while a frame is made, and ends when the body has ended, with an
    /// error, or is dropped.
    ///
    /// Frames, trailers, size and end are those of the body inside: nothing is copied or kept back. No other cost than making
    /// the span current, some nanoseconds a frame.
    pub struct TracedBody<B: Body> {
        #[pin]
        body: Option<B>,
        scope: Scope,
    }

    impl<B: Body> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let is_at_end = this.body.as_ref().as_pin_ref().is_none_or(|body| body.is_end_stream());
            // What the body owns is dropped inside the span.
            this.scope.run(|| this.body.set(None));
            this.scope.end(|exchange| exchange.dropped(is_at_end));
        }
    }
}

impl<B: Body> TracedBody<B> {
    /// A body that has ended already ends the span here.
    pub(crate) fn new(body: B, mut scope: Scope) -> Self {
        if body.is_end_stream() {
            scope.end(|exchange| exchange.dropped(true));
        }
        Self { body: Some(body), scope }
    }
}

impl<B: Body<Error: Display>> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else { return Poll::Ready(None) };
        if let Some(exchange) = this.scope.exchange() {
            exchange.begin_body();
        }
        let polled = this.scope.run(|| body.poll_frame(cx));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(None) => this.scope.end(|exchange| exchange.dropped(true)),
            Poll::Ready(Some(Err(error))) => this.scope.end(|exchange| exchange.failed(error)),
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(data), Some(exchange)) = (frame.data_ref(), this.scope.exchange()) {
                    exchange.passed(data.remaining());
                }
                if let Some(trailers) = frame.trailers_ref() {
                    this.scope.end(|mut exchange| {
                        exchange.trailers(trailers);
                        exchange.complete();
                    });
                }
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// Empty.
impl<B: Body + Default> Default for TracedBody<B> {
    fn default() -> Self {
        Self { body: Some(B::default()), scope: Scope::Untouched }
    }
}

impl<B: Body> fmt::Debug for TracedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TracedBody")
    }
}
