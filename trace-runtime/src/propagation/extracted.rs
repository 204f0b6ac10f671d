//! What a carrier said.

use super::{Baggage, Trust};
use crate::ctx::{DECIDED, DEFERRED, FORCED, RANDOM, SAMPLED};
use crate::id::SpanContext;
use crate::snapshot::{Snapshot, ToLinks, ToParent};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What the caller said about sampling (B3 specification, "Sampling State"). The other formats know a part of these.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum SamplingState {
    /// Nothing: the sampler decides as for a new trace.
    #[default]
    Defer,
    /// Do not sample.
    Deny,
    /// Sample.
    Accept,
    /// Sample whatever the sampler says, unless it is [`Sampler::AlwaysOff`](crate::Sampler::AlwaysOff): an aid that B3 and
    /// Jaeger call debug.
    Force,
}

/// A group of fields that is parsed as one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Field {
    /// `traceparent` of W3C Trace Context.
    Traceparent,
    /// `tracestate` of W3C Trace Context.
    Tracestate,
    /// `baggage` of W3C Baggage.
    Baggage,
    /// `b3` and `x-b3-*` of Zipkin.
    B3,
    /// `uber-trace-id` and `jaeger-debug-id` of Jaeger.
    Jaeger,
}

impl Field {
    const ALL: [Self; 5] = [Self::Traceparent, Self::Tracestate, Self::Baggage, Self::B3, Self::Jaeger];
}

/// Which fields of one carrier were malformed or above a limit.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Malformed(u8);

impl Malformed {
    pub(super) fn insert(&mut self, field: Field) {
        self.0 |= 1 << field as u8;
    }

    /// Whether this one was.
    pub fn contains(self, field: Field) -> bool {
        self.0 & 1 << field as u8 != 0
    }

    /// Whether none was.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that were.
    pub fn iter(self) -> impl Iterator<Item = Field> {
        Field::ALL.into_iter().filter(move |field| self.contains(*field))
    }
}

impl fmt::Debug for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// How often something was wrong since the [`Propagation`](super::Propagation) was made, counted once a carrier.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct PropagationCounts {
    /// Malformed `traceparent`: the trace was restarted.
    pub traceparent: u64,
    /// Malformed `tracestate`: it was left out.
    pub tracestate: u64,
    /// Malformed members of `baggage`, or more than fit: those were left out.
    pub baggage: u64,
    /// Malformed fields of B3: they were ignored.
    pub b3: u64,
    /// Malformed fields of Jaeger: they were ignored.
    pub jaeger: u64,
    /// Nothing was sent, as the destination is not on the list.
    pub withheld: u64,
}

/// Shared by the clones of a `Propagation`.
#[derive(Default, Debug)]
pub(super) struct Counters {
    malformed: [AtomicU64; Field::ALL.len()],
    pub(super) withheld: AtomicU64,
}

impl Counters {
    pub(super) fn add(&self, malformed: Malformed) {
        for (counter, _) in self.malformed.iter().zip(Field::ALL).filter(|(_, field)| malformed.contains(*field)) {
            counter.fetch_add(1, Relaxed);
        }
    }

    pub(super) fn read(&self) -> PropagationCounts {
        let [traceparent, tracestate, baggage, b3, jaeger] =
            self.malformed.each_ref().map(|counter| counter.load(Relaxed));
        PropagationCounts { traceparent, tracestate, baggage, b3, jaeger, withheld: self.withheld.load(Relaxed) }
    }
}

/// What one format found.
#[derive(Default)]
pub(super) struct Found {
    pub(super) context: Option<SpanContext>,
    pub(super) sampling: SamplingState,
    pub(super) random: bool,
}

/// What a carrier said, as far as its sender is trusted; made by [`Propagation::extract`](super::Propagation::extract).
///
/// It can be used as `parent = ..` and `links = ..` of the attributes, and as a [`Snapshot`]:
///
/// ```
/// use trace_runtime::{capture::Capture, propagation::{Extracted, Propagation}, trace};
///
/// #[trace(name = "handle", kind = server, parent = from, links = from)]
/// fn handle(from: &Extracted) {}
///
/// let spans = Capture::start();
/// let headers = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")];
/// handle(&Propagation::default().extract(&headers));
/// assert_eq!(spans.span("handle").context.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Extracted {
    /// The caller's span, to be continued ([`Trust::Continue`](super::Trust::Continue)).
    pub parent: Option<SpanContext>,
    /// The caller's span, to be linked to ([`Trust::Link`](super::Trust::Link)).
    pub link: Option<SpanContext>,
    /// The caller's sampling decision. Can be there without a span.
    pub sampling: SamplingState,
    /// The random flag of W3C Trace Context, which goes with the trace id.
    pub random: bool,
    /// The caller's baggage.
    pub baggage: Baggage,
    /// The text of `jaeger-debug-id`, which belongs on the request's first span as an attribute of that name.
    pub debug_id: Option<String>,
    /// What was malformed; it is counted already.
    pub malformed: Malformed,
}

impl Extracted {
    /// Takes over what the formats found. A debug id asks for its request whatever else was said.
    pub(super) fn take(&mut self, found: Option<Found>, trust: Trust) {
        let found = found.unwrap_or_default();
        match trust {
            Trust::Continue => {
                let asked = self.debug_id.is_some();
                self.sampling = if asked { SamplingState::Force } else { found.sampling };
                (self.parent, self.random) = (found.context, found.random);
            }
            Trust::Link => self.link = found.context,
            Trust::Ignore => {}
        }
    }

    /// Where the request's first span belongs, with `tracestate`, baggage and sampling decision. Attached without a span,
    /// also where tracing is off, it passes on what came in.
    pub fn snapshot(&self) -> Snapshot {
        let parent = self.parent.as_ref().filter(|parent| parent.is_valid());
        let mut snapshot = parent.map_or_else(Snapshot::none, Snapshot::from);
        let flags = match (self.sampling, parent.is_some()) {
            (SamplingState::Defer, true) => DEFERRED,
            (SamplingState::Force, true) => FORCED | SAMPLED,
            (SamplingState::Defer, false) | (_, true) => 0,
            (SamplingState::Deny, false) => DECIDED,
            (SamplingState::Accept, false) => DECIDED | SAMPLED,
            (SamplingState::Force, false) => DECIDED | SAMPLED | FORCED,
        };
        let random = if parent.is_some() && self.random { RANDOM } else { 0 };
        snapshot.trace = snapshot.trace.with_flags(snapshot.trace.flags() | flags | random);
        if self.baggage.is_empty() { snapshot } else { snapshot.with_baggage(self.baggage.clone()) }
    }
}

impl From<&Extracted> for Snapshot {
    fn from(extracted: &Extracted) -> Self {
        extracted.snapshot()
    }
}

impl From<Extracted> for Snapshot {
    fn from(extracted: Extracted) -> Self {
        extracted.snapshot()
    }
}

impl ToParent for Extracted {
    fn to_parent(&self) -> Option<Snapshot> {
        Some(self.snapshot())
    }
}

impl ToLinks for Extracted {
    fn each(&self, link: &mut dyn FnMut(&SpanContext)) {
        self.link.iter().for_each(link);
    }
}
