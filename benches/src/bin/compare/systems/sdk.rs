//! The OpenTelemetry SDK, through the API: each span is current while its function runs, so that calls become its children.

use super::exporter::{ARRIVED, most, provider};
use super::{Failure, Subject, text, times};
use crate::polling::{Pending, block_on, together};
use crate::work::{CHILDREN, POLLS, Setup, Work};
use benches::Result;
use opentelemetry::global::{self, BoxedTracer};
use opentelemetry::trace::{FutureExt as _, Status, TraceContextExt as _, Tracer, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::future::Future;
use std::hint::black_box;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;

static TRACER: OnceLock<SdkTracer> = OnceLock::new();
/// What a library has that asks the global provider while there is none.
static NOBODY: OnceLock<BoxedTracer> = OnceLock::new();

struct Sdk(Option<SdkTracerProvider>, Setup);

pub(super) fn start(setup: Setup, url: &str) -> Result<Box<dyn Subject>> {
    if setup == Setup::Off {
        NOBODY.get_or_init(|| global::tracer("compare"));
        return Ok(Box::new(Sdk(None, setup)));
    }
    let provider = provider(setup, url)?;
    TRACER.get_or_init(|| provider.tracer("compare"));
    Ok(Box::new(Sdk(Some(provider), setup)))
}

/// `start` has set it.
fn tracer() -> &'static SdkTracer {
    TRACER.get().unwrap_or_else(|| unreachable!("set up before it works"))
}

impl Subject for Sdk {
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
            Work::BareTasks => |n| together(n, |n| bare_wait(n, 2)),
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

#[inline(never)]
fn call(n: u64) -> u64 {
    match NOBODY.get() {
        Some(tracer) => tracer.in_span("call", |_| black_box(n)),
        None => n,
    }
}

fn tree(children: u64, child: impl Fn(u64) -> u64) -> u64 {
    tracer().in_span("tree", |_| black_box((0..black_box(children)).map(child).sum()))
}

fn leaf(n: u64) -> u64 {
    tracer().in_span("leaf", |_| black_box(n))
}

fn nest(levels: u64) -> u64 {
    tracer().in_span("nest", |_| if levels > 1 { nest(levels - 1) + 1 } else { black_box(1) })
}

fn three(n: u64) -> [KeyValue; 3] {
    [KeyValue::new("id", n as i64), KeyValue::new("name", "a short text"), KeyValue::new("ok", true)]
}

fn fields(n: u64) -> u64 {
    let builder = tracer().span_builder("fields").with_attributes(three(n));
    tracer().in_span_with_builder(builder, |_| black_box(n))
}

fn attributes(n: u64) -> u64 {
    tracer().in_span("attributes", |context| {
        context.span().set_attributes(three(n));
        black_box(n)
    })
}

fn texts(text: &str) -> u64 {
    let builder = tracer().span_builder("texts").with_attributes([KeyValue::new("text", text.to_owned())]);
    tracer().in_span_with_builder(builder, |_| black_box(text.len() as u64))
}

fn event(n: u64) -> u64 {
    tracer().in_span("event", |context| {
        context.span().add_event("retry", vec![KeyValue::new("attempt", n as i64)]);
        black_box(n)
    })
}

fn error(n: u64) -> std::result::Result<u64, Failure> {
    tracer().in_span("error", |context| {
        let result = Err(Failure(black_box(n)));
        if let Err(why) = &result {
            context.span().record_error(why);
            context.span().set_status(Status::error(why.to_string()));
        }
        result
    })
}

fn wait(n: u64, polls: u64) -> impl Future<Output = u64> {
    bare_wait(n, polls).with_context(Context::current_with_span(tracer().start("wait")))
}

async fn bare_wait(n: u64, polls: u64) -> u64 {
    Pending(polls).await;
    black_box(n)
}
