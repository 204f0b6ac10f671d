//! A tracer with its collector, in this process and in its forked children.

use crate::bounds::{QUEUE_BYTES, REQUEST_TIMEOUT};
use crate::collector::{self, Batches, Sink};
use crate::config::{Destination, Env, Resolved, Resource, Route};
use crate::control::Control;
use crate::counts::{Counts, Report};
use crate::encode::Encoder;
use crate::error::InitError;
use crate::spool::{Directory, Spool, Store};
use crate::transport::Http;
use crate::watch::{Discover, Known, Target, Watch};
use crate::{exit, sender, sys};
use once_cell::race::OnceBox;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;
use trace_runtime::export::{self, Tracer, TracerConfig, Wake};

/// Forks within forks that get a collector of their own.
const GENERATIONS: usize = 256;

pub(crate) struct Exporter {
    tracer: OnceLock<&'static Tracer>,
    /// `None`: spans go to the console.
    delivery: Option<Delivery>,
    resource: Resource,
    pub(crate) exit_budget: Duration,
    controls: [OnceBox<Control>; GENERATIONS],
}

/// How spans get to a backend.
struct Delivery {
    known: Known,
    spool: Option<Spool>,
    late_bytes: Option<usize>,
    discover: Option<Mutex<Discover>>,
}

impl Exporter {
    /// Starts the collector, then the tracer. `None` if the configuration says off.
    pub(crate) fn start(
        resolved: Resolved,
        install: impl FnOnce(TracerConfig) -> Result<&'static Tracer, InitError>,
    ) -> Result<Option<&'static Self>, InitError> {
        let Resolved { route, resource, sampler, limits, ids, exit_budget, .. } = resolved;
        let delivery = match route {
            None => return Ok(None),
            Some(Route::Console) => None,
            Some(Route::Backend(backend)) => Some(Delivery {
                known: Known::new(backend.to),
                spool: backend.spool,
                late_bytes: backend.late_bytes,
                discover: backend.discover.map(Mutex::new),
            }),
        };
        let exporter: &'static Self = Box::leak(Box::new(Self {
            tracer: OnceLock::new(),
            delivery,
            resource,
            exit_budget,
            controls: [const { OnceBox::new() }; GENERATIONS],
        }));
        let config = TracerConfig { sampler, limits, ids, wake: Some(Box::new(|why| exporter.wake(why))) };
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
        let generation = export::generation() as usize;
        let place = self.controls.get(generation)?;
        Some(place.get_or_init(|| Box::new(self.new_control(generation))))
    }

    fn new_control(&self, generation: usize) -> Control {
        let Some(Delivery { known, spool, .. }) = &self.delivery else {
            return Control::new(Target::new(Known::default()), None);
        };
        // A child goes on with the destination that its parent had.
        let parent = generation.checked_sub(1).and_then(|parent| self.controls[parent].get());
        let known = parent.and_then(|parent| parent.target.known_at_fork()).unwrap_or_else(|| known.clone());
        let request = known.to.as_ref().map_or(REQUEST_TIMEOUT, |to| to.timeout);
        let store = spool.as_ref().map(|spool| {
            let disk = Box::new(Directory(spool.dir.clone()));
            Store::new(disk, spool.limits, request)
        });
        Control::new(Target::new(known), store)
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
        if export::generation() > 0 {
            // A forked child counts its own spans.
            if let Some(tracer) = self.tracer.get() {
                tracer.reset_counts();
            }
        }
        let collect = move || {
            if let Some(tracer) = self.tracer.get() {
                collector::run(tracer, control, self.sink());
            }
        };
        let started = thread("trace-collector", collect).and_then(|()| match &self.delivery {
            Some(delivery) => thread("trace-sender", move || sender::run(control, delivery.watch(), &Http::connect)),
            None => Ok(()),
        });
        if started.is_err() {
            control.started.store(false, Relaxed);
        }
        exit::on_signals_again(self);
        started
    }

    fn sink(&self) -> Sink {
        let Some(delivery) = &self.delivery else { return Sink::Console(Box::default()) };
        Sink::Batches(Box::new(Batches {
            encoder: Encoder::new(self.resource.iter()),
            most: delivery.late_bytes.unwrap_or(QUEUE_BYTES),
            drops: delivery.late_bytes.is_some(),
            spool: delivery.spool.as_ref().map(|spool| spool.mode),
        }))
    }

    pub(crate) fn set_destination(&self, destination: &Destination) -> Result<bool, InitError> {
        let to = Env::process().otlp(destination)?;
        let control = self.control().filter(|_| self.delivery.is_some());
        let is_new = control.is_some_and(|control| control.target.set(to, true));
        if let Some(control) = control.filter(|_| is_new) {
            control.outbox.nudge();
        }
        Ok(is_new)
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

impl Delivery {
    fn watch(&self) -> Watch<'_> {
        // Who says where to send spans is not asked any more.
        let is_fixed = self.known.to.is_some();
        let spool = self.spool.as_ref().filter(|_| !is_fixed);
        Watch::new(self.discover.as_ref().filter(|_| !is_fixed), spool.map(|spool| spool.dir.as_path()))
    }
}

/// Starts a thread that takes no signals.
fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let spawn = || std::thread::Builder::new().name(name.to_owned()).spawn(run);
    sys::without_signals(spawn).map(drop)
}
