//! As much of an executor as is the same for everybody and costs next to nothing.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Polls until it is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Is pending so many times.
pub(crate) struct Pending(pub(crate) u64);

impl Future for Pending {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

/// Polls each of so many futures in turn until all are ready, so that all are open at once.
pub(crate) fn together<F: Future<Output = u64>>(count: u64, task: impl Fn(u64) -> F) {
    let mut tasks: Vec<_> = (0..count).map(|n| Some(Box::pin(task(n)))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let mut open = tasks.len();
    while open > 0 {
        for place in &mut tasks {
            let ready = place.as_mut().map(|task| task.as_mut().poll(&mut context));
            if let Some(Poll::Ready(value)) = ready {
                black_box(value);
                *place = None;
                open -= 1;
            }
        }
    }
}
