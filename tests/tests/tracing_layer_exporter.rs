//! What runs on the exporter's own threads makes no spans and no events, though it logs and is traced by `tracing`.

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData, SpanExporter};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt as _;

/// An exporter that is instrumented itself.
#[derive(Clone, Debug, Default)]
struct Talks {
    memory: InMemorySpanExporter,
    exports: Arc<AtomicUsize>,
}

impl SpanExporter for Talks {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.exports.fetch_add(1, Relaxed);
        let exported = info_span!("export", spans = spans.len()).in_scope(|| {
            assert_eq!(trace_logs::ids().to_string(), "", "no record of ours names a trace");
            log::warn!("exporting");
            self.memory.export(spans)
        });
        exported.await
    }
}

#[test]
fn an_exporter_that_logs_and_is_traced_feeds_nothing_back() {
    tracing_log::LogTracer::init().expect("the first logger");
    log::set_max_level(log::LevelFilter::Trace);
    let subscriber = tracing_subscriber::registry().with(trace_logs::tracing::layer());
    tracing::subscriber::set_global_default(subscriber).expect("the first");
    let exporter = Talks::default();
    let tracing = trace_export::builder().exporter(exporter.clone()).init().expect("a good configuration");
    for round in 1..=5u64 {
        for _ in 0..20 {
            info_span!("outer").in_scope(|| info_span!("inner").in_scope(|| log::info!("of the program")));
        }
        let report = tracing.flush(Duration::from_secs(20));
        assert!(report.complete);
        assert_eq!((report.counts.recorded, report.counts.delivered), (40 * round, 40 * round));
    }
    assert!(exporter.exports.load(Relaxed) >= 5);
    let spans = exporter.memory.get_finished_spans().expect("spans");
    let events = |name: &str| -> usize {
        let named = spans.iter().filter(|span| span.name == name);
        named.map(|span| span.events.len()).sum()
    };
    assert_eq!((spans.len(), events("outer"), events("inner")), (200, 0, 100));
    tracing.shutdown(Duration::from_secs(2));
}
