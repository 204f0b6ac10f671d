//! Samplers and generators of ids written for the OpenTelemetry SDK.

use opentelemetry::baggage::{BaggageExt as _, BaggageMetadata, KeyValueMetadata};
use opentelemetry::trace::{Link, TraceContextExt as _};
use opentelemetry::{Context, Key, KeyValue, StringValue};
use opentelemetry_sdk::trace::{IdGenerator, Sampler as SdkSampler, SamplingDecision, ShouldSample};
use std::any::Any;
use trace_runtime::otel::{from_value, to_value};
use trace_runtime::{Decision, GenerateIds, Sample, Sampler, SamplingInput, SpanId, TraceId};

/// Makes a sampler of the OpenTelemetry SDK ours. It is asked for every span; to be asked at local roots
/// only, put it into [`Sampler::parent_based`], which the SDK's own `ParentBased` becomes.
///
/// ```
/// use opentelemetry_sdk::trace::Sampler as SdkSampler;
/// let sampler = trace_export::sdk_sampler(SdkSampler::TraceIdRatioBased(0.5));
/// let builder = trace_export::builder().sampler(sampler);
/// # drop(builder);
/// ```
pub fn sdk_sampler(sampler: impl ShouldSample + 'static) -> Sampler {
    // Its children follow without being asked.
    match (&sampler as &dyn Any).downcast_ref::<SdkSampler>() {
        Some(SdkSampler::ParentBased(root)) => Sampler::parent_based(Sampler::custom(Adapted(root.clone()))),
        _ => Sampler::custom(Adapted(Box::new(sampler))),
    }
}

struct Adapted(Box<dyn ShouldSample>);

impl Sample for Adapted {
    fn sample(&self, input: &SamplingInput<'_>) -> Decision {
        let current = Context::current();
        let parent = match input.parent {
            Some(parent) => current.with_remote_span_context(parent.into()),
            None if !current.has_active_span() => current,
            // A new trace all the same: the Context's baggage is what it shares with its surroundings.
            None => Context::new().with_baggage(current.baggage().iter().map(member)),
        };
        let attributes = input.attributes.iter().cloned();
        let attributes: Vec<_> = attributes.map(|(key, value)| KeyValue::new(key, from_value(value))).collect();
        let links: Vec<_> = input.links.iter().map(|link| Link::new(link.into(), Vec::new(), 0)).collect();
        let result = self.0.should_sample(
            Some(&parent),
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

fn member((key, (value, metadata)): (&Key, &(StringValue, BaggageMetadata))) -> KeyValueMetadata {
    KeyValueMetadata::new(key.clone(), value.clone(), metadata.clone())
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
