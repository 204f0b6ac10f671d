//! A future under its own span.

use super::{AsyncSpan, Inside};
use crate::probe::Ending;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future under its own span.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, X> {
        #[pin]
        body: Option<F>,
        span: AsyncSpan,
        outcome: Option<X>,
    }

    impl<F, X> PinnedDrop for Traced<F, X> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.span.is_live() {
                // What the body owns is dropped inside the span.
                let mut inside = Inside::poll(this.span);
                let inside = inside.running();
                this.body.set(None);
                inside.leave();
            }
        }
    }
}

impl<F: Future, X: FnOnce(&F::Output, Ending<'_>)> Future for Traced<F, X> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return Poll::Pending;
        };
        if this.span.is_over() {
            return body.poll(cx);
        }
        let mut inside = Inside::poll(this.span);
        let mut inside = inside.running();
        let polled = body.poll(cx);
        if let Poll::Ready(output) = &polled {
            if let Some(outcome) = this.outcome.take() {
                outcome(output, Ending::Async(inside.span()));
            }
            inside.finish();
        } else {
            inside.pause();
        }
        polled
    }
}

impl<F, X> Traced<F, X> {
    pub(super) fn new(span: AsyncSpan, body: F, outcome: X) -> Self {
        Self { body: Some(body), span, outcome: Some(outcome) }
    }
}

impl<F, X> std::fmt::Debug for Traced<F, X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Traced")
    }
}
