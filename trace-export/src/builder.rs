//! The configuration in code.

use crate::config::{Compression, Destination, Env, Protocol, Resolved, Written};
use crate::error::InitError;
use crate::exit;
use crate::exporter::Exporter;
use crate::keep::Keep;
use crate::span::EndedSpan;
use crate::spool::Spool;
use crate::tracing::Tracing;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use trace_runtime::control::{Filter, set_filter};
use trace_runtime::export::{COMPILED_OUT, Tracer, install, record_error_messages};
use trace_runtime::propagation::Propagation;
use trace_runtime::{Sampler, SpanLimits, Value};

/// What the environment does not say, or what it shall not decide. Made by [`builder`](crate::builder).
///
/// ```no_run
/// # fn main() -> Result<(), trace_export::InitError> {
/// trace_export::builder().service_name("shop").or_console().init()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until `init`"]
#[derive(Default)]
pub struct Builder(pub(crate) Written);

impl Builder {
    /// The OTLP/HTTP endpoint, without the path of the signal (`OTEL_EXPORTER_OTLP_ENDPOINT`). Default with
    /// `OTEL_TRACES_EXPORTER=otlp`: `http://localhost:4318`.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.0.destination.endpoint = Some(url.into());
        self
    }

    /// A header of every request, in addition to `OTEL_EXPORTER_OTLP_HEADERS`. Its value is never printed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.destination.headers.push((name.into(), value.into()));
        self
    }

    /// What one request may take (`OTEL_EXPORTER_OTLP_TIMEOUT`). Default 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.destination.timeout = Some(timeout);
        self
    }

    /// In which form requests go out (`OTEL_EXPORTER_OTLP_PROTOCOL`). Default: `http/protobuf`.
    ///
    /// ```
    /// use trace_export::Protocol;
    /// let builder = trace_export::builder().endpoint("http://localhost:4318").protocol(Protocol::HttpJson);
    /// # drop(builder);
    /// ```
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.0.destination.protocol = Some(protocol);
        self
    }

    /// How requests are compressed (`OTEL_EXPORTER_OTLP_COMPRESSION`). Default: not.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.0.destination.compression = Some(compression);
        self
    }

    /// A PEM file with the certificates to trust, instead of those of Mozilla's programme
    /// (`OTEL_EXPORTER_OTLP_CERTIFICATE`). Read again after a connection failed.
    pub fn certificate(mut self, pem_file: impl Into<PathBuf>) -> Self {
        self.0.destination.certificate = Some(pem_file.into());
        self
    }

    /// PEM files with the program's own certificate and its key (`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE`,
    /// `OTEL_EXPORTER_OTLP_CLIENT_KEY`).
    pub fn client_certificate(mut self, pem_file: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        self.0.destination.identity = Some((pem_file.into(), key_file.into()));
        self
    }

    /// Keeps on disk what cannot be delivered now (`TRACE_SPOOL_DIR`), and sends it later, from this process or another that
    /// uses the directory. Takes a path or a [`Spool`]. If the directory cannot be used, that is said once and spans wait in memory.
    ///
    /// Without an endpoint, spans are recorded and stored until there is a destination. At the end of the program what is
    /// left is stored, not sent: [`flush`](Tracing::flush) before, if it has to be delivered.
    pub fn spool(mut self, spool: impl Into<Spool>) -> Self {
        self.0.spool = Some(spool.into());
        self
    }

    /// Records although no destination is known yet, and keeps up to this many bytes in memory until
    /// [`set_destination`](Tracing::set_destination) names one. Beyond it the newest spans are dropped and counted.
    pub fn late_destination(mut self, max_bytes: usize) -> Self {
        self.0.late_bytes = Some(max_bytes);
        self
    }

    /// Asks `discover` each second where to send spans, unless an endpoint is set. `Ok(None)` means that this is not known
    /// yet; what an earlier answer said stays. An error is said once a minute; a panic is contained. It runs on a thread of its own.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// use trace_export::Destination;
    /// let discover = || std::fs::read_to_string("endpoint.txt").map(|url| Some(Destination::new(url.trim())));
    /// trace_export::builder().discover(discover).init()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover<E: Display>(
        mut self,
        mut discover: impl FnMut() -> Result<Option<Destination>, E> + Send + 'static,
    ) -> Self {
        self.0.discover = Some(Box::new(move || discover().map_err(|error| error.to_string())));
        self
    }

    /// Leaves the global tracer provider and propagator of the `opentelemetry` crate alone. Without this, [`init`](Self::init) makes
    /// ours these, so that spans of libraries that use OpenTelemetry join the same traces and go the same way.
    #[cfg(feature = "otel")]
    pub fn without_opentelemetry_globals(mut self) -> Self {
        self.0.bridge.leaves_globals = true;
        self
    }

    /// Gives every span an OpenTelemetry Context of its own. Without this, `opentelemetry::Context::current()` shows one span for
    /// all that are nested where it was entered; see [`trace_runtime::otel`]. Costs about 70 ns a span.
    #[cfg(feature = "otel")]
    pub fn exact_opentelemetry_context(mut self) -> Self {
        self.0.bridge.is_exact = true;
        self
    }

    /// Makes ids in place of random ones.
    ///
    /// ```
    /// let ids = opentelemetry_sdk::trace::RandomIdGenerator::default();
    /// let builder = trace_export::builder().id_generator(ids);
    /// # drop(builder);
    /// ```
    #[cfg(feature = "sdk")]
    pub fn id_generator(mut self, ids: impl opentelemetry_sdk::trace::IdGenerator + 'static) -> Self {
        self.0.ids = Some(Box::new(crate::sdk::Ids(ids)));
        self
    }

    /// On `SIGTERM` and `SIGINT`, delivers or stores what is there within the exit budget, and ends the process by that
    /// signal, as without it. For programs that do not handle these signals themselves; a signal that is ignored or has a handler when
    /// [`init`](Self::init) is called stays so. Nothing happens where there are no signals.
    pub fn on_signals(mut self) -> Self {
        self.0.on_signals = true;
        self
    }

    /// Prints each trace as a tree on stderr (`OTEL_TRACES_EXPORTER=console`), and sends spans only where code says so too:
    /// each destination that is named in code gets every span, and a slow one holds up no other.
    pub fn console(mut self) -> Self {
        self.0.console = true;
        self
    }

    /// Prints trees on stderr if nothing says where else to send spans. Without this, tracing is off then.
    pub fn or_console(mut self) -> Self {
        self.0.or_console = true;
        self
    }

    /// Which spans are recorded (`OTEL_TRACES_SAMPLER`). Default: as the parent says, else all.
    pub fn sampler(mut self, sampler: Sampler) -> Self {
        self.0.sampler = Some(sampler);
        self
    }

    /// Shows every span that has ended to `change`, before it goes anywhere: to rename it, to change, add or remove attributes,
    /// or to leave it out ([`EndedSpan::discard`]; it counts as `discarded`). What was stored before by another process is not shown.
    ///
    /// It runs on the collector's thread, never on that of the span, and is not traced; while it runs no span is read, so it should not wait. If it
    /// panics, the span goes out as it was, which is said once a minute. Reading a span and writing it again costs some
    /// microseconds there, for every span; programs without it pay nothing. A second call replaces the first.
    ///
    /// This is what an SDK's `SpanProcessor` would be for: that one is not accepted, as it is called with the SDK's own span on
    /// the thread that ends it. For its `on_start`, use a [`Sampler`] (attributes) or `fields` on the attribute; for its `on_end`, this; for batching
    /// and exporting, a destination.
    ///
    /// ```
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let builder = trace_export::builder().on_end(|span| {
    ///     span.attributes.retain(|(key, _)| key != "user.email");
    ///     if span.name == "health" {
    ///         span.discard();
    ///     }
    /// });
    /// # drop(builder);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_end(mut self, change: impl Fn(&mut EndedSpan) + Send + Sync + 'static) -> Self {
        self.0.on_end = Some(Arc::new(change));
        self
    }

    /// Bounds of one span (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT` and its like).
    pub fn limits(mut self, limits: SpanLimits) -> Self {
        self.0.limits = Some(limits);
        self
    }

    /// How trace context and baggage are written and whom to believe (`OTEL_PROPAGATORS`). Default: `tracecontext` and `baggage`,
    /// from and to everybody. [`Tracing::propagation`] has it then.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.0.propagation = Some(propagation);
        self
    }

    /// A span that has ended goes to its destinations after this long (`OTEL_BSP_SCHEDULE_DELAY`). Between 10 ms and a second, the default.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.0.batching.delay = Some(delay);
        self
    }

    /// Spans of one request at most (`OTEL_BSP_MAX_EXPORT_BATCH_SIZE`). Default and upper bound: 8192, and about 2 MiB.
    pub fn max_batch_spans(mut self, spans: u32) -> Self {
        self.0.batching.spans = Some(spans.into());
        self
    }

    /// Spans that may be encoded and without an outcome at one destination (`OTEL_BSP_MAX_QUEUE_SIZE`). Beyond it more wait as records
    /// in the threads' buffers; with several destinations, the one that is full loses them. Default: 32 MiB, however many spans that are.
    pub fn max_waiting_spans(mut self, spans: u64) -> Self {
        self.0.batching.queue = Some(spans);
        self
    }

    /// What one export by an exporter of the SDK may take (`OTEL_BSP_EXPORT_TIMEOUT`). Default 30 s. The variable also caps
    /// [`timeout`](Self::timeout).
    pub fn export_timeout(mut self, timeout: Duration) -> Self {
        self.0.batching.timeout = Some(timeout);
        self
    }

    /// What is kept of the traces that the sampler declines, decided when they end (`TRACE_KEEP`); see [`Keep`].
    pub fn keep(mut self, keep: Keep) -> Self {
        self.0.keep = Some(keep);
        self
    }

    /// Counts what the calls of each function cost, for [`Tracing::function_costs`]. `TRACE_SUMMARY=1` does too, and prints a table on
    /// stderr when the program ends. Costs the collector some tens of nanoseconds a span, and the program's threads nothing.
    pub fn function_costs(mut self) -> Self {
        self.0.costs.counted = true;
        self
    }

    /// [`function_costs`](Self::function_costs), also of calls that are not sampled (`TRACE_SUMMARY=all`): numbers of all calls beside the
    /// traces of some. Each such call costs its thread two readings of the clock and 16 bytes, about 20 ns in all, where it would cost 3 ns.
    ///
    /// Of such a call it is known how long it took (of a future, from its first poll until it was ready or dropped), and whether it returned an error
    /// or panicked; a status that the program sets is not seen. Spans made through the OpenTelemetry API or by the `tracing` crate are not counted unless
    /// they are sampled. If more calls end than the collector can read, some are left out: see [`Tracing::missed_calls`]. Where [`keep`](Self::keep)
    /// has every span recorded, there is nothing to count beside. A call that is open while the process forks is counted in both.
    ///
    /// ```
    /// use trace_runtime::Sampler;
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let hundredth = Sampler::parent_based(Sampler::ratio(0.01).expect("from 0 to 1"));
    /// let tracing = trace_export::builder().sampler(hundredth).function_costs_of_unsampled().init()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn function_costs_of_unsampled(mut self) -> Self {
        self.0.costs.counted = true;
        self.0.costs.unsampled = true;
        self
    }

    /// Which traced functions are on (`TRACE_FILTER`). Default: all. Replaced at run time by
    /// [`set_filter`](trace_runtime::control::set_filter), which has the same effect.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// trace_export::builder().filter("shop=on, shop::health=off".parse()?).init()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn filter(mut self, filter: Filter) -> Self {
        self.0.filter = Some(filter);
        self
    }

    /// The resource's `service.name` (`OTEL_SERVICE_NAME`). Default `unknown_service:` and the program's name.
    pub fn service_name(self, name: impl Into<String>) -> Self {
        self.resource_attribute("service.name", name)
    }

    /// An attribute of the resource (`OTEL_RESOURCE_ATTRIBUTES`).
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.resource.push((key.into(), Value::Str(value.into().into())));
        self
    }

    /// What the end of the program may take at most to deliver the last spans. Default 2 s.
    pub fn exit_budget(mut self, budget: Duration) -> Self {
        self.0.exit_budget = Some(budget);
        self
    }

    /// Starts tracing for the whole program. Nothing has to be held: spans are delivered while it runs, and when
    /// it ends by returning from `main`, by `exit` or by a panic.
    ///
    /// Chains a panic hook, which notes the message of a panic for the span it ends, and registers one exit handler.
    ///
    /// # Errors
    /// [`InitError::Invalid`] names the setting, its value and what is accepted. [`InitError::AlreadyInitialised`]
    /// on the second call.
    pub fn init(self) -> Result<Tracing, InitError> {
        static INITIALISED: AtomicBool = AtomicBool::new(false);
        let resolved = Resolved::new(self.0, &Env::process())?;
        // One that leaves tracing off leaves room for another.
        let is_off = resolved.routes.is_empty();
        if !is_off && INITIALISED.swap(true, Relaxed) {
            return Err(InitError::AlreadyInitialised);
        }
        let (messages, on_signals) = (resolved.error_messages, resolved.on_signals);
        let propagation = resolved.propagation.clone();
        #[cfg(feature = "otel")]
        let bridge = resolved.bridge;
        if resolved.unconfigured {
            log::info!("tracing is off: set OTEL_EXPORTER_OTLP_ENDPOINT to a URL, or OTEL_TRACES_EXPORTER=console");
        }
        let install = |config| install(config).map_err(|_| InitError::AlreadyInitialised);
        if let Some(filter) = resolved.filter.clone().filter(|_| !is_off) {
            set_filter(filter);
        }
        let exporter = if COMPILED_OUT { None } else { Exporter::start(resolved, install)? };
        record_error_messages(messages);
        #[cfg(feature = "otel")]
        if !COMPILED_OUT {
            crate::otel::install(bridge, &propagation, exporter.is_some());
        }
        if let Some(exporter) = exporter {
            exit::watch(exporter);
            if on_signals {
                exit::on_signals(exporter);
            }
        }
        Ok(Tracing::new(exporter, propagation))
    }

    /// Starts an instance beside the global one, which it leaves alone, as it does everything else that is global.
    /// Spans reach it where its [`scope`](Tracing::scope) is attached. Call [`shutdown`](Tracing::shutdown) at its end.
    ///
    /// # Errors
    /// As [`init`](Self::init), but for `AlreadyInitialised`. A [`filter`](Self::filter) or a [`crash_recorder`](Self::crash_recorder) is
    /// an error here: there is one in a process.
    pub fn build(self) -> Result<Tracing, InitError> {
        if self.0.filter.is_some() {
            let accepted =
                "no filter for an instance of its own: it is the process's, and set by `init` or `control::set_filter`";
            return Err(InitError::Invalid { setting: "filter", value: "set".to_owned(), accepted });
        }
        if self.0.crash.is_some() {
            let accepted =
                "no crash recorder for an instance of its own: there is one in a process, and `init` sets it up";
            return Err(InitError::Invalid { setting: "crash_recorder", value: "set".to_owned(), accepted });
        }
        let resolved = Resolved::new(self.0, &Env::of_instance())?;
        let propagation = resolved.propagation.clone();
        let exporter = Exporter::start(resolved, |config| Ok(Tracer::isolated(config)))?;
        Ok(Tracing::new(exporter, propagation))
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Builder")
    }
}
