//! What variables say of recording: which spans, how much of them, in what batches.

use super::env::{Env, invalid, millis};
use super::{Batching, WrittenBatching};
use crate::bounds::{DEADLINE_SHORTEST, TIME_LONGEST};
use crate::costs::Wanted;
use crate::error::InitError;
use crate::keep::{Keep, KeepError};
use std::time::Duration;
use trace_runtime::control::Filter;
use trace_runtime::propagation::Propagation;
use trace_runtime::{Sampler, SpanLimits};

const SAMPLERS: &[&str] = &[
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

const SAMPLER: &str = "`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`";
const NOT_REMOTE: &str = "`always_on`, `always_off`, `traceidratio`, or one of these after `parentbased_`; samplers that ask \
                          a service are not supported here, code can bring one along (`.sampler(sdk_sampler(..))`)";
const PROPAGATORS: &str = "a list of `tracecontext`, `baggage`, `b3`, `b3multi` and `jaeger`, or `none` alone";

impl Env {
    /// How trace context and baggage are written, unless code says.
    pub(crate) fn propagation(&self, written: Option<Propagation>) -> Result<Propagation, InitError> {
        let name = "OTEL_PROPAGATORS";
        match (written, self.get(name)) {
            (Some(written), _) => Ok(written),
            (None, None) => Ok(Propagation::default()),
            (None, Some(list)) => list.parse().map_err(|_| invalid(name, &list, PROPAGATORS)),
        }
    }

    /// Variables, and code, lower what is ours.
    pub(crate) fn batching(&self, written: &WrittenBatching) -> Result<Batching, InitError> {
        let ours = Batching::default();
        let count = |name, method, written: Option<u64>| match written.or(self.number(name)?) {
            Some(0) => Err(invalid(if written.is_some() { method } else { name }, "0", "a whole number, 1 or more")),
            number => Ok(number.unwrap_or(u64::MAX)),
        };
        let delay = self.number("OTEL_BSP_SCHEDULE_DELAY")?.map(Duration::from_millis);
        let queue = count("OTEL_BSP_MAX_QUEUE_SIZE", "max_waiting_spans", written.queue)?;
        let spans = count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "max_batch_spans", written.spans)?.min(queue);
        let timeout = self.export_timeout()?.unwrap_or(ours.timeout);
        Ok(Batching {
            deadline: written.delay.or(delay).unwrap_or(ours.deadline).clamp(DEADLINE_SHORTEST, ours.deadline),
            spans: u32::try_from(spans).map_or(ours.spans, |spans| spans.min(ours.spans)),
            queue,
            timeout: written.timeout.map_or(timeout, |timeout| timeout.min(TIME_LONGEST)),
        })
    }

    pub(super) fn export_timeout(&self) -> Result<Option<Duration>, InitError> {
        let name = "OTEL_BSP_EXPORT_TIMEOUT";
        self.get(name).map(|value| millis(name, &value)).transpose()
    }

    pub(crate) fn sampler(&self, written: Option<Sampler>) -> Result<Sampler, InitError> {
        let name = "OTEL_TRACES_SAMPLER";
        let value = self.get(name).unwrap_or_else(|| "parentbased_always_on".to_owned()).to_ascii_lowercase();
        let word = value.as_str();
        if !SAMPLERS.contains(&word) {
            let remote = ["jaeger_remote", "parentbased_jaeger_remote", "xray"].contains(&word);
            return Err(invalid(name, word, if remote { NOT_REMOTE } else { SAMPLER }));
        }
        let argument = "OTEL_TRACES_SAMPLER_ARG";
        let share = match self.get(argument) {
            // Without a ratio sampler the argument means nothing.
            Some(text) if word.ends_with("ratio") => {
                let share = text.parse().ok().and_then(Sampler::ratio);
                share.ok_or_else(|| invalid(argument, &text, "a number from 0 to 1"))?
            }
            _ => Sampler::AlwaysOn,
        };
        let (parent_based, root) = match word.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, word),
        };
        let root = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            _ => share,
        };
        Ok(written.unwrap_or(if parent_based { Sampler::parent_based(root) } else { root }))
    }

    /// Which callsites are on, unless code says.
    pub(crate) fn filter(&self, written: Option<Filter>) -> Result<Option<Filter>, InitError> {
        let Some(text) = self.get("TRACE_FILTER") else { return Ok(written) };
        let parsed = text.parse().map_err(|error| InitError::Filter { text, error })?;
        Ok(Some(written.unwrap_or(parsed)))
    }

    /// Whether costs of functions are counted.
    pub(crate) fn costs(&self, written: Wanted) -> Result<Wanted, InitError> {
        let word = self.word("TRACE_SUMMARY", &["0", "1", "all"])?;
        let printed = matches!(word, Some("1" | "all"));
        let unsampled = written.unsampled || word == Some("all");
        Ok(Wanted { counted: written.counted || unsampled || printed, unsampled, printed })
    }

    /// What is kept of what the sampler declines, unless code says.
    pub(crate) fn keep(&self, written: Option<Keep>) -> Result<Option<Keep>, InitError> {
        let name = "TRACE_KEEP";
        let Some(text) = self.get(name) else { return Ok(written) };
        let parsed = text.parse().map_err(|_| invalid(name, &text, KeepError::ACCEPTED))?;
        Ok(Some(written.unwrap_or(parsed)))
    }

    /// Variables cap what is ours by default; code is taken as it is.
    pub(crate) fn limits(&self, written: Option<SpanLimits>) -> Result<SpanLimits, InitError> {
        let mut limits = SpanLimits::default();
        let count = |name| Ok::<_, InitError>(self.number(name)?.map(|count| u16::try_from(count).unwrap_or(u16::MAX)));
        let lower = |limit: &mut u16, cap: Option<u16>| *limit = cap.map_or(*limit, |cap| cap.min(*limit));
        let of_spans = self.number("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT")?;
        let of_all = self.number("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT")?;
        if let Some(bytes) = of_spans.or(of_all) {
            limits.value_bytes = limits.value_bytes.min(usize::try_from(bytes).unwrap_or(usize::MAX));
        }
        let all = count("OTEL_ATTRIBUTE_COUNT_LIMIT")?;
        lower(&mut limits.attributes, count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT")?.or(all));
        lower(&mut limits.event_attributes, count("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT")?.or(all));
        lower(&mut limits.link_attributes, count("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT")?.or(all));
        lower(&mut limits.events, count("OTEL_SPAN_EVENT_COUNT_LIMIT")?);
        lower(&mut limits.links, count("OTEL_SPAN_LINK_COUNT_LIMIT")?);
        Ok(written.unwrap_or(limits))
    }
}
