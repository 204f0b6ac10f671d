//! The handle of a running tracer.

use crate::config::Destination;
use crate::costs::FunctionCost;
#[cfg(feature = "metrics")]
use crate::costs::TakesTimes;
use crate::counts::{Counts, Report};
use crate::error::InitError;
use crate::exporter::Exporter;
use std::time::Duration;
use trace_runtime::Snapshot;
use trace_runtime::propagation::Propagation;

/// Tracing, as [`init`](crate::init) started it. Nobody has to keep it: dropping it changes nothing.
#[derive(Clone, Copy)]
pub struct Tracing(Option<&'static Exporter>, &'static Propagation);

impl Tracing {
    pub(crate) fn new(exporter: Option<&'static Exporter>, propagation: Propagation) -> Self {
        Self(exporter, Box::leak(Box::new(propagation)))
    }

    /// Reads and writes trace context and baggage, as `OTEL_PROPAGATORS` or [`Builder::propagation`](crate::Builder::propagation)
    /// says; also when tracing is off. The global propagator of the `opentelemetry` crate is the same.
    ///
    /// ```
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let tracing = trace_export::init()?;
    /// let mut headers = std::collections::BTreeMap::new();
    /// tracing.propagation().inject(&trace_runtime::Snapshot::current(), &mut headers, "api.example");
    /// # Ok(())
    /// # }
    /// ```
    pub fn propagation(&self) -> &'static Propagation {
        self.1
    }

    /// Whether anything is recorded; `false` if nothing was configured, or it was disabled.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Looks again for what processes left behind that have died.
    pub(crate) fn recover_again(&self) {
        self.0.into_iter().for_each(Exporter::recover_again);
    }

    /// Whether it is known where to send spans by OTLP.
    pub(crate) fn has_backend(&self) -> bool {
        self.0.is_some_and(Exporter::has_backend)
    }

    /// What became of the spans so far. Walks the threads' buffers. With several destinations, what became of them at the first.
    pub fn counts(&self) -> Counts {
        self.counts_by_destination().into_iter().next().map(|(_, counts)| counts).unwrap_or_default()
    }

    /// What became of the spans so far at each destination, as of one moment, in the order of
    /// [`Builder`](crate::Builder): the backend (`otlp`), exporters of the SDK, `console`. Each equation
    /// holds by itself: the same spans are recorded for all. Empty where tracing is off.
    ///
    /// ```
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let tracing = trace_export::builder().endpoint("http://localhost:4318").console().build()?;
    /// let names: Vec<_> = tracing.counts_by_destination().into_iter().map(|(name, _)| name).collect();
    /// assert_eq!(names, ["otlp", "console"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn counts_by_destination(&self) -> Vec<(&'static str, Counts)> {
        self.0.map(Exporter::counts).unwrap_or_default()
    }

    /// What the calls of each traced function cost so far, by own time, the most expensive first: calls, errors, total and own time, p50 and
    /// p99, as far as they were recorded and collected (call [`flush`](Self::flush) for the rest). Empty unless
    /// [`Builder::function_costs`](crate::Builder::function_costs), [`function_costs_of_unsampled`](crate::Builder::function_costs_of_unsampled) or
    /// `TRACE_SUMMARY` asked for it.
    ///
    /// ```
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let tracing = trace_export::builder().endpoint("http://localhost:4318").function_costs().build()?;
    /// for cost in tracing.function_costs() {
    ///     println!("{}: {} calls, {:?} each of a hundredth takes longer", cost.callsite.name(), cost.calls, cost.p99);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn function_costs(&self) -> Vec<FunctionCost> {
        self.0.map(Exporter::function_costs).unwrap_or_default()
    }

    /// Calls that [`Builder::function_costs_of_unsampled`](crate::Builder::function_costs_of_unsampled) should have counted and did not: more
    /// of them ended than the collector could read, and three quarters of the memory for records were full. The rest is for spans.
    pub fn missed_calls(&self) -> u64 {
        self.0.map_or(0, Exporter::missed_calls)
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn take_times(&self, take: TakesTimes) {
        if let Some(exporter) = self.0 {
            exporter.take_times(take);
        }
    }

    /// Waits until every span that has ended, on any thread, has an outcome, or the time is over. Spans that are
    /// still open are not touched. Blocks this thread. After a shutdown it returns the final counts at once.
    pub fn flush(&self, within: Duration) -> Report {
        self.0.map_or_else(Report::nothing, |exporter| exporter.flush(within))
    }

    /// Delivers what is there, spans that are still open included (`trace.end` = `shutdown`), and stops. What cannot
    /// be delivered in time is counted as dropped. The program's end does this by itself; a second call returns the
    /// final counts. Blocks this thread.
    pub fn shutdown(&self, within: Duration) -> Report {
        self.0.map_or_else(Report::nothing, |exporter| exporter.shutdown(within))
    }

    /// Sends spans there from now on, those that wait included. `Ok(false)`: it was so already, or spans are not sent at all.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), trace_export::InitError> {
    /// let tracing = trace_export::builder().late_destination(16 << 20).init()?;
    /// // .. later:
    /// tracing.set_destination(&trace_export::Destination::new("http://tempo:4318"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`InitError::Invalid`] names what is wrong with it; the previous destination stays.
    pub fn set_destination(&self, destination: &Destination) -> Result<bool, InitError> {
        self.0.map_or(Ok(false), |exporter| exporter.set_destination(destination))
    }

    /// A guard that shuts down when it is dropped, within the exit budget: for programs that end in ways which run
    /// no exit handlers, and for instances made by [`build`](crate::Builder::build).
    pub fn shutdown_on_drop(self) -> ShutdownOnDrop {
        ShutdownOnDrop(self)
    }

    /// Attach this to record with an instance made by [`build`](crate::Builder::build); see [`Snapshot::attach`].
    pub fn scope(&self) -> Snapshot {
        match self.0.and_then(Exporter::tracer) {
            Some(tracer) => tracer.scope(),
            None => Snapshot::none(),
        }
    }
}

/// See [`Tracing::shutdown_on_drop`].
#[must_use = "dropping this stops tracing"]
#[derive(Debug)]
pub struct ShutdownOnDrop(Tracing);

impl Drop for ShutdownOnDrop {
    fn drop(&mut self) {
        if let Some(exporter) = self.0.0 {
            exporter.shutdown(exporter.exit_budget);
        }
    }
}

impl std::fmt::Debug for Tracing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracing").field("is_on", &self.is_on()).finish()
    }
}
