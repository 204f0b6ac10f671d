//! A future under its own span.

use super::{AsyncSpan, Inside};
use crate::probe::Ending;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// A future under its own span. When it is dropped, what the body owns goes first, inside of the span, and then the span.
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F, X> {
        #[pin]
        body: F,
        span: AsyncSpan,
        outcome: Option<X>,
    }

    impl<F, X> PinnedDrop for Traced<F, X> {
        fn drop(this: Pin<&mut Self>) {
            this.project().span.begin_drop();
        }
    }
}

impl<F: Future, X: FnOnce(&F::Output, Ending<'_>)> Future for Traced<F, X> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.span.is_over() {
            return this.body.poll(cx);
        }
        let mut inside = Inside::poll(this.span);
        let mut inside = inside.running();
        let polled = this.body.poll(cx);
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
        Self { body, span, outcome: Some(outcome) }
    }
}

impl<F, X> std::fmt::Debug for Traced<F, X> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Traced")
    }
}
