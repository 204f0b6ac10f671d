//! From what was written to what is meant.
//!
//! [`Written`] is what the builder and the environment say, [`Resolved`] what follows from it: nothing
//! after this module sees an option that means "default".

mod compression;
mod destination;
mod env;
mod parse;
mod protocol;
mod recording;
#[cfg(test)]
mod tests;
pub(crate) mod tls;

use crate::bounds::{BATCH_SPANS, DEADLINE, EXPORT_TIMEOUT, QUEUE_BYTES};
use crate::costs::Wanted;
use crate::error::InitError;
use crate::keep::Keep;
use crate::on_end::Hook;
use crate::spool::Spool;
use crate::transport::Transport;
use crate::watch::{Discover, Known};
pub use compression::Compression;
pub use destination::Destination;
pub(crate) use env::Env;
pub use protocol::Protocol;
use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;
use tls::Tls;
use trace_runtime::control::Filter;
use trace_runtime::propagation::Propagation;
use trace_runtime::{GenerateIds, Sampler, SpanLimits, Value};

/// A backend that speaks OTLP.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Otlp {
    /// Complete, with the path.
    pub(crate) url: String,
    /// May hold secrets.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Duration,
    pub(crate) protocol: Protocol,
    pub(crate) compression: Compression,
    pub(crate) tls: Tls,
}

/// A destination of spans.
pub(crate) enum Route {
    Backend(Box<Backend>),
    Other(Other),
    Console,
}

/// A destination that the program brings along.
pub(crate) struct Other {
    pub(crate) name: String,
    pub(crate) make: Box<dyn Fn() -> Box<dyn Transport> + Send + Sync>,
}

/// Makes one, when the resource is known, and what one export may take.
pub(crate) type MakeOther = Box<dyn FnOnce(&Resource, Duration) -> Other + Send>;

/// How spans become batches: ours, unless a variable says less.
#[derive(Clone, Copy)]
pub(crate) struct Batching {
    /// A span waits this long at most.
    pub(crate) deadline: Duration,
    /// Spans of one batch.
    pub(crate) spans: u32,
    /// Spans that wait at one destination.
    pub(crate) queue: u64,
    /// What one export may take.
    pub(crate) timeout: Duration,
}

impl Default for Batching {
    fn default() -> Self {
        Self { deadline: DEADLINE, spans: BATCH_SPANS, queue: u64::MAX, timeout: EXPORT_TIMEOUT }
    }
}

/// The same in code.
#[derive(Default)]
pub(crate) struct WrittenBatching {
    pub(crate) delay: Option<Duration>,
    pub(crate) spans: Option<u64>,
    pub(crate) queue: Option<u64>,
    pub(crate) timeout: Option<Duration>,
}

/// Delivery to a backend that may not be known yet.
pub(crate) struct Backend {
    pub(crate) known: Known,
    pub(crate) spool: Option<Spool>,
    /// Without a destination this much is kept in memory.
    pub(crate) late_bytes: Option<usize>,
    pub(crate) discover: Option<Mutex<Discover>>,
}

/// What may wait in memory for one destination.
#[derive(Clone, Copy)]
pub(crate) struct Room {
    pub(crate) bytes: usize,
    pub(crate) spans: u64,
    /// While no destination is known: bytes beyond which the newest spans are dropped, instead of waiting as records.
    pub(crate) late_bytes: Option<usize>,
}

impl Default for Room {
    fn default() -> Self {
        Self { bytes: QUEUE_BYTES, spans: u64::MAX, late_bytes: None }
    }
}

/// Attributes of the resource, in the order of the first mention of their keys.
#[derive(Clone, Default)]
pub(crate) struct Resource(Vec<(String, Value<'static>)>);

impl Resource {
    /// The last value of a key counts.
    fn set(&mut self, key: &str, value: Value<'static>) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some(entry) => entry.1 = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    fn set_text(&mut self, key: &str, text: impl Into<Cow<'static, str>>) {
        self.set(key, Value::Str(text.into()));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'static>)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

/// How spans of the OpenTelemetry API and ours join.
#[derive(Clone, Copy, Default)]
#[cfg_attr(not(feature = "otel"), allow(dead_code))]
pub(crate) struct Bridge {
    pub(crate) leaves_globals: bool,
    pub(crate) is_exact: bool,
}

/// What the builder was told.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) destination: Destination,
    pub(crate) spool: Option<Spool>,
    pub(crate) crash: Option<PathBuf>,
    pub(crate) late_bytes: Option<usize>,
    pub(crate) discover: Option<Discover>,
    pub(crate) on_signals: bool,
    pub(crate) bridge: Bridge,
    pub(crate) ids: Option<Box<dyn GenerateIds>>,
    pub(crate) console: bool,
    pub(crate) or_console: bool,
    pub(crate) sampler: Option<Sampler>,
    pub(crate) limits: Option<SpanLimits>,
    pub(crate) filter: Option<Filter>,
    pub(crate) keep: Option<Keep>,
    pub(crate) costs: Wanted,
    pub(crate) batching: WrittenBatching,
    pub(crate) propagation: Option<Propagation>,
    pub(crate) resource: Vec<(String, Value<'static>)>,
    pub(crate) exporters: Vec<MakeOther>,
    pub(crate) on_end: Option<Hook>,
    pub(crate) exit_budget: Option<Duration>,
}

/// What to do.
pub(crate) struct Resolved {
    /// The destinations. None: tracing is off.
    pub(crate) routes: Vec<Route>,
    /// It is off because nobody said where to send spans.
    pub(crate) unconfigured: bool,
    pub(crate) resource: Resource,
    pub(crate) batching: Batching,
    pub(crate) crash: Option<PathBuf>,
    pub(crate) on_end: Option<Hook>,
    pub(crate) sampler: Sampler,
    pub(crate) limits: SpanLimits,
    pub(crate) filter: Option<Filter>,
    pub(crate) keep: Option<Keep>,
    pub(crate) costs: Wanted,
    pub(crate) exit_budget: Duration,
    pub(crate) error_messages: bool,
    pub(crate) on_signals: bool,
    #[cfg_attr(not(feature = "otel"), allow(dead_code))]
    pub(crate) bridge: Bridge,
    pub(crate) ids: Option<Box<dyn GenerateIds>>,
    pub(crate) propagation: Propagation,
}

/// A destination that was chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Known,
    /// To a backend that will be named later.
    Later,
    /// What code brings along.
    Others,
    Console,
}

/// What code says comes first, then the exporters' names, then what follows from an endpoint. Backends come first.
fn choose(written: &Written, env: &Env, spool: bool) -> Result<Vec<Choice>, InitError> {
    let waits_by_code = written.spool.is_some() || written.late_bytes.is_some() || written.discover.is_some();
    let otlp = if env.names_endpoint() || !(waits_by_code || spool) { Choice::Known } else { Choice::Later };
    let (named, others) = (written.destination.endpoint.is_some(), !written.exporters.is_empty());
    if named || others || written.console {
        let backend = if named { Some(Choice::Known) } else { waits_by_code.then_some(otlp) };
        let chosen = [backend, others.then_some(Choice::Others), written.console.then_some(Choice::Console)];
        return Ok(chosen.into_iter().flatten().collect());
    }
    Ok(match env.exporters()? {
        Some(list) => {
            let chosen = [("otlp", otlp), ("console", Choice::Console)];
            chosen.into_iter().filter(|(name, _)| list.contains(name)).map(|(_, choice)| choice).collect()
        }
        None if env.names_endpoint() || otlp == Choice::Later => vec![otlp],
        None if written.or_console => vec![Choice::Console],
        None if env.crash_dir(written).is_some() => vec![Choice::Later],
        None => Vec::new(),
    })
}

impl Resolved {
    /// Variables that have no say here, because tracing is off or goes to the console, are not looked at.
    pub(crate) fn new(mut written: Written, env: &Env) -> Result<Self, InitError> {
        // Traces that come in go on when tracing is off, too (specification, `OTEL_SDK_DISABLED`).
        let propagation = env.propagation(written.propagation.take())?;
        if env.flag("OTEL_SDK_DISABLED")? || trace_runtime::export::COMPILED_OUT {
            return Ok(Self::off(false, propagation, written.bridge));
        }
        env.refuse_file()?;
        let choices = choose(&written, env, env.names_spool())?;
        if choices.is_empty() {
            return Ok(Self::off(!env.names_exporters(), propagation, written.bridge));
        }
        let (batching, resource) = (env.batching(&written.batching)?, env.resource(&written)?);
        let crash = env.crash_dir(&written);
        // What is recovered waits there, if nowhere else.
        let beside = crash.clone().filter(|_| !env.names_spool()).map(Spool::beside);
        let spool = env.spool(written.spool.take().or(beside))?;
        let mut routes = Vec::new();
        for choice in choices {
            routes.push(match choice {
                Choice::Console => Route::Console,
                Choice::Others => {
                    let make = |other: MakeOther| Route::Other(other(&resource, batching.timeout));
                    routes.extend(written.exporters.drain(..).map(make));
                    continue;
                }
                Choice::Known | Choice::Later => Route::Backend(Box::new(Backend {
                    known: Known::new(if choice == Choice::Known {
                        Some(env.otlp(&written.destination)?)
                    } else {
                        // What is wrong is said now, not when the endpoint becomes known.
                        env.otlp(&written.destination.at("http://localhost"))?;
                        None
                    }),
                    spool: spool.clone(),
                    late_bytes: written.late_bytes,
                    discover: written.discover.take().map(Mutex::new),
                })),
            });
        }
        Ok(Self {
            routes,
            unconfigured: false,
            resource,
            batching,
            crash,
            on_end: written.on_end,
            sampler: env.sampler(written.sampler)?,
            limits: env.limits(written.limits)?,
            filter: env.filter(written.filter)?,
            keep: env.keep(written.keep)?,
            costs: env.costs(written.costs)?,
            exit_budget: written.exit_budget.unwrap_or(crate::bounds::EXIT_BUDGET),
            error_messages: env.word("TRACE_ERRORS", &["type", "message"])? != Some("type"),
            on_signals: written.on_signals,
            bridge: written.bridge,
            ids: written.ids,
            propagation,
        })
    }

    fn off(unconfigured: bool, propagation: Propagation, bridge: Bridge) -> Self {
        Self {
            routes: Vec::new(),
            unconfigured,
            resource: Resource::default(),
            batching: Batching::default(),
            crash: None,
            on_end: None,
            sampler: Sampler::AlwaysOff,
            limits: SpanLimits::default(),
            filter: None,
            keep: None,
            costs: Wanted::default(),
            exit_budget: Duration::ZERO,
            error_messages: true,
            on_signals: false,
            bridge,
            ids: None,
            propagation,
        }
    }
}
