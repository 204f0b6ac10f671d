//! Ours: plain `init()`.

use super::{Failure, Subject, text, times};
use crate::polling::{Pending, block_on, together};
use crate::work::{CHILDREN, POLLS, Setup, Work};
use benches::Result;
use std::hint::black_box;
use std::time::Duration;
use trace_export::{Keep, Tracing};
use trace_runtime::control::untraced;
use trace_runtime::{Value, current, trace};

struct Ours(Option<Tracing>);

pub(super) fn start(setup: Setup) -> Result<Box<dyn Subject>> {
    let tracing = match setup {
        Setup::Off => return Ok(Box::new(Ours(None))),
        Setup::Unsampled => trace_export::builder()
            .sampler(trace_runtime::Sampler::parent_based(trace_runtime::Sampler::AlwaysOff))
            .init()?,
        Setup::Counted => {
            let off = trace_runtime::Sampler::parent_based(trace_runtime::Sampler::AlwaysOff);
            trace_export::builder().sampler(off).function_costs_of_unsampled().init()?
        }
        Setup::Filtered => {
            let filter = format!("{}::call=off", module_path!()).parse()?;
            trace_export::builder().filter(filter).init()?
        }
        Setup::Keep => {
            let off = trace_runtime::Sampler::parent_based(trace_runtime::Sampler::AlwaysOff);
            let keep = Keep::default().errors().slower_than(Duration::from_secs(1));
            trace_export::builder().sampler(off).keep(keep).init()?
        }
        Setup::Crash => {
            let place = std::env::temp_dir().join("trace-compare-crash");
            // What an earlier comparison left there would be looked at first.
            let _ = std::fs::remove_dir_all(&place);
            trace_export::builder().crash_recorder(place).init()?
        }
        Setup::Exact => trace_export::builder().exact_opentelemetry_context().init()?,
        _ => trace_export::init()?,
    };
    if setup == Setup::Seen {
        let _foreign = opentelemetry::global::tracer("foreign");
    }
    if setup == Setup::Untraced {
        // Until the process ends.
        std::mem::forget(untraced());
    }
    Ok(Box::new(Ours(Some(tracing))))
}

impl Subject for Ours {
    fn work(&self, work: Work) -> Option<fn(u64)> {
        Some(match work {
            Work::Plain => |n| (0..n).for_each(|n| _ = black_box(plain(n))),
            Work::Call => |n| (0..n).for_each(|n| _ = black_box(call(n))),
            Work::Children(1) => |n| times(n, || _ = black_box(tree(1))),
            Work::Children(10) => |n| times(n, || _ = black_box(tree(10))),
            Work::Children(1000) => |n| times(n, || _ = black_box(tree(1000))),
            Work::Children(_) => |n| times(n, || _ = black_box(tree(CHILDREN))),
            Work::Depth => |n| times(n, || _ = black_box(nest(CHILDREN))),
            Work::Fields => |n| times(n, || _ = black_box(tree_of(CHILDREN, fields))),
            Work::Attributes => |n| times(n, || _ = black_box(tree_of(CHILDREN, attributes))),
            Work::Text => |n| times(n, || _ = black_box(tree_of(CHILDREN, |_| texts(text())))),
            Work::Event => |n| times(n, || _ = black_box(tree_of(CHILDREN, event))),
            Work::Error => |n| times(n, || _ = black_box(tree_of(CHILDREN, |n| error(n).unwrap_or(0)))),
            Work::Ready => |n| times(n, || _ = black_box(tree_of(CHILDREN, |n| block_on(wait(n, 0))))),
            Work::Pending => |n| times(n, || _ = black_box(tree_of(CHILDREN, |n| block_on(wait(n, POLLS))))),
            Work::BareTasks => |n| together(n, bare_wait),
            Work::Tasks => |n| together(n, |n| wait(n, 2)),
        })
    }

    fn settle(&self, _: u64) -> Result<u64> {
        let Some(tracing) = self.0 else { return Ok(0) };
        let report = tracing.flush(Duration::from_secs(30));
        if report.complete {
            Ok(report.counts.delivered + report.counts.discarded)
        } else {
            Err(format!("not delivered: {}", report.counts).into())
        }
    }

    fn said_lost(&self) -> Option<u64> {
        Some(self.0?.counts().dropped.total())
    }

    fn most(&self) -> u64 {
        20_200
    }

    fn senders(&self) -> &'static [&'static str] {
        &["trace-sender"]
    }

    fn long(&self, spans: u64, pause: &mut dyn FnMut()) -> bool {
        long(spans, pause);
        true
    }
}

#[inline(never)]
fn plain(n: u64) -> u64 {
    black_box(n)
}

#[trace]
#[inline(never)]
fn call(n: u64) -> u64 {
    black_box(n)
}

#[trace]
fn leaf(n: u64) -> u64 {
    black_box(n)
}

#[trace]
fn tree(children: u64) -> u64 {
    (0..children).map(leaf).sum()
}

#[trace(name = "tree")]
fn tree_of(children: u64, child: impl Fn(u64) -> u64) -> u64 {
    (0..children).map(child).sum()
}

#[trace]
fn nest(levels: u64) -> u64 {
    if levels > 1 { nest(levels - 1) + 1 } else { black_box(1) }
}

#[trace(fields(id = n, name = "a short text", ok = true))]
fn fields(n: u64) -> u64 {
    black_box(n)
}

#[trace]
fn attributes(n: u64) -> u64 {
    if let Some(span) = current() {
        span.set_attribute("id", n).set_attribute("name", "a short text").set_attribute("ok", true);
    }
    black_box(n)
}

#[trace(fields(text))]
fn texts(text: &str) -> u64 {
    black_box(text.len() as u64)
}

#[trace]
fn event(n: u64) -> u64 {
    if let Some(span) = current() {
        span.add_event("retry", &[("attempt", Value::Int(n as i64))]);
    }
    black_box(n)
}

#[trace]
fn error(n: u64) -> std::result::Result<u64, Failure> {
    Err(Failure(black_box(n)))
}

#[trace]
async fn wait(n: u64, polls: u64) -> u64 {
    Pending(polls).await;
    black_box(n)
}

async fn bare_wait(n: u64) -> u64 {
    Pending(2).await;
    black_box(n)
}

#[trace]
fn long(spans: u64, pause: &mut dyn FnMut()) {
    for n in 0..spans {
        leaf(n);
        if n % 10_000 == 9_999 {
            pause();
        }
    }
}
