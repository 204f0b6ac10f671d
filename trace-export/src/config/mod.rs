//! From what was written to what is meant.
//!
//! [`Written`] is what the builder and the environment say, [`Resolved`] what follows from it: nothing
//! after this module sees an option that means "default".

mod env;
mod parse;

use crate::error::InitError;
pub(crate) use env::Env;
use std::time::Duration;
use trace_runtime::{Sampler, SpanLimits};

/// How requests are compressed (`OTEL_EXPORTER_OTLP_COMPRESSION`).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// `gzip`, at its fastest level.
    #[cfg(feature = "gzip")]
    Gzip,
}

/// A backend that speaks OTLP/HTTP.
#[derive(Clone)]
pub(crate) struct Otlp {
    /// Complete, with the path.
    pub(crate) url: String,
    /// May hold secrets.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
}

/// Where spans go.
pub(crate) enum Destination {
    Otlp(Otlp),
    Console,
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

/// What the builder was told.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) endpoint: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) compression: Option<Compression>,
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
    pub(crate) destination: Option<Destination>,
    /// It is off because nobody said where to send spans.
    pub(crate) unconfigured: bool,
    pub(crate) resource: Resource,
    pub(crate) sampler: Sampler,
    pub(crate) limits: SpanLimits,
    pub(crate) exit_budget: Duration,
    pub(crate) error_messages: bool,
}

impl Resolved {
    /// Variables that have no say here, because tracing is off or goes to the console, are not looked at.
    pub(crate) fn new(written: Written, env: &Env) -> Result<Self, InitError> {
        let disabled = env.flag("OTEL_SDK_DISABLED")? || trace_runtime::export::COMPILED_OUT;
        let exporters = &["otlp", "console", "none"];
        let exporter = if disabled { Some("none") } else { env.word("OTEL_TRACES_EXPORTER", exporters)? };
        // What code says comes first, then the exporter's name, then what follows from an endpoint.
        let destination = match exporter {
            _ if disabled => None,
            _ if written.console => Some(Destination::Console),
            _ if written.endpoint.is_some() => Some(Destination::Otlp(env.otlp(&written)?)),
            Some("none") => None,
            Some("console") => Some(Destination::Console),
            Some(_) => Some(Destination::Otlp(env.otlp(&written)?)),
            None if env.names_endpoint() => Some(Destination::Otlp(env.otlp(&written)?)),
            None if written.or_console => Some(Destination::Console),
            None => None,
        };
        if destination.is_none() {
            return Ok(Self::off(exporter.is_none()));
        }
        Ok(Self {
            destination,
            unconfigured: false,
            resource: env.resource(&written)?,
            sampler: env.sampler(written.sampler)?,
            limits: env.limits(written.limits)?,
            exit_budget: written.exit_budget.unwrap_or(crate::bounds::EXIT_BUDGET),
            error_messages: env.word("TRACE_ERRORS", &["type", "message"])? != Some("type"),
        })
    }

    fn off(unconfigured: bool) -> Self {
        Self {
            destination: None,
            unconfigured,
            resource: Resource::default(),
            sampler: Sampler::AlwaysOff,
            limits: SpanLimits::default(),
            exit_budget: Duration::ZERO,
            error_messages: true,
        }
    }
}
