//! `tracing` with `tracing-opentelemetry`, in front of the SDK: its attribute, its layer as it is by default.

use super::exporter::{ARRIVED, most, provider};
use super::{Failure, Subject, text, times};
use crate::polling::{Pending, block_on, together};
use crate::work::{CHILDREN, POLLS, Setup, Work};
use benches::Result;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;
use tracing::field::Empty;
use tracing::{Span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

struct Tracing(Option<SdkTracerProvider>, Setup);

pub(super) fn start(setup: Setup, url: &str) -> Result<Box<dyn Subject>> {
    if setup == Setup::Off {
        return Ok(Box::new(Tracing(None, setup)));
    }
    let provider = provider(setup, url)?;
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("compare"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))?;
    Ok(Box::new(Tracing(Some(provider), setup)))
}

impl Subject for Tracing {
    fn work(&self, work: Work) -> Option<fn(u64)> {
        Some(match work {
            Work::Plain => |n| (0..n).for_each(|n| _ = black_box(plain(n))),
            Work::Call => |n| (0..n).for_each(|n| _ = black_box(call(n))),
            Work::Children(1) => |n| times(n, || _ = tree(1, leaf)),
            Work::Children(10) => |n| times(n, || _ = tree(10, leaf)),
            Work::Children(1000) => |n| times(n, || _ = tree(1000, leaf)),
            Work::Children(_) => |n| times(n, || _ = tree(CHILDREN, leaf)),
            Work::Depth => |n| times(n, || _ = nest(CHILDREN)),
            Work::Fields => |n| times(n, || _ = tree(CHILDREN, fields)),
            Work::Attributes => |n| times(n, || _ = tree(CHILDREN, attributes)),
            Work::Text => |n| times(n, || _ = tree(CHILDREN, |_| texts(text()))),
            Work::Event => |n| times(n, || _ = tree(CHILDREN, event)),
            Work::Error => |n| times(n, || _ = tree(CHILDREN, |n| error(n).unwrap_or(0))),
            Work::Ready => |n| times(n, || _ = tree(CHILDREN, |n| block_on(wait(n, 0)))),
            Work::Pending => |n| times(n, || _ = tree(CHILDREN, |n| block_on(wait(n, POLLS)))),
            Work::BareTasks => |n| together(n, bare_wait),
            Work::Tasks => |n| together(n, |n| wait(n, 2)),
        })
    }

    fn settle(&self, _: u64) -> Result<u64> {
        if let Some(provider) = &self.0 {
            provider.force_flush()?;
        }
        Ok(ARRIVED.load(Relaxed))
    }

    fn most(&self) -> u64 {
        most(self.1)
    }
}

#[inline(never)]
fn plain(n: u64) -> u64 {
    black_box(n)
}

#[instrument(skip_all)]
#[inline(never)]
fn call(n: u64) -> u64 {
    black_box(n)
}

#[instrument(skip_all)]
fn leaf(n: u64) -> u64 {
    black_box(n)
}

#[instrument(skip_all)]
fn tree(children: u64, child: impl Fn(u64) -> u64) -> u64 {
    black_box((0..black_box(children)).map(child).sum())
}

#[instrument(skip_all)]
fn nest(levels: u64) -> u64 {
    if levels > 1 { nest(levels - 1) + 1 } else { black_box(1) }
}

#[instrument(skip_all, fields(id = n, name = "a short text", ok = true))]
fn fields(n: u64) -> u64 {
    black_box(n)
}

#[instrument(skip_all, fields(id = Empty, name = Empty, ok = Empty))]
fn attributes(n: u64) -> u64 {
    Span::current().record("id", n).record("name", "a short text").record("ok", true);
    black_box(n)
}

#[instrument(skip_all, fields(text = text))]
fn texts(text: &str) -> u64 {
    black_box(text.len() as u64)
}

#[instrument(skip_all)]
fn event(n: u64) -> u64 {
    tracing::info!(attempt = n, "retry");
    black_box(n)
}

#[instrument(skip_all, err)]
fn error(n: u64) -> std::result::Result<u64, Failure> {
    Err(Failure(black_box(n)))
}

#[instrument(skip_all)]
async fn wait(n: u64, polls: u64) -> u64 {
    Pending(polls).await;
    black_box(n)
}

async fn bare_wait(n: u64) -> u64 {
    Pending(2).await;
    black_box(n)
}
