//! From what was written to what is meant.
//!
//! [`Written`] is what the builder and the environment say, [`Resolved`] what follows from it: nothing
//! after this module sees an option that means "default".

mod compression;
mod destination;
mod env;
mod parse;
pub(crate) mod tls;

use crate::error::InitError;
use crate::spool::Spool;
use crate::watch::Discover;
pub use compression::Compression;
pub use destination::Destination;
pub(crate) use env::Env;
use std::time::Duration;
use tls::Tls;
use trace_runtime::{GenerateIds, Sampler, SpanLimits};

/// A backend that speaks OTLP/HTTP.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Otlp {
    /// Complete, with the path.
    pub(crate) url: String,
    /// May hold secrets.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    pub(crate) tls: Tls,
}

/// Where spans go.
pub(crate) enum Route {
    Backend(Box<Backend>),
    Console,
}

/// Delivery to a backend that may not be known yet.
pub(crate) struct Backend {
    pub(crate) to: Option<Otlp>,
    pub(crate) spool: Option<Spool>,
    /// Without a destination this much is kept in memory.
    pub(crate) late_bytes: Option<usize>,
    pub(crate) discover: Option<Discover>,
}

/// Attributes of the resource, in the order of the first mention of their keys.
#[derive(Clone, Default)]
pub(crate) struct Resource(Vec<(String, String)>);

impl Resource {
    /// The last value of a key counts.
    fn set(&mut self, key: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some(entry) => value.clone_into(&mut entry.1),
            None => self.0.push((key.to_owned(), value.to_owned())),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
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
    pub(crate) late_bytes: Option<usize>,
    pub(crate) discover: Option<Discover>,
    pub(crate) on_signals: bool,
    pub(crate) bridge: Bridge,
    pub(crate) ids: Option<Box<dyn GenerateIds>>,
    pub(crate) console: bool,
    pub(crate) or_console: bool,
    pub(crate) sampler: Option<Sampler>,
    pub(crate) limits: Option<SpanLimits>,
    pub(crate) resource: Vec<(String, String)>,
    pub(crate) exit_budget: Option<Duration>,
}

/// What to do.
pub(crate) struct Resolved {
    /// `None`: tracing is off.
    pub(crate) route: Option<Route>,
    /// It is off because nobody said where to send spans.
    pub(crate) unconfigured: bool,
    pub(crate) resource: Resource,
    pub(crate) sampler: Sampler,
    pub(crate) limits: SpanLimits,
    pub(crate) exit_budget: Duration,
    pub(crate) error_messages: bool,
    pub(crate) on_signals: bool,
    pub(crate) bridge: Bridge,
    pub(crate) ids: Option<Box<dyn GenerateIds>>,
}

/// Which way spans go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Choice {
    Off,
    Console,
    Known,
    /// To a backend that will be named later.
    Later,
}

impl Resolved {
    /// Variables that have no say here, because tracing is off or goes to the console, are not looked at.
    pub(crate) fn new(mut written: Written, env: &Env) -> Result<Self, InitError> {
        let disabled = env.flag("OTEL_SDK_DISABLED")? || trace_runtime::export::COMPILED_OUT;
        let exporters = &["otlp", "console", "none"];
        let exporter = if disabled { Some("none") } else { env.word("OTEL_TRACES_EXPORTER", exporters)? };
        let spool = if disabled { None } else { env.spool(written.spool.take())? };
        let waits = spool.is_some() || written.late_bytes.is_some() || written.discover.is_some();
        // What code says comes first, then the exporter's name, then what follows from an endpoint.
        let named = written.destination.endpoint.is_some();
        let choice = match exporter {
            _ if disabled => Choice::Off,
            _ if written.console => Choice::Console,
            _ if named => Choice::Known,
            Some("none") => Choice::Off,
            Some("console") => Choice::Console,
            _ if env.names_endpoint() => Choice::Known,
            _ if waits => Choice::Later,
            Some(_) => Choice::Known,
            None if written.or_console => Choice::Console,
            None => Choice::Off,
        };
        let route = match choice {
            Choice::Off => return Ok(Self::off(exporter.is_none())),
            Choice::Console => Route::Console,
            Choice::Known | Choice::Later => Route::Backend(Box::new(Backend {
                to: if choice == Choice::Known { Some(env.otlp(&written.destination)?) } else { None },
                spool,
                late_bytes: written.late_bytes,
                discover: written.discover.take(),
            })),
        };
        Ok(Self {
            route: Some(route),
            unconfigured: false,
            resource: env.resource(&written)?,
            sampler: env.sampler(written.sampler)?,
            limits: env.limits(written.limits)?,
            exit_budget: written.exit_budget.unwrap_or(crate::bounds::EXIT_BUDGET),
            error_messages: env.word("TRACE_ERRORS", &["type", "message"])? != Some("type"),
            on_signals: written.on_signals,
            bridge: written.bridge,
            ids: written.ids,
        })
    }

    fn off(unconfigured: bool) -> Self {
        Self {
            route: None,
            unconfigured,
            resource: Resource::default(),
            sampler: Sampler::AlwaysOff,
            limits: SpanLimits::default(),
            exit_budget: Duration::ZERO,
            error_messages: true,
            on_signals: false,
            bridge: Bridge::default(),
            ids: None,
        }
    }
}
