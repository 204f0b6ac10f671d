//! The counts as OpenTelemetry metrics.

use crate::counts::Counts;
use crate::tracing::Tracing;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

/// Name, unit, value.
type Instrument = (&'static str, &'static str, fn(&Counts) -> u64);

impl Tracing {
    /// Offers the [counts](Self::counts) as metrics. Whoever reads the meter decides when: each reading walks the threads' buffers once an instrument.
    ///
    /// | instrument | unit | |
    /// |---|---|---|
    /// | `otel.sdk.exporter.span.exported` | spans | delivered; with `error.type`, dropped for that reason |
    /// | `otel.sdk.exporter.span.inflight` | spans | without an outcome yet |
    /// | `trace.span.recorded`, `trace.span.stored` | spans | see [`Counts`] |
    /// | `trace.request.retried` | requests | attempts that failed |
    /// | `trace.spool.size` | bytes | batches on disk |
    /// | `trace.callsite.count` | callsites | reached so far |
    ///
    /// Each destination is told by the attribute `otel.component.name`: see [`counts_by_destination`](Self::counts_by_destination).
    /// The first two, and that attribute, are those of the semantic conventions for the OpenTelemetry SDK's own metrics.
    ///
    /// ```
    /// let tracing = trace_export::init()?;
    /// tracing.observe(&opentelemetry::global::meter("trace"));
    /// # Ok::<(), trace_export::InitError>(())
    /// ```
    pub fn observe(&self, meter: &Meter) {
        let tracing = *self;
        let exported = move |to: &dyn AsyncInstrument<u64>| each(tracing, |counts, name| exported(counts, &name, to));
        let counter = meter.u64_observable_counter("otel.sdk.exporter.span.exported").with_unit("{span}");
        counter.with_description("Spans with an outcome").with_callback(exported).build();
        let in_flight = move |to: &dyn AsyncInstrument<i64>| {
            each(tracing, |counts, name| to.observe(signed(counts.in_flight), &[name]));
        };
        let gauge = meter.i64_observable_up_down_counter("otel.sdk.exporter.span.inflight").with_unit("{span}");
        gauge.with_description("Spans without an outcome yet").with_callback(in_flight).build();
        let counters: [Instrument; 2] = [
            ("trace.span.recorded", "{span}", |counts| counts.recorded),
            ("trace.request.retried", "{request}", |counts| counts.retries),
        ];
        for (name, unit, read) in counters {
            let observe =
                move |to: &dyn AsyncInstrument<u64>| each(tracing, |counts, name| to.observe(read(counts), &[name]));
            meter.u64_observable_counter(name).with_unit(unit).with_callback(observe).build();
        }
        let gauges: [Instrument; 3] = [
            ("trace.span.stored", "{span}", |counts| counts.stored),
            ("trace.spool.size", "By", |counts| counts.spool_bytes),
            ("trace.callsite.count", "{callsite}", |counts| counts.callsites),
        ];
        for (name, unit, read) in gauges {
            let observe = move |to: &dyn AsyncInstrument<i64>| {
                each(tracing, |counts, name| to.observe(signed(read(counts)), &[name]));
            };
            meter.i64_observable_up_down_counter(name).with_unit(unit).with_callback(observe).build();
        }
    }
}

/// Each destination's counts, and what tells it from others.
fn each(tracing: Tracing, mut observe: impl FnMut(&Counts, KeyValue)) {
    for (name, counts) in tracing.counts_by_destination() {
        observe(&counts, KeyValue::new("otel.component.name", name));
    }
}

fn exported(counts: &Counts, name: &KeyValue, to: &dyn AsyncInstrument<u64>) {
    to.observe(counts.delivered, std::slice::from_ref(name));
    for (reason, spans) in counts.dropped.by_reason() {
        if spans > 0 {
            to.observe(spans, &[name.clone(), KeyValue::new("error.type", reason)]);
        }
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
