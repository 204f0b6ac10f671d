//! Samplers written for the OpenTelemetry SDK.

use opentelemetry::trace::{SpanKind, TraceContextExt as _};
use opentelemetry::{Array, Context, Value as Theirs};
use opentelemetry_sdk::trace::{SamplingDecision, ShouldSample};
use trace_runtime::{Decision, Kind, Sample, Sampler, SamplingInput, Value};

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
        let kind = match input.kind {
            Kind::Internal => SpanKind::Internal,
            Kind::Server => SpanKind::Server,
            Kind::Client => SpanKind::Client,
            Kind::Producer => SpanKind::Producer,
            Kind::Consumer => SpanKind::Consumer,
        };
        let trace_id = input.trace_id.into();
        let result = self.0.should_sample(parent.as_ref(), trace_id, input.name, &kind, &[], &[]);
        let attributes = result.attributes.into_iter();
        Decision {
            sampled: result.decision == SamplingDecision::RecordAndSample,
            attributes: attributes.filter_map(|pair| Some((pair.key.to_string(), value(pair.value)?))).collect(),
            trace_state: Some(result.trace_state.header()),
        }
    }
}

/// `None` for kinds of values that came after this was written.
pub(crate) fn value(theirs: Theirs) -> Option<Value<'static>> {
    Some(match theirs {
        Theirs::Bool(bool) => Value::Bool(bool),
        Theirs::I64(int) => Value::Int(int),
        Theirs::F64(float) => Value::Double(float),
        Theirs::String(text) => Value::Str(text.to_string().into()),
        Theirs::Array(Array::Bool(values)) => Value::Array(values.into_iter().map(Value::Bool).collect()),
        Theirs::Array(Array::I64(values)) => Value::Array(values.into_iter().map(Value::Int).collect()),
        Theirs::Array(Array::F64(values)) => Value::Array(values.into_iter().map(Value::Double).collect()),
        Theirs::Array(Array::String(values)) => {
            Value::Array(values.into_iter().map(|text| Value::Str(text.to_string().into())).collect())
        }
        _ => return None,
    })
}
