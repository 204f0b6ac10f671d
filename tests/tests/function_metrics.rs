//! What functions cost, as OpenTelemetry metrics.

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use std::collections::BTreeMap;
use std::time::Duration;
use tests::receiver::Receiver;
use trace_export::Tracing;
use trace_runtime::{Sampler, span, trace};

const LONG: Duration = Duration::from_secs(60);
const TAKES: Duration = Duration::from_millis(20);

#[trace]
fn slow(fails: bool) -> Result<(), String> {
    std::thread::sleep(TAKES);
    // Two places, one name.
    span!("part").in_scope(|| ());
    span!("part").in_scope(|| ());
    if fails { Err("on purpose".into()) } else { Ok(()) }
}

/// What a reader gets, by instrument, function and span: calls, and for the histogram seconds.
type Read = BTreeMap<String, (u64, f64)>;

fn points(metric: &Metric) -> Vec<(String, (u64, f64))> {
    let key = |pairs: &mut dyn Iterator<Item = &opentelemetry::KeyValue>| {
        let mut pairs: Vec<_> = pairs.map(|pair| format!("{}={}", pair.key, pair.value)).collect();
        pairs.sort_unstable();
        format!("{} [{}] {}", metric.name(), metric.unit(), pairs.join(" "))
    };
    match metric.data() {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| (key(&mut point.attributes()), (point.value(), 0.0))).collect()
        }
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            let points = histogram.data_points();
            points.map(|point| (key(&mut point.attributes()), (point.count(), point.sum()))).collect()
        }
        other => panic!("{}: {other:?}", metric.name()),
    }
}

/// Two rounds of calls, read through the SDK after each.
fn read(tracing: Tracing) -> [Read; 2] {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter.clone()).build();
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    tracing.observe_functions(&provider.meter("test"));
    let read = [true, false].map(|fails| {
        {
            let _scope = tracing.scope().attach();
            let _ = slow(fails);
        }
        assert!(tracing.flush(LONG).complete);
        exporter.reset();
        provider.force_flush().expect("metrics");
        let finished = exporter.get_finished_metrics().expect("metrics");
        let metrics = finished.iter().flat_map(ResourceMetrics::scope_metrics).flat_map(ScopeMetrics::metrics);
        metrics.flat_map(points).collect()
    });
    tracing.shutdown(LONG);
    read
}

#[test]
fn calls_errors_and_durations_of_functions_can_be_read_as_metrics() {
    for sampler in [Sampler::AlwaysOn, Sampler::AlwaysOff] {
        let receiver = Receiver::start();
        let builder = trace_export::builder().endpoint(receiver.url()).sampler(sampler);
        let read = read(builder.function_costs_of_unsampled().build().expect("good"));
        let slow = "code.function.name=function_metrics::slow trace.span.name=function_metrics::slow";
        let part = "code.function.name=function_metrics::slow trace.span.name=part";
        for (read, calls) in read.iter().zip([1, 2]) {
            let counts: Vec<_> = read.iter().map(|(key, (count, _))| (key.clone(), *count)).collect();
            let expected = [
                (format!("trace.function.calls [{{call}}] {slow}"), calls),
                (format!("trace.function.calls [{{call}}] {part}"), 2 * calls),
                (format!("trace.function.duration [s] {slow}"), calls),
                (format!("trace.function.duration [s] {part}"), 2 * calls),
                (format!("trace.function.errors [{{call}}] {slow}"), 1),
                (format!("trace.function.errors [{{call}}] {part}"), 0),
            ];
            assert_eq!(counts, expected);
            let seconds = read[&format!("trace.function.duration [s] {slow}")].1;
            let least = TAKES.as_secs_f64() * calls as f64;
            assert!(seconds >= least && seconds < 100.0 * least, "{seconds}");
        }
    }
}

#[test]
fn where_costs_are_not_counted_there_are_no_metrics_of_functions() {
    let receiver = Receiver::start();
    let read = read(trace_export::builder().endpoint(receiver.url()).build().expect("good"));
    assert_eq!(read, [Read::new(), Read::new()]);
}
