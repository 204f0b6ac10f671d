//! A tracer with its collector, in this process and in its forked children.

use crate::collector;
use crate::config::{Destination, Resolved, Resource};
use crate::control::Control;
use crate::counts::{Counts, Report};
use crate::error::InitError;
use crate::sys;
use once_cell::race::OnceBox;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use trace_runtime::export::{self, Tracer, TracerConfig, Wake};

/// Forks within forks that get a collector of their own.
const GENERATIONS: usize = 256;

pub(crate) struct Exporter {
    tracer: OnceLock<&'static Tracer>,
    destination: Destination,
    resource: Resource,
    pub(crate) exit_budget: Duration,
    controls: [OnceBox<Control>; GENERATIONS],
}

impl Exporter {
    /// Starts the collector, then the tracer. `None` if the configuration says off.
    pub(crate) fn start(
        resolved: Resolved,
        install: impl FnOnce(TracerConfig) -> Result<&'static Tracer, InitError>,
    ) -> Result<Option<&'static Self>, InitError> {
        let Resolved { destination, resource, sampler, limits, exit_budget, .. } = resolved;
        let Some(destination) = destination else { return Ok(None) };
        let exporter: &'static Self = Box::leak(Box::new(Self {
            tracer: OnceLock::new(),
            destination,
            resource,
            exit_budget,
            controls: [const { OnceBox::new() }; GENERATIONS],
        }));
        let config = TracerConfig { sampler, limits, wake: Some(Box::new(|why| exporter.wake(why))) };
        let tracer = install(config)?;
        let _ = exporter.tracer.set(tracer);
        let collector = exporter.control().map_or(Ok(()), |control| exporter.ensure_collector(control));
        if let Err(error) = collector {
            // Nobody would read the records.
            export::finish(tracer, &mut |_| {});
            return Err(InitError::Thread(error));
        }
        Ok(Some(exporter))
    }

    /// Of the present generation. `None` too many forks deep.
    fn control(&self) -> Option<&Control> {
        let place = self.controls.get(export::generation() as usize)?;
        Some(place.get_or_init(Box::default))
    }

    /// Called from recording threads.
    fn wake(&'static self, why: Wake) {
        let Some(control) = self.control() else { return };
        if !control.started.load(Relaxed) && export::generation() > 0 {
            // In a child the parent's collector does not exist. If there is no thread to be had, spans wait.
            let _ = self.ensure_collector(control);
        }
        if why == Wake::Pressure {
            control.wake();
        }
    }

    fn ensure_collector(&'static self, control: &'static Control) -> io::Result<()> {
        if control.started.swap(true, Relaxed) {
            return Ok(());
        }
        let run = move || {
            if let Some(tracer) = self.tracer.get() {
                collector::run(tracer, control, &self.destination, &self.resource);
            }
        };
        if export::generation() > 0 {
            // A forked child counts its own spans.
            if let Some(tracer) = self.tracer.get() {
                tracer.reset_counts();
            }
        }
        let spawn = || std::thread::Builder::new().name("trace-collector".to_owned()).spawn(run);
        let thread = sys::without_signals(spawn);
        if thread.is_err() {
            control.started.store(false, Relaxed);
        }
        thread.map(|thread| control.attach(thread.thread().id()))
    }

    fn with<R>(&self, f: impl FnOnce(&Control, &'static Tracer) -> R) -> Option<R> {
        let tracer = *self.tracer.get()?;
        let control = self.control().filter(|control| control.started.load(Relaxed))?;
        Some(f(control, tracer))
    }

    pub(crate) fn tracer(&self) -> Option<&'static Tracer> {
        self.tracer.get().copied()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.with(Control::counts).unwrap_or_default()
    }

    pub(crate) fn flush(&self, within: Duration) -> Report {
        self.with(|control, tracer| control.flush(tracer, within)).unwrap_or_else(Report::nothing)
    }

    pub(crate) fn shutdown(&self, within: Duration) -> Report {
        self.with(|control, tracer| control.shutdown(tracer, within)).unwrap_or_else(Report::nothing)
    }
}
