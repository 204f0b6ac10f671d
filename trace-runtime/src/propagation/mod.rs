//! Carrying a trace to other processes, and from them.
//!
//! [`Propagation`] is the one place where fields are read and written: it knows the formats, whom to believe
//! ([`Trust`]) and to whom to send ([`Destinations`]). What is malformed is counted, never an error and never a log line.
//!
//! ```
//! use std::collections::HashMap;
//! use trace_runtime::{Snapshot, propagation::Propagation, span};
//!
//! let propagation: Propagation = "tracecontext,baggage,b3".parse()?; // as in `OTEL_PROPAGATORS`
//!
//! // A request comes in ...
//! let headers = HashMap::from([("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]);
//! let from = propagation.extract(&headers);
//! span!("handle").parent(from).in_scope(|| {
//!     // ... and another goes out.
//!     let mut headers: HashMap<String, String> = HashMap::new();
//!     propagation.inject(&Snapshot::current(), &mut headers, "https://api.example.org/");
//!     assert!(headers.contains_key("traceparent") || trace_runtime::current().is_none());
//! });
//! # Ok::<(), trace_runtime::propagation::PropagatorsError>(())
//! ```
//!
//! | format | source | read | written |
//! |---|---|---|---|
//! | `tracecontext` | W3C Trace Context level 2 | `traceparent`, `tracestate` | the same, version 00 |
//! | `baggage` | W3C Baggage | `baggage` | the same |
//! | `b3`, `b3multi` | Zipkin's B3 propagation | `b3`, else `x-b3-*` | `b3`; with `b3multi` `x-b3-*` |
//! | `jaeger` | Jaeger's client libraries | `uber-trace-id`, `jaeger-debug-id` | `uber-trace-id` |
//!
//! Jaeger's own baggage (`uberctx-*`) is not read or written.

mod b3;
mod baggage;
mod carrier;
mod extracted;
mod jaeger;
mod policy;
mod text;
mod w3c;

pub use baggage::{Baggage, BaggageError, Member};
pub use carrier::{Environment, Extractor, Injector};
pub use extracted::{Extracted, Field, Malformed, PropagationCounts, SamplingState};
pub use policy::{Destination, Destinations, InvalidPattern, Trust};

use crate::ctx::{DECIDED, DEFERRED, FORCED, HEAD_OFF, MUTED, RANDOM, SAMPLED, VALID};
use crate::id::SpanContext;
use crate::snapshot::Snapshot;
use extracted::{Counters, Found};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// A way to write trace context or baggage down. Its text is the name that `OTEL_PROPAGATORS` knows it by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Format {
    /// `tracecontext`: `traceparent` and `tracestate`.
    TraceContext,
    /// `baggage`.
    Baggage,
    /// `b3`: one header. Reads `x-b3-*` as well.
    B3,
    /// `b3multi`: `x-b3-*`. Reads `b3` as well.
    B3Multi,
    /// `jaeger`: `uber-trace-id`.
    Jaeger,
}

impl Format {
    const ALL: [Self; 5] = [Self::TraceContext, Self::Baggage, Self::B3, Self::B3Multi, Self::Jaeger];

    /// The name in `OTEL_PROPAGATORS`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
        }
    }

    /// The fields that it may write.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::TraceContext => &[w3c::TRACEPARENT, w3c::TRACESTATE],
            Self::Baggage => &[baggage::BAGGAGE],
            Self::B3 => &[b3::SINGLE],
            Self::B3Multi => &[b3::TRACE_ID, b3::SPAN_ID, b3::PARENT_SPAN_ID, b3::SAMPLED, b3::FLAGS],
            Self::Jaeger => &[jaeger::TRACE_ID, jaeger::DEBUG_ID],
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is wrong with a list of propagators.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum PropagatorsError {
    /// There is none of this name.
    Unknown(String),
    /// `none` stands beside others.
    NoneAndOthers,
}

impl fmt::Display for PropagatorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(name) => {
                write!(f, "`{name}` is no propagator: ")?;
                Format::ALL.iter().try_for_each(|format| write!(f, "`{format}`, "))?;
                f.write_str("or `none` alone")
            }
            Self::NoneAndOthers => f.write_str("`none` stands alone or not at all"),
        }
    }
}

impl std::error::Error for PropagatorsError {}

/// Reads and writes trace context and baggage. Cheap to clone; clones share their counters.
///
/// By default `tracecontext` and `baggage`, from and to everybody. Of several formats each is written; of those that find a
/// caller's span the last in the list decides (OpenTelemetry, "Composite Propagator").
#[derive(Clone, Debug)]
pub struct Propagation {
    formats: Vec<Format>,
    trust: Trust,
    destinations: Destinations,
    counters: Arc<Counters>,
}

/// What is sent.
struct Outgoing {
    context: Option<SpanContext>,
    sampling: SamplingState,
    random: bool,
}

impl Propagation {
    /// With these formats, in this order; with none it reads and writes nothing.
    pub fn new(formats: impl IntoIterator<Item = Format>) -> Self {
        let mut list = Vec::new();
        for format in formats {
            if !list.contains(&format) {
                list.push(format);
            }
        }
        Self { formats: list, trust: Trust::default(), destinations: Destinations::all(), counters: Arc::default() }
    }

    /// The same with this trust in callers.
    #[must_use]
    pub fn trusting(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    /// The same, sending to these destinations only.
    #[must_use]
    pub fn sending_to(self, destinations: Destinations) -> Self {
        Self { destinations, ..self }
    }

    /// The formats.
    pub fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// The names of all fields that [`inject`](Self::inject) may set.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> {
        self.formats.iter().flat_map(|format| format.fields()).copied()
    }

    /// What a carrier says, as far as its sender is trusted. Takes about a microsecond for usual headers, allocates for what
    /// it returns, and of hostile ones looks at some kilobytes.
    pub fn extract(&self, from: &(impl Extractor + ?Sized)) -> Extracted {
        self.extract_trusting(from, self.trust)
    }

    /// Like [`extract`](Self::extract) with another trust, such as for callers that have shown who they are.
    pub fn extract_trusting(&self, from: &(impl Extractor + ?Sized), trust: Trust) -> Extracted {
        let mut extracted = Extracted::default();
        if trust == Trust::Ignore {
            return extracted;
        }
        let mut malformed = Malformed::default();
        let mut best: Option<Found> = None;
        let mut reads_b3 = true;
        for format in &self.formats {
            let mut note = |field| malformed.insert(field);
            let found = match format {
                Format::TraceContext => w3c::extract(from, &mut note),
                Format::B3 | Format::B3Multi if reads_b3 => {
                    reads_b3 = false;
                    b3::extract(from, &mut note)
                }
                Format::Jaeger => jaeger::extract(from),
                Format::Baggage if trust == Trust::Continue => {
                    let (baggage, whole) = Baggage::parse(from.get_all(baggage::BAGGAGE));
                    extracted.baggage = baggage;
                    if whole { Ok(None) } else { Err(Field::Baggage) }
                }
                _ => Ok(None),
            };
            match found {
                Ok(Some(found)) if found.context.is_some() || best.is_none() => best = Some(found),
                Ok(_) => {}
                Err(field) => malformed.insert(field),
            }
        }
        if trust == Trust::Continue && self.formats.contains(&Format::Jaeger) {
            extracted.debug_id = jaeger::debug_id(from).unwrap_or_else(|field| {
                malformed.insert(field);
                None
            });
        }
        extracted.take(best, trust);
        self.counters.add(malformed);
        extracted.malformed = malformed;
        extracted
    }

    /// Writes where `from` is into a carrier that goes to `to`. If the list of destinations does not admit that, the fields
    /// of all formats are taken out instead, as they may be copies of a caller's, and the answer is `false`.
    ///
    /// Where there is no span, `from` may still have baggage or a caller's sampling decision to write.
    pub fn inject<'a>(&self, from: &Snapshot, into: &mut impl Injector, to: impl Into<Destination<'a>>) -> bool {
        if !self.destinations.admit(to.into()) {
            self.counters.withheld.fetch_add(1, Relaxed);
            Format::ALL.iter().flat_map(|format| format.fields()).for_each(|field| into.remove(field));
            return false;
        }
        let outgoing = Outgoing::of(from);
        for format in &self.formats {
            match format {
                Format::TraceContext => w3c::inject(&outgoing, into),
                Format::B3 => b3::inject_single(&outgoing, into),
                Format::B3Multi => b3::inject_several(&outgoing, into),
                Format::Jaeger => jaeger::inject(&outgoing, into),
                Format::Baggage => {
                    let baggage = from.baggage();
                    if !baggage.is_empty() {
                        into.set(baggage::BAGGAGE, &baggage.to_string());
                    }
                }
            }
        }
        true
    }

    /// How often something was malformed or withheld.
    pub fn counts(&self) -> PropagationCounts {
        self.counters.read()
    }
}

impl Default for Propagation {
    fn default() -> Self {
        Self::new([Format::TraceContext, Format::Baggage])
    }
}

/// A list as in `OTEL_PROPAGATORS`: names with commas between, or `none`. An empty one is the default.
impl FromStr for Propagation {
    type Err = PropagatorsError;

    fn from_str(list: &str) -> Result<Self, PropagatorsError> {
        let is = |name: &str, other: &str| name.eq_ignore_ascii_case(other);
        let names: Vec<&str> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return Ok(Self::default());
        }
        let others: Vec<&str> = names.iter().copied().filter(|name| !is(name, "none")).collect();
        if !others.is_empty() && others.len() < names.len() {
            return Err(PropagatorsError::NoneAndOthers);
        }
        let format = |name: &str| Format::ALL.into_iter().find(|format| is(name, format.name()));
        let formats = others.into_iter().map(|name| format(name).ok_or_else(|| PropagatorsError::Unknown(name.into())));
        Ok(Self::new(formats.collect::<Result<Vec<_>, _>>()?))
    }
}

impl Outgoing {
    fn of(snapshot: &Snapshot) -> Self {
        let flags = snapshot.trace.flags();
        let context = snapshot.context();
        let undecided = if context.is_some() { flags & DEFERRED != 0 } else { flags & DECIDED == 0 };
        let sampling = match flags {
            _ if undecided || flags & MUTED != 0 => SamplingState::Defer,
            _ if flags & FORCED != 0 => SamplingState::Force,
            _ if flags & (SAMPLED | HEAD_OFF) == SAMPLED => SamplingState::Accept,
            _ => SamplingState::Deny,
        };
        Self { context, sampling, random: flags & (VALID | RANDOM) == VALID | RANDOM }
    }
}
