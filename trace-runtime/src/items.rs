//! Spans of what a function returns and its caller drives: iterators and streams until the last item or the drop, futures.

use crate::future::{AsyncSpan, Inside, Traced};
use crate::probe::Ending;
use futures_core::Stream;
use pin_project_lite::pin_project;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};

/// An iterator under a span. It is current while an item is made.
#[must_use = "iterators are lazy and do nothing unless consumed"]
#[derive(Debug)]
pub struct TracedIter<I> {
    items: Option<I>,
    span: AsyncSpan,
    ok: bool,
}

impl<I> TracedIter<I> {
    /// Asks the iterator for something, and ends the span if that was all. Without an iterator nothing is left.
    #[inline]
    fn ask<R>(&mut self, ask: impl FnOnce(&mut I) -> R, ends: impl FnOnce(&R) -> bool) -> Option<R> {
        let items = self.items.as_mut()?;
        let mut inside = Inside::enter(&mut self.span);
        let mut inside = inside.running();
        let answer = ask(items);
        if ends(&answer) {
            inside.span().complete(self.ok);
        }
        inside.leave();
        Some(answer)
    }

    /// Lets the iterator run to its end.
    fn run<R>(mut self, run: impl FnOnce(I) -> R, none: impl FnOnce() -> R) -> R {
        let Some(items) = self.items.take() else { return none() };
        let mut inside = Inside::enter(&mut self.span);
        let mut inside = inside.running();
        let answer = run(items);
        inside.span().complete(self.ok);
        inside.leave();
        answer
    }
}

impl<I: Iterator> Iterator for TracedIter<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.ask(Iterator::next, Option::is_none)?
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.as_ref().map_or((0, Some(0)), Iterator::size_hint)
    }

    fn nth(&mut self, n: usize) -> Option<I::Item> {
        self.ask(|items| items.nth(n), Option::is_none)?
    }

    fn count(self) -> usize {
        self.run(Iterator::count, || 0)
    }

    fn last(self) -> Option<I::Item> {
        self.run(Iterator::last, || None)
    }
}

impl<I: DoubleEndedIterator> DoubleEndedIterator for TracedIter<I> {
    #[inline]
    fn next_back(&mut self) -> Option<I::Item> {
        self.ask(DoubleEndedIterator::next_back, Option::is_none)?
    }

    fn nth_back(&mut self, n: usize) -> Option<I::Item> {
        self.ask(|items| items.nth_back(n), Option::is_none)?
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for TracedIter<I> {
    fn len(&self) -> usize {
        self.items.as_ref().map_or(0, ExactSizeIterator::len)
    }
}

impl<I: FusedIterator> FusedIterator for TracedIter<I> {}

/// What the iterator owns is dropped inside the span. To take less than all of it is not to cancel it.
impl<I> Drop for TracedIter<I> {
    fn drop(&mut self) {
        let _current = self.span.enter();
        self.items = None;
        if !std::thread::panicking() {
            self.span.complete(self.ok);
        }
    }
}

pin_project! {
    /// A stream under a span. It is current while an item is made.
    #[must_use = "streams do nothing unless polled"]
    #[derive(Debug)]
    pub struct TracedStream<S> {
        #[pin]
        items: Option<S>,
        span: AsyncSpan,
        ok: bool,
    }

    impl<S> PinnedDrop for TracedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            // What the stream owns is dropped inside the span.
            let mut this = this.project();
            let _current = this.span.enter();
            this.items.set(None);
            if !std::thread::panicking() {
                this.span.complete(*this.ok);
            }
        }
    }
}

impl<S: Stream> Stream for TracedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(items) = this.items.as_pin_mut() else { return Poll::Ready(None) };
        let mut inside = Inside::enter(this.span);
        let mut inside = inside.running();
        let polled = items.poll_next(cx);
        if let Poll::Ready(None) = polled {
            inside.span().complete(*this.ok);
        }
        inside.leave();
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

/// What a function returned as `impl Iterator` and the like, to be put under its span. A type that is something else, because
/// the trait's or alias's name is that of another one, stays as it is, and the span ends.
#[derive(Debug)]
pub struct Items<T>(Option<T>);

impl<T> Items<T> {
    /// Wraps it, for one call of one of the methods below.
    pub fn new(items: T) -> Self {
        Self(Some(items))
    }

    fn take(&mut self) -> T {
        let Some(items) = self.0.take() else { unreachable!("generated code calls this once") };
        items
    }
}

macro_rules! choose {
    ($method:ident: $level:ident [$bound:path] $traced:ident, $otherwise:ident) => {
        /// Chosen for what has the trait.
        pub trait $level<T> {
            /// Puts it under the span.
            fn $method(&mut self, span: AsyncSpan, ok: bool) -> $traced<T>;
        }
        impl<T: $bound> $level<T> for Items<T> {
            fn $method(&mut self, span: AsyncSpan, ok: bool) -> $traced<T> {
                $traced { items: Some(self.take()), span, ok }
            }
        }
        /// Chosen for anything else.
        pub trait $otherwise<T> {
            /// Ends the span.
            fn $method(&mut self, span: AsyncSpan, ok: bool) -> T;
        }
        impl<T> $otherwise<T> for &mut Items<T> {
            fn $method(&mut self, mut span: AsyncSpan, ok: bool) -> T {
                span.complete(ok);
                self.take()
            }
        }
    };
}
choose!(trace_runtime_iterator: ByIterator [Iterator] TracedIter, NotByIterator);
choose!(trace_runtime_stream: ByStream [Stream] TracedStream, NotByStream);

/// Chosen for futures.
pub trait ByFuture<F: Future> {
    /// Puts it under the span.
    fn trace_runtime_future<X: FnOnce(&F::Output, Ending<'_>)>(&mut self, span: AsyncSpan, outcome: X) -> Traced<F, X>;
}

impl<F: Future> ByFuture<F> for Items<F> {
    fn trace_runtime_future<X: FnOnce(&F::Output, Ending<'_>)>(&mut self, span: AsyncSpan, outcome: X) -> Traced<F, X> {
        span.run(self.take(), outcome)
    }
}

/// Chosen for anything else.
pub trait NotByFuture<T> {
    /// Ends the span.
    fn trace_runtime_future<X: FnOnce(&(), Ending<'_>)>(&mut self, span: AsyncSpan, outcome: X) -> T;
}

impl<T> NotByFuture<T> for &mut Items<T> {
    fn trace_runtime_future<X: FnOnce(&(), Ending<'_>)>(&mut self, mut span: AsyncSpan, _: X) -> T {
        span.complete(false);
        self.take()
    }
}

/// Chosen for boxed futures, whatever alias they have.
pub trait ByBoxedFuture<'a, T> {
    /// The same type, the future inside under the span.
    type Boxed;
    /// Puts it under the span, in another box.
    fn trace_runtime_boxed_future<X: FnOnce(&T, Ending<'_>) + Send + Sync + 'a>(
        &mut self,
        span: AsyncSpan,
        outcome: X,
    ) -> Self::Boxed;
}

macro_rules! boxed {
    ($([$($auto:tt)*])*) => {
        $(impl<'a, T: 'a> ByBoxedFuture<'a, T> for Items<Pin<Box<dyn Future<Output = T> $($auto)* + 'a>>> {
            type Boxed = Pin<Box<dyn Future<Output = T> $($auto)* + 'a>>;
            fn trace_runtime_boxed_future<X: FnOnce(&T, Ending<'_>) + Send + Sync + 'a>(
                &mut self,
                span: AsyncSpan,
                outcome: X,
            ) -> Self::Boxed {
                Box::pin(span.run(self.take(), outcome))
            }
        })*
    };
}
boxed!([] [+ Send] [+ Send + Sync]);

/// Chosen for anything else.
pub trait NotByBoxedFuture<T> {
    /// Ends the span.
    fn trace_runtime_boxed_future<X: FnOnce(&(), Ending<'_>)>(&mut self, span: AsyncSpan, outcome: X) -> T;
}

impl<T> NotByBoxedFuture<T> for &mut Items<T> {
    fn trace_runtime_boxed_future<X: FnOnce(&(), Ending<'_>)>(&mut self, mut span: AsyncSpan, _: X) -> T {
        span.complete(false);
        self.take()
    }
}
