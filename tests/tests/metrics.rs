//! The counts as OpenTelemetry metrics.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::receiver::{Answer, Receiver};
use trace_export::Tracing;
use trace_runtime::trace;

#[trace]
fn work() {}

/// Values by instrument and reason.
fn values(metric: &Metric) -> Vec<(String, i64)> {
    let named =
        |reason: Option<String>| reason.map_or(metric.name().to_owned(), |why| format!("{} {why}", metric.name()));
    let reason = |mut pairs: Box<dyn Iterator<Item = &opentelemetry::KeyValue> + '_>| {
        named(pairs.find(|pair| pair.key.as_str() == "error.type").map(|pair| pair.value.to_string()))
    };
    match metric.data() {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => sum
            .data_points()
            .map(|point| (reason(Box::new(point.attributes())), i64::try_from(point.value()).expect("small")))
            .collect(),
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| (reason(Box::new(point.attributes())), point.value())).collect()
        }
        other => panic!("{}: {other:?}", metric.name()),
    }
}

/// A reader of the tracer's metrics, and where they come out.
fn observed(tracing: Tracing) -> (SdkMeterProvider, InMemoryMetricExporter) {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    tracing.observe(&provider.meter("test"));
    (provider, exporter)
}

#[test]
fn what_became_of_the_spans_can_be_read_as_metrics() {
    let receiver = Receiver::answering(|nth| match nth {
        0 => Answer::Refuse(400, String::new(), Vec::new()),
        _ => Answer::Accept,
    });
    let tracing = trace_export::builder().endpoint(receiver.url()).build().expect("good");
    let (provider, exporter) = observed(tracing);
    for _ in 0..3 {
        let _scope = tracing.scope().attach();
        work();
        assert!(tracing.flush(Duration::from_secs(20)).complete);
    }
    provider.force_flush().expect("metrics");
    let finished = exporter.get_finished_metrics().expect("metrics");
    let metrics = finished.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
    let values: BTreeMap<_, _> = metrics.flat_map(values).collect();
    for (name, value) in [
        ("otel.sdk.exporter.span.exported", 2),
        ("otel.sdk.exporter.span.exported rejected", 1),
        ("otel.sdk.exporter.span.inflight", 0),
        ("trace.span.recorded", 3),
        ("trace.span.stored", 0),
        ("trace.spool.size", 0),
        ("trace.request.retried", 0),
    ] {
        assert_eq!(values.get(name), Some(&value), "{name}: {values:?}");
    }
    tracing.shutdown(Duration::ZERO);
}

#[test]
fn each_destination_has_its_own_values() {
    let receiver = Receiver::start();
    let tracing = trace_export::builder().endpoint(receiver.url()).console().build().expect("good");
    let (provider, exporter) = observed(tracing);
    {
        let _scope = tracing.scope().attach();
        work();
    }
    assert!(tracing.flush(Duration::from_secs(20)).complete);
    provider.force_flush().expect("metrics");
    let finished = exporter.get_finished_metrics().expect("metrics");
    let metrics = finished.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
    for metric in metrics {
        let names = |pairs: Vec<(String, String)>| pairs.into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        let mut found = match metric.data() {
            AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                names(sum.data_points().flat_map(|point| point.attributes().map(text)).collect())
            }
            AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                names(sum.data_points().flat_map(|point| point.attributes().map(text)).collect())
            }
            other => panic!("{}: {other:?}", metric.name()),
        };
        found.sort();
        assert_eq!(found, ["console", "otlp"], "{}", metric.name());
    }
    tracing.shutdown(Duration::from_secs(20));
}

fn text(pair: &opentelemetry::KeyValue) -> (String, String) {
    (pair.key.to_string(), pair.value.to_string())
}
