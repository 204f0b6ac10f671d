//! Sampling: decided once, at the local root.

use crate::id::{Kind, SpanContext, SpanId, TraceId};
use crate::value::Value;
use std::fmt;
use std::sync::Arc;

/// What a sampler is told about a span that is about to start.
#[derive(Debug)]
pub struct SamplingInput<'a> {
    /// The trace that the span will belong to.
    pub trace_id: TraceId,
    /// Its parent, here or in another process.
    pub parent: Option<&'a SpanContext>,
    /// The operation name.
    pub name: &'a str,
    /// The kind of span.
    pub kind: Kind,
    /// Attributes that foreign code gave it at its start. Those of traced functions come after the decision.
    pub attributes: &'a [(String, Value<'static>)],
    /// Links that foreign code gave it at its start.
    pub links: &'a [SpanContext],
}

/// Makes ids in place of random ones: for backends that read something out of them.
///
/// A generator makes every span some nanoseconds more expensive. Zero, which is no valid id, is replaced by a random one.
pub trait GenerateIds: Send + Sync {
    /// For a new trace.
    fn trace_id(&self) -> TraceId;
    /// For a new span.
    fn span_id(&self) -> SpanId;
}

/// A sampler's answer.
#[derive(Debug, Default)]
pub struct Decision {
    /// Whether the span is recorded and exported.
    pub sampled: bool,
    /// Attributes to put on the span.
    pub attributes: Vec<(String, Value<'static>)>,
    /// A `tracestate` in place of the parent's.
    pub trace_state: Option<String>,
}

/// A sampler of the program's own. It is asked for **every** span; to be asked at local roots only,
/// put it into [`Sampler::ParentBased`].
///
/// A sampler that panics has answered no. Traced functions it calls make no spans.
pub trait Sample: Send + Sync {
    /// Decides on one span.
    fn sample(&self, input: &SamplingInput<'_>) -> Decision;
}

/// How it is decided which spans are recorded (OpenTelemetry specification, "Sampling").
///
/// The built-in ones decide at the local root and cost children nothing.
///
/// ```
/// use trace_runtime::Sampler;
/// let tenth = Sampler::parent_based(Sampler::ratio(0.1).unwrap());
/// assert_eq!(tenth.to_string(), "ParentBased{TraceIdRatioBased{0.1}}");
/// assert!(Sampler::ratio(1.5).is_none());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Sampler {
    /// Every span.
    AlwaysOn,
    /// No span.
    AlwaysOff,
    /// The share of traces given to [`Sampler::ratio`], by trace id.
    TraceIdRatio(Ratio),
    /// What a parent in another process decided; without such a parent, what the inner sampler says.
    ParentBased(Box<Sampler>),
    /// Any other.
    Custom(Arc<dyn Sample>),
}

/// A share between 0 and 1; made by [`Sampler::ratio`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ratio(f64);

impl Sampler {
    /// A share of all traces, chosen by the low 63 bits of the trace id like the OpenTelemetry SDK does, so that
    /// every process chooses the same ones. `None` if `share` is not between 0 and 1.
    pub fn ratio(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then_some(Self::TraceIdRatio(Ratio(share)))
    }

    /// Follows the parent; `root` decides where there is none.
    pub fn parent_based(root: Self) -> Self {
        Self::ParentBased(Box::new(root))
    }

    /// A sampler of the program's own.
    pub fn custom(sampler: impl Sample + 'static) -> Self {
        Self::Custom(Arc::new(sampler))
    }

    /// Whether each span is asked for, not just local roots.
    pub(crate) fn asks_every_span(&self) -> bool {
        matches!(self, Self::Custom(_))
    }

    /// The decision of the built-in samplers, by the low half of the trace id and the parent's decision.
    #[inline]
    pub(crate) fn built_in(&self, trace_low: u64, parent: Option<bool>) -> Option<bool> {
        match self {
            Self::AlwaysOn => Some(true),
            Self::AlwaysOff => Some(false),
            Self::TraceIdRatio(Ratio(share)) => Some(trace_low >> 1 < (share * (1u64 << 63) as f64) as u64),
            Self::ParentBased(root) => parent.or_else(|| root.built_in(trace_low, None)),
            Self::Custom(_) => None,
        }
    }

    /// Asks the custom sampler inside.
    pub(crate) fn ask(&self, input: &SamplingInput<'_>) -> Decision {
        match self {
            Self::Custom(sampler) => sampler.sample(input),
            Self::ParentBased(root) => root.ask(input),
            _ => Decision::default(),
        }
    }
}

/// Parent-based, always on: OpenTelemetry's default.
impl Default for Sampler {
    fn default() -> Self {
        Self::parent_based(Self::AlwaysOn)
    }
}

impl fmt::Display for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlwaysOn => f.write_str("AlwaysOnSampler"),
            Self::AlwaysOff => f.write_str("AlwaysOffSampler"),
            Self::TraceIdRatio(Ratio(share)) => write!(f, "TraceIdRatioBased{{{share}}}"),
            Self::ParentBased(root) => write!(f, "ParentBased{{{root}}}"),
            Self::Custom(_) => f.write_str("Custom"),
        }
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
