//! Spans of functions whose work is done later: futures that are returned, iterators, streams.

use futures_core::Stream;
use std::future::ready;
use std::iter::FusedIterator;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tests::drive::{block_on, turn};
use trace_runtime::capture::Capture;
use trace_runtime::{Status, trace};

#[trace]
fn leaf(n: u8) -> u8 {
    n
}

#[trace]
fn prepared(n: u8) -> impl Future<Output = Result<u8, String>> + Send {
    let doubled = leaf(n) * 2;
    async move {
        turn().await;
        if leaf(doubled) > 4 { Err("too big".to_owned()) } else { Ok(doubled) }
    }
}

#[trace]
fn prepared_boxed(n: u8) -> Pin<Box<dyn Future<Output = Result<u8, String>> + Send>> {
    if n == 0 {
        return Box::pin(ready(Err("nothing".into())));
    }
    leaf(n);
    Box::pin(async move {
        turn().await;
        Ok(leaf(n))
    })
}

#[test]
fn work_before_a_returned_future_is_inside_the_span_that_lasts_until_it_is_ready() {
    let spans = Capture::start();
    let future = prepared(3);
    spans.assert_tree("(orphan) lazy::leaf");
    assert!(block_on(future).is_err());
    spans.assert_tree("lazy::prepared error.type=alloc::string::String [error: too big]\n  lazy::leaf\n  lazy::leaf");
    let spans = Capture::start();
    let _ = (block_on(prepared_boxed(1)), block_on(prepared_boxed(0)));
    spans.assert_tree(
        "
        lazy::prepared_boxed
          lazy::leaf
          lazy::leaf
        lazy::prepared_boxed error.type=alloc::string::String [error: nothing]",
    );
}

#[test]
fn a_returned_future_that_is_dropped_ends_its_span_as_cancelled() {
    let spans = Capture::start();
    drop(prepared(1));
    drop(prepared_boxed(1));
    spans.assert_tree("lazy::prepared [cancelled]\n  lazy::leaf\nlazy::prepared_boxed [cancelled]\n  lazy::leaf");
}

#[trace]
fn counted(
    from: &[u8],
) -> impl DoubleEndedIterator<Item = u8> + ExactSizeIterator + FusedIterator + Send + Sync + Unpin {
    leaf(0);
    from.iter().map(|n| leaf(*n))
}

#[test]
fn an_iterators_span_lasts_to_its_end_and_its_items_are_made_inside() {
    let spans = Capture::start();
    let mut items = counted(&[1, 2, 3]);
    assert_eq!((items.len(), items.next(), items.next_back()), (3, Some(1), Some(3)));
    spans.assert_count(3);
    assert_eq!(items.by_ref().count(), 1);
    spans.assert_tree(&format!("lazy::counted\n{}", "  lazy::leaf\n".repeat(4)));
    drop(items);
    spans.assert_count(5);
}

#[test]
fn an_iterators_span_ends_when_it_is_dropped() {
    let spans = Capture::start();
    let mut items = counted(&[1, 2, 3]);
    items.next();
    drop(items);
    spans.assert_tree("lazy::counted\n  lazy::leaf\n  lazy::leaf");
}

#[trace]
fn early(n: u8) -> impl Iterator<Item = u8> {
    if n == 0 {
        return vec![].into_iter();
    }
    vec![leaf(n)].into_iter()
}

#[trace]
fn cloneable() -> impl Iterator<Item = u8> + Clone {
    (0..2).map(leaf)
}

#[test]
fn an_iterator_with_a_bound_that_would_be_lost_ends_its_span_at_return() {
    let spans = Capture::start();
    assert_eq!((early(0).count(), early(1).count()), (0, 1));
    assert_eq!(cloneable().clone().count(), 2);
    spans.assert_tree("lazy::early\nlazy::early\n  lazy::leaf\nlazy::cloneable\nlazy::leaf\nlazy::leaf");
}

struct Countdown(u8);

impl Stream for Countdown {
    type Item = u8;
    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        self.0 -= 1;
        Poll::Ready((self.0 > 0).then(|| leaf(self.0)))
    }
}

#[trace(ok)]
fn streamed(n: u8) -> impl Stream<Item = u8> + Send {
    Countdown(n)
}

mod other {
    pub(super) trait Stream {
        fn name(&self) -> &'static str;
    }
    impl Stream for u8 {
        fn name(&self) -> &'static str {
            "other"
        }
    }
    #[super::trace]
    pub(super) fn stream() -> impl Stream {
        7u8
    }
}

#[test]
fn a_streams_span_lasts_to_its_end_or_its_drop() {
    let spans = Capture::start();
    let mut context = Context::from_waker(Waker::noop());
    {
        let mut items = pin!(streamed(3));
        while items.as_mut().poll_next(&mut context) != Poll::Ready(None) {
            assert!(spans.spans().iter().all(|span| span.name != "lazy::streamed"));
        }
        assert_eq!(spans.span("lazy::streamed").status, Status::Ok);
    }
    drop(streamed(1));
    spans.assert_tree("lazy::streamed [ok]\n  lazy::leaf\n  lazy::leaf\nlazy::streamed [ok]");
}

#[test]
fn what_is_only_called_a_stream_stays_as_it_is() {
    let spans = Capture::start();
    assert_eq!(other::Stream::name(&other::stream()), "other");
    spans.assert_tree("other::stream");
}
