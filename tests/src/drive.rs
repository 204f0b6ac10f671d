//! What the calls of `cases/` need to run.

use futures_core::Stream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Polls until the end.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = poll_pinned(future.as_mut()) {
            return value;
        }
    }
}

/// Polls once.
pub fn poll_pinned<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls once and drops the future.
pub fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    poll_pinned(pin!(future))
}

/// Polls until the stream ends.
pub fn collect<S: Stream>(stream: S) -> Vec<S::Item> {
    let mut stream = pin!(stream);
    let next = || block_on(std::future::poll_fn(|cx| stream.as_mut().poll_next(cx)));
    std::iter::from_fn(next).collect()
}

/// Calls what panics.
///
/// # Panics
/// If it does not.
pub fn caught<R>(call: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(call)).is_err(), "it panics");
}

/// Pending once.
pub async fn turn() {
    let mut first = true;
    std::future::poll_fn(|_| if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }).await;
}
