//! The peers' layers, each as its page says, before the SDK's batch processor and its OTLP exporter.

use crate::server::Subject;
use axum::Router;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use benches::Result;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_instrumentation_tower::http::server;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

/// By default it is 2048, and most spans of a server at full speed would be lost.
const QUEUE: usize = 1 << 17;

pub(crate) fn tower(app: Router, url: &str) -> Result<Subject> {
    let provider = provider(url)?;
    global::set_tracer_provider(provider.clone());
    let layer = server::LayerBuilder::builder().build().map_err(|why| why.to_string())?;
    Ok(Subject { app: app.layer(layer), settle: Box::new(move || Ok(provider.force_flush()?)) })
}

pub(crate) fn axum(app: Router, url: &str) -> Result<Subject> {
    let provider = provider(url)?;
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("http_load"));
    // Its spans are of level TRACE, under a target of their own.
    let targets = Targets::new().with_default(Level::INFO).with_target("otel::tracing", Level::TRACE);
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(targets).with(layer))?;
    Ok(Subject { app: app.layer(OtelAxumLayer::default()), settle: Box::new(move || Ok(provider.force_flush()?)) })
}

fn provider(url: &str) -> Result<SdkTracerProvider> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter =
        opentelemetry_otlp::SpanExporter::builder().with_http().with_endpoint(format!("{url}/v1/traces")).build()?;
    let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    Ok(SdkTracerProvider::builder().with_span_processor(processor).build())
}
