//! Samplers and generators of ids written for the OpenTelemetry SDK.

use opentelemetry::trace::{Link, TraceContextExt as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{IdGenerator, SamplingDecision, ShouldSample};
use trace_runtime::otel::{from_value, to_value};
use trace_runtime::{Decision, GenerateIds, Sample, Sampler, SamplingInput, SpanId, TraceId};

/// Makes a sampler of the OpenTelemetry SDK ours. It is asked for every span; to be asked at local roots
/// only, put it into [`Sampler::parent_based`].
///
/// ```
/// use opentelemetry_sdk::trace::Sampler as SdkSampler;
/// let sampler = trace_export::sdk_sampler(SdkSampler::TraceIdRatioBased(0.5));
/// let builder = trace_export::builder().sampler(sampler);
/// # drop(builder);
/// ```
pub fn sdk_sampler(sampler: impl ShouldSample + 'static) -> Sampler {
    Sampler::custom(Adapted(sampler))
}

struct Adapted<S>(S);

impl<S: ShouldSample> Sample for Adapted<S> {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        let parent = input.parent.map(|parent| Context::new().with_remote_span_context(parent.into()));
        let attributes = input.attributes.iter().cloned();
        let attributes: Vec<_> = attributes.map(|(key, value)| KeyValue::new(key, from_value(value))).collect();
        let links: Vec<_> = input.links.iter().map(|link| Link::new(link.into(), Vec::new(), 0)).collect();
        let result = self.0.should_sample(
            parent.as_ref(),
            input.trace_id.into(),
            input.name,
            &input.kind.into(),
            &attributes,
            &links,
        );
        let attributes = result.attributes.into_iter();
        Decision {
            sampled: result.decision == SamplingDecision::RecordAndSample,
            attributes: attributes.filter_map(|pair| Some((pair.key.to_string(), to_value(pair.value)?))).collect(),
            trace_state: Some(result.trace_state.header()),
        }
    }
}

/// A generator of ids as the runtime asks for them.
pub(crate) struct Ids<G>(pub(crate) G);

impl<G: IdGenerator> GenerateIds for Ids<G> {
    fn trace_id(&self) -> TraceId {
        self.0.new_trace_id().into()
    }

    fn span_id(&self) -> SpanId {
        self.0.new_span_id().into()
    }
}
