//! Taking a span along into a future.

use crate::otel::Entry;
use crate::snapshot::Snapshot;
use crate::thread;
use pin_project_lite::pin_project;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Takes the current span, or any snapshot, along into a future.
pub trait TraceFuture: Future + Sized {
    /// Makes `span` current whenever the future is polled. Without it, a future spawned on an executor begins a new trace.
    ///
    /// ```
    /// use trace_runtime::{Snapshot, TraceFuture as _, trace};
    /// #[trace]
    /// async fn step() {}
    /// let here = Snapshot::current();
    /// let task = step().in_span(here); // hand it to any executor
    /// # drop(task);
    /// ```
    fn in_span(self, span: Snapshot) -> InSpan<Self> {
        InSpan { body: Some(self), span }
    }

    /// Nothing is traced while the future is polled: neither traced functions nor what reaches us through the OpenTelemetry API.
    ///
    /// ```
    /// use trace_runtime::{TraceFuture as _, trace};
    /// #[trace]
    /// async fn probe() {}
    /// let silent = probe().untraced();
    /// # drop(silent);
    /// ```
    fn untraced(self) -> InSpan<Self> {
        self.in_span(crate::control::untraced_place())
    }

    /// [`in_span`](Self::in_span) with what is current now.
    fn in_current_span(self) -> InSpan<Self> {
        self.in_span(Snapshot::current())
    }
}

impl<F: Future> TraceFuture for F {}

pin_project! {
    /// A future polled under a snapshot; see [`TraceFuture`].
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct InSpan<F> {
        #[pin]
        body: Option<F>,
        span: Snapshot,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            // What the body owns is dropped under the snapshot.
            let mut this = this.project();
            let _current = thread::replace_current(&this.span.trace, &this.span.span, Entry::Shared);
            this.body.set(None);
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else { return Poll::Pending };
        let _current = thread::replace_current(&this.span.trace, &this.span.span, Entry::Shared);
        body.poll(cx)
    }
}
