//! fastrace. It has spans of its own and no OTLP: its reporter makes the SDK's spans of them, as `fastrace-opentelemetry` does.

use super::exporter::{ARRIVED, Exporter};
use super::{Failure, Subject, text, times};
use crate::polling::{Pending, block_on, together};
use crate::work::{CHILDREN, POLLS, Setup, Work};
use benches::Result;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::future::FutureExt as _;
use fastrace::local::LocalSpan;
use fastrace::prelude::{Event, Span, trace};
use opentelemetry::trace::{SpanContext as OtelContext, SpanKind, Status, TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter as _, SpanLinks};
use std::borrow::Cow;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, UNIX_EPOCH};

/// Whether roots are sampled.
static SAMPLED: AtomicBool = AtomicBool::new(true);

struct Fastrace;

pub(super) fn start(setup: Setup, url: &str) -> Result<Box<dyn Subject>> {
    SAMPLED.store(setup != Setup::Unsampled, Relaxed);
    match setup {
        Setup::Off => {}
        Setup::Bytes | Setup::Deliver | Setup::Away => {
            let mut exporter = Exporter::new(setup, url)?;
            exporter.set_resource(&Resource::builder().build());
            let scope = InstrumentationScope::builder("compare").build();
            fastrace::set_reporter(Convert { exporter, scope }, Config::default());
        }
        _ => fastrace::set_reporter(Count, Config::default()),
    }
    Ok(Box::new(Fastrace))
}

impl Subject for Fastrace {
    fn work(&self, work: Work) -> Option<fn(u64)> {
        Some(match work {
            Work::Plain => |n| (0..n).for_each(|n| _ = black_box(plain(n))),
            Work::Call => |n| (0..n).for_each(|n| _ = black_box(call(n))),
            Work::Children(1) => |n| times(n, || _ = tree(1, leaf)),
            Work::Children(10) => |n| times(n, || _ = tree(10, leaf)),
            Work::Children(1000) => |n| times(n, || _ = tree(1000, leaf)),
            Work::Children(_) => |n| times(n, || _ = tree(CHILDREN, leaf)),
            Work::Depth => |n| times(n, || _ = tree(1, |_| nest(CHILDREN - 1))),
            Work::Fields | Work::Attributes => |n| times(n, || _ = tree(CHILDREN, fields)),
            Work::Text => |n| times(n, || _ = tree(CHILDREN, |_| texts(text()))),
            Work::Event => |n| times(n, || _ = tree(CHILDREN, event)),
            Work::Error => |n| times(n, || _ = tree(CHILDREN, |n| error(n).unwrap_or(0))),
            Work::Ready => |n| times(n, || _ = tree(CHILDREN, |n| block_on(wait(n, 0)))),
            Work::Pending => |n| times(n, || _ = tree(CHILDREN, |n| block_on(wait(n, POLLS)))),
            Work::BareTasks => |n| together(n, |n| bare_wait(n, 2)),
            Work::Tasks => |n| together(n, |n| bare_wait(n, 2).in_span(root())),
        })
    }

    fn settle(&self, expected: u64) -> Result<u64> {
        fastrace::flush();
        for _ in 0..32 {
            if ARRIVED.load(Relaxed) >= expected {
                break;
            }
            // What did not fit into this thread's channel goes along with its next command. This one reports no span.
            root().cancel();
            fastrace::flush();
        }
        Ok(ARRIVED.load(Relaxed))
    }

    fn most(&self) -> u64 {
        20_200
    }
}

fn root() -> Span {
    Span::root("tree", SpanContext::random().sampled(SAMPLED.load(Relaxed)))
}

fn tree(children: u64, child: impl Fn(u64) -> u64) -> u64 {
    let root = root();
    let _guard = root.set_local_parent();
    black_box((0..black_box(children)).map(child).sum())
}

#[inline(never)]
fn plain(n: u64) -> u64 {
    black_box(n)
}

#[trace(short_name = true)]
#[inline(never)]
fn call(n: u64) -> u64 {
    black_box(n)
}

#[trace(short_name = true)]
fn leaf(n: u64) -> u64 {
    black_box(n)
}

#[trace(short_name = true)]
fn nest(levels: u64) -> u64 {
    if levels > 1 { nest(levels - 1) + 1 } else { black_box(1) }
}

#[trace(short_name = true)]
fn fields(n: u64) -> u64 {
    LocalSpan::add_properties(|| [("id", n.to_string()), ("name", "a short text".into()), ("ok", true.to_string())]);
    black_box(n)
}

#[trace(short_name = true)]
fn texts(text: &str) -> u64 {
    LocalSpan::add_property(|| ("text", text.to_owned()));
    black_box(text.len() as u64)
}

#[trace(short_name = true)]
fn event(n: u64) -> u64 {
    LocalSpan::add_event(Event::new("retry").with_property(|| ("attempt", n.to_string())));
    black_box(n)
}

/// Errors are not looked at: this is what one writes by hand for the same span.
#[trace(short_name = true)]
fn error(n: u64) -> std::result::Result<u64, Failure> {
    let result = Err(Failure(black_box(n)));
    if let Err(why) = &result {
        let text = why.to_string();
        let said = text.clone();
        LocalSpan::add_properties(|| [("span.status_code", "error".to_owned()), ("span.status_description", said)]);
        LocalSpan::add_event(
            Event::new("exception")
                .with_properties(|| [("exception.type", "Failure".to_owned()), ("exception.message", text)]),
        );
    }
    result
}

#[trace(short_name = true)]
async fn wait(n: u64, polls: u64) -> u64 {
    bare_wait(n, polls).await
}

async fn bare_wait(n: u64, polls: u64) -> u64 {
    Pending(polls).await;
    black_box(n)
}

struct Count;

impl Reporter for Count {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        ARRIVED.fetch_add(spans.len() as u64, Relaxed);
    }
}

struct Convert {
    exporter: Exporter,
    scope: InstrumentationScope,
}

impl Reporter for Convert {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        if !spans.is_empty() {
            let spans = spans.into_iter().map(|span| self.convert(span)).collect();
            // What fails is missing in the count.
            let _ = self.exporter.export_here(spans);
        }
    }
}

impl Convert {
    fn convert(&self, span: SpanRecord) -> SpanData {
        let at = |nanos| UNIX_EPOCH + Duration::from_nanos(nanos);
        let mut events = SpanEvents::default();
        events.events.extend(span.events.into_iter().map(|event| {
            let attributes = event.properties.into_iter().map(key_value).collect();
            opentelemetry::trace::Event::new(event.name, at(event.timestamp_unix_ns), attributes, 0)
        }));
        SpanData {
            span_context: OtelContext::new(
                span.trace_id.0.into(),
                span.span_id.0.into(),
                TraceFlags::SAMPLED,
                false,
                TraceState::default(),
            ),
            parent_span_id: span.parent_id.0.into(),
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: span.name,
            start_time: at(span.begin_time_unix_ns),
            end_time: at(span.begin_time_unix_ns + span.duration_ns),
            attributes: span.properties.into_iter().map(key_value).collect(),
            dropped_attributes_count: 0,
            events,
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        }
    }
}

fn key_value((key, value): (Cow<'static, str>, Cow<'static, str>)) -> KeyValue {
    KeyValue::new(key, value)
}
