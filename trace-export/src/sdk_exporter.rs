//! Exporters written for the OpenTelemetry SDK.

use crate::batch::Batch;
use crate::bounds::SDK_ATTEMPTS;
use crate::builder::Builder;
use crate::config::{Other, Resource};
use crate::memory::Bytes;
use crate::sdk_span;
use crate::transport::{Failure, Outcome, Transport};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use std::any::type_name;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{Thread, park_timeout};
use std::time::{Duration, Instant};
use trace_runtime::Value;

/// An export under way, for [`Builder::exporter_on`](crate::Builder::exporter_on).
pub type ExportFuture<'a> = Pin<Box<dyn Future<Output = OTelSdkResult> + Send + 'a>>;

/// Runs an export to its end.
pub(crate) type BlockOn = Arc<dyn Fn(ExportFuture<'_>) -> OTelSdkResult + Send + Sync>;

/// Any exporter.
trait Export: Send + Sync {
    fn export(&self, spans: Vec<SpanData>) -> ExportFuture<'_>;
    fn shutdown(&self, within: Duration) -> OTelSdkResult;
}

impl<E: SpanExporter> Export for E {
    fn export(&self, spans: Vec<SpanData>) -> ExportFuture<'_> {
        Box::pin(SpanExporter::export(self, spans))
    }

    fn shutdown(&self, within: Duration) -> OTelSdkResult {
        self.shutdown_with_timeout(within)
    }
}

/// The destination that an exporter is, once it knows the resource. `timeout`: of one export.
pub(crate) fn destination<E: SpanExporter + 'static>(
    mut exporter: E,
    block_on: Option<BlockOn>,
    resource: &Resource,
    timeout: Duration,
) -> Other {
    let resource = sdk_span::resource(resource);
    let _ = catch_unwind(AssertUnwindSafe(|| exporter.set_resource(&resource)));
    let exporter: Arc<dyn Export> = Arc::new(exporter);
    let make = move || {
        let (exporter, block_on) = (Arc::clone(&exporter), block_on.clone());
        Box::new(Adapter { exporter, block_on, timeout, failed: Vec::new() }) as Box<dyn Transport>
    };
    Other { name: short_name(type_name::<E>()), make: Box::new(make) }
}

/// Without path and generic arguments.
fn short_name(name: &str) -> String {
    let name = name.split('<').next().unwrap_or(name);
    name.rsplit("::").next().unwrap_or(name).to_owned()
}

struct Adapter {
    exporter: Arc<dyn Export>,
    block_on: Option<BlockOn>,
    timeout: Duration,
    /// Batches that failed, and how often.
    failed: Vec<(Bytes, u32)>,
}

impl Transport for Adapter {
    fn send(&mut self, batch: &Batch, within: Duration) -> Outcome {
        if batch.spans == 0 {
            // The question whether anybody is there: only an export can tell.
            return Outcome::Delivered { rejected: 0, message: String::new() };
        }
        let within = within.min(self.timeout);
        let spans = sdk_span::spans(&batch.bytes);
        let attempt = catch_unwind(AssertUnwindSafe(|| self.export(spans, within)));
        let failure = match attempt {
            Ok(Some(Ok(()))) => {
                self.forget(batch);
                return Outcome::Delivered { rejected: 0, message: String::new() };
            }
            Ok(None) => return silence(format!("no answer within {within:?}")),
            Ok(Some(Err(error @ OTelSdkError::Timeout(_)))) => return silence(error.to_string()),
            Ok(Some(Err(error @ OTelSdkError::AlreadyShutdown))) => {
                return Outcome::Rejected { why: error.to_string() };
            }
            Ok(Some(Err(OTelSdkError::InternalFailure(why)))) => why,
            Err(_) => "it panicked".to_owned(),
        };
        self.failed(batch, failure)
    }

    fn close(&mut self, within: Duration) {
        let _ = self.exporter.shutdown(within);
    }
}

fn silence(why: String) -> Outcome {
    Outcome::Failed { how: Failure::Silence, why, after: None }
}

impl Adapter {
    /// `None`: not done in time.
    fn export(&self, spans: Vec<SpanData>, within: Duration) -> Option<OTelSdkResult> {
        let mut future = self.exporter.export(spans);
        match &self.block_on {
            Some(block_on) => Some(block_on(future)),
            None => wait(&mut future, within),
        }
    }

    /// What is wrong, it does not say: it may be the batch.
    fn failed(&mut self, batch: &Batch, mut why: String) -> Outcome {
        let known = self.failed.iter().position(|(bytes, _)| bytes.is(&batch.bytes));
        let attempts = known.map_or(0, |known| self.failed.swap_remove(known).1) + 1;
        if attempts < SDK_ATTEMPTS {
            self.failed.push((batch.bytes.clone(), attempts));
            return Outcome::Failed { how: Failure::Broken, why, after: None };
        }
        let _ = write!(why, ", {attempts} times");
        Outcome::Lost { why }
    }

    fn forget(&mut self, batch: &Batch) {
        self.failed.retain(|(bytes, _)| !bytes.is(&batch.bytes));
    }
}

/// Wakes the thread that waits.
struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Polls on this thread until the future is done, or the time is over.
fn wait(future: &mut ExportFuture<'_>, within: Duration) -> Option<OTelSdkResult> {
    let end = Instant::now() + within;
    let waker = Waker::from(Arc::new(Waiting(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(result) = future.as_mut().poll(&mut context) {
            return Some(result);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        park_timeout(left);
    }
}

impl Builder {
    /// Gives spans to an exporter written for the OpenTelemetry SDK. It is a destination beside others, with a thread, counts and
    /// a name of its own (its type's): see [`Tracing::counts_by_destination`](crate::Tracing::counts_by_destination).
    ///
    /// It is told the resource now, called with up to 8192 spans at a time (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`), and shut down at the end. One
    /// export may take 30 s (`OTEL_BSP_EXPORT_TIMEOUT`); `Ok` counts as delivered. A `Timeout` is repeated, with growing
    /// pauses; an `InternalFailure` or a panic five times, then the spans count as `undelivered`; `AlreadyShutdown` counts as `rejected`.
    ///
    /// Its future is polled on a thread that is no async runtime's; what needs one goes to [`exporter_on`](Self::exporter_on).
    /// Making the SDK's spans costs about as much as its own pipeline; `.endpoint(..)` is cheaper where it does the same.
    ///
    /// ```
    /// use trace_export::opentelemetry_sdk::{error::OTelSdkResult, trace::{SpanData, SpanExporter}};
    ///
    /// #[derive(Debug)]
    /// struct Mine;
    /// impl SpanExporter for Mine {
    ///     async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult { Ok(()) }
    /// }
    /// let tracing = trace_export::builder().exporter(Mine).build()?;
    /// # Ok::<(), trace_export::InitError>(())
    /// ```
    pub fn exporter(self, exporter: impl SpanExporter + 'static) -> Self {
        self.with_exporter(exporter, None)
    }

    /// [`exporter`](Self::exporter) for one that needs an async runtime, such as `opentelemetry-otlp` with `tonic` or `reqwest`:
    /// `block_on` runs each export in it, on a thread of the toolkit. The exporter's own time limit counts.
    ///
    /// With tokio: `let runtime = Handle::current(); builder.exporter_on(exporter, move |export| runtime.block_on(export))`. A runtime of one thread has
    /// to be running for that: what `main` blocks on must not itself wait for a flush. At the end of the program the runtime
    /// has to be there still, else the last spans count as `undelivered`; a [`shutdown`](crate::Tracing::shutdown) before it goes is the way.
    ///
    /// ```
    /// # use trace_export::opentelemetry_sdk::{error::OTelSdkResult, trace::{SpanData, SpanExporter}};
    /// # #[derive(Debug)] struct Mine;
    /// # impl SpanExporter for Mine {
    /// #     async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult { Ok(()) }
    /// # }
    /// # let exporter = Mine;
    /// # mod some_runtime { pub fn block_on<F: Future>(_: F) -> F::Output { todo!() } }
    /// let builder = trace_export::builder().exporter_on(exporter, |export| some_runtime::block_on(export));
    /// # drop(builder);
    /// ```
    pub fn exporter_on(
        self,
        exporter: impl SpanExporter + 'static,
        block_on: impl Fn(ExportFuture<'_>) -> OTelSdkResult + Send + Sync + 'static,
    ) -> Self {
        self.with_exporter(exporter, Some(Arc::new(block_on)))
    }

    fn with_exporter(mut self, exporter: impl SpanExporter + 'static, block_on: Option<BlockOn>) -> Self {
        let make = move |resource: &Resource, timeout| destination(exporter, block_on, resource, timeout);
        self.0.exporters.push(Box::new(make));
        self
    }

    /// Attributes of a resource of the OpenTelemetry SDK, as its detectors find them. What `service_name` and `resource_attribute`
    /// say later wins. `telemetry.sdk.*` stays ours, and an `unknown_service` names nothing.
    ///
    /// ```
    /// use trace_export::opentelemetry_sdk::Resource;
    /// let resource = Resource::builder().with_service_name("shop").build();
    /// let builder = trace_export::builder().resource(&resource);
    /// # drop(builder);
    /// ```
    pub fn resource(mut self, resource: &opentelemetry_sdk::Resource) -> Self {
        for (key, value) in resource {
            let (key, value) = (key.as_str(), trace_runtime::otel::to_value(value.clone()));
            let is_default = key == "service.name" && value.as_ref().is_some_and(names_nothing);
            if let Some(value) = value.filter(|_| !is_default && !key.starts_with("telemetry.sdk.")) {
                self.0.resource.push((key.to_owned(), value));
            }
        }
        self
    }
}

fn names_nothing(value: &Value<'_>) -> bool {
    matches!(value, Value::Str(name) if name.starts_with("unknown_service"))
}
