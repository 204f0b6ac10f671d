//! Where the spans of peers go.

use crate::polling::block_on;
use crate::work::Setup;
use async_trait::async_trait;
use benches::Result;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Spans that were exported with success.
pub(crate) static ARRIVED: AtomicU64 = AtomicU64::new(0);

/// The SDK's queue, as it is by default, less what a trace may add.
pub(super) const QUEUE: u64 = 2048;
/// A queue in which the largest row's spans have room.
pub(super) const WIDE_QUEUE: u64 = 1 << 17;

/// Counts what it takes, or what it delivered.
#[derive(Debug)]
pub(super) enum Exporter {
    Counting,
    Otlp(Box<opentelemetry_otlp::SpanExporter>),
}

impl Exporter {
    pub(super) fn new(setup: Setup, url: &str) -> Result<Self> {
        let otlp = || opentelemetry_otlp::SpanExporter::builder().with_http().with_endpoint(format!("{url}/v1/traces"));
        Ok(match setup {
            Setup::Bytes => Self::Otlp(Box::new(otlp().with_http_client(Nowhere).build()?)),
            Setup::Deliver | Setup::Away => Self::Otlp(Box::new(otlp().build()?)),
            _ => Self::Counting,
        })
    }

    /// For systems that export from a thread of their own.
    pub(super) fn export_here(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        block_on(self.export(batch))
    }
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len() as u64;
        if let Self::Otlp(exporter) = self {
            exporter.export(batch).await?;
        }
        ARRIVED.fetch_add(spans, Relaxed);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        if let Self::Otlp(exporter) = self {
            exporter.set_resource(resource);
        }
    }
}

/// Answers without having sent anything.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl HttpClient for Nowhere {
    async fn send_bytes(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, HttpError> {
        std::hint::black_box(request);
        Ok(Response::new(Bytes::new()))
    }
}

/// The SDK with its batch processor.
pub(super) fn provider(setup: Setup, url: &str) -> Result<SdkTracerProvider> {
    let config = BatchConfigBuilder::default();
    let config = if setup == Setup::Wide { config.with_max_queue_size(WIDE_QUEUE as usize) } else { config };
    let processor = BatchSpanProcessor::builder(Exporter::new(setup, url)?).with_batch_config(config.build()).build();
    let builder = SdkTracerProvider::builder().with_span_processor(processor);
    let off = opentelemetry_sdk::trace::Sampler::AlwaysOff;
    Ok(match setup {
        Setup::Unsampled => builder.with_sampler(opentelemetry_sdk::trace::Sampler::ParentBased(Box::new(off))).build(),
        _ => builder.build(),
    })
}

/// What an SDK's batch processor holds.
pub(super) fn most(setup: Setup) -> u64 {
    if setup == Setup::Wide { WIDE_QUEUE } else { QUEUE }
}
