//! A tracer with its collector, in this process and in its forked children.

use crate::bounds::REQUEST_TIMEOUT;
use crate::collector::{self, Making};
use crate::config::{Backend, Batching, Destination, Env, Otlp, Resolved, Resource, Room, Route};
use crate::console::{Console, Terminal};
use crate::control::{Control, lock};
#[cfg(feature = "metrics")]
use crate::costs::TakesTimes;
use crate::costs::{FunctionCost, Wanted};
use crate::counts::{Counts, Report};
use crate::crash::Crash;
use crate::encode::{Encoder, resource_field};
use crate::error::InitError;
use crate::keep::{Keep, Keeper};
use crate::lane::Lane;
use crate::memory;
use crate::on_end::{Hook, OnEnd};

use crate::spool::{Directory, Spool, Store};
use crate::watch::{self, Source, Target, Watch};
use crate::way::Way;
use crate::{exit, sender, sys, transport};
use once_cell::race::OnceBox;
use std::fmt::Write as _;
use std::io;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use trace_runtime::export::{self, CountedCall, ReadCalls, Tracer, TracerConfig, Wake};

/// Forks within forks that get a collector of their own.
const GENERATIONS: usize = 256;

pub(crate) struct Exporter {
    tracer: OnceLock<&'static Tracer>,
    routes: Vec<Route>,
    resource: Resource,
    batching: Batching,
    /// Where files of processes that died may be, and this one's.
    crash: Crash,
    on_end: Option<Hook>,
    keep: Option<Keep>,
    pub(crate) costs: Wanted,
    pub(crate) exit_budget: Duration,
    controls: [OnceBox<Control>; GENERATIONS],
}

impl Exporter {
    /// Starts the collector, then the tracer. `None` if the configuration says off.
    pub(crate) fn start(
        resolved: Resolved,
        install: impl FnOnce(TracerConfig) -> Result<&'static Tracer, InitError>,
    ) -> Result<Option<&'static Self>, InitError> {
        let Resolved {
            mut routes,
            resource,
            batching,
            crash,
            on_end,
            keep,
            costs,
            sampler,
            limits,
            ids,
            exit_budget,
            ..
        } = resolved;
        if routes.is_empty() {
            return Ok(None);
        }
        let known = routes.iter().filter_map(Route::known);
        known.for_each(|to| transport::prepare(&to));
        let crash = Crash::begin(crash, &mut routes, &resource_field(resource.iter()));
        let exporter: &'static Self = Box::leak(Box::new(Self {
            tracer: OnceLock::new(),
            routes,
            resource,
            batching,
            crash,
            on_end,
            keep,
            costs,
            exit_budget,
            controls: [const { OnceBox::new() }; GENERATIONS],
        }));
        let keep = keep.is_some();
        let calls: Option<Box<ReadCalls>> =
            if costs.unsampled { Some(Box::new(|calls| exporter.note_calls(calls))) } else { None };
        let config = TracerConfig { sampler, limits, ids, keep, calls, wake: Some(Box::new(|why| exporter.wake(why))) };
        let tracer = install(config).inspect_err(|_| exporter.crash.end())?;
        let _ = exporter.tracer.set(tracer);
        let collector = exporter.control().map_or(Ok(()), |control| exporter.ensure_collector(control));
        if let Err(error) = collector {
            // Nobody would read the records.
            export::finish(tracer, &mut |_| {});
            exporter.crash.end();
            return Err(InitError::Thread(error));
        }
        // The second look at the clocks: now times of what is recorded are known, whenever the process dies.
        export::anchor();
        Ok(Some(exporter))
    }

    /// Of the present generation. `None` too many forks deep.
    fn control(&self) -> Option<&Control> {
        let generation = export::generation() as usize;
        let place = self.controls.get(generation)?;
        Some(place.get_or_init(|| Box::new(self.new_control(generation))))
    }

    fn new_control(&self, generation: usize) -> Control {
        let parent = generation.checked_sub(1).and_then(|parent| self.controls[parent].get());
        let mut lanes = Vec::new();
        for (nth, route) in self.routes.iter().enumerate() {
            let mut lane = route.lane(parent.and_then(|parent| parent.lanes.get(nth)));
            if !lane.is_console {
                lane.room.spans = self.batching.queue;
            }
            let same = lanes.iter().filter(|other: &&Lane| other.name.starts_with(&lane.name)).count();
            if same > 0 {
                let _ = write!(lane.name, " {}", same + 1);
            }
            if self.routes.len() > 1 {
                lane.label = format!("{}: ", lane.name);
            }
            lanes.push(lane);
        }
        Control::new(lanes, self.costs.counted)
    }

    /// Called where records are read.
    fn note_calls(&self, calls: &[CountedCall]) {
        if let Some(costs) = self.control().and_then(|control| control.costs.as_ref()) {
            lock(costs).note_calls(calls);
        }
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

    /// Moves what processes left behind to the spool. Forked children leave that to others.
    fn recover(&'static self, control: &'static Control) {
        if let (Some(lane), 0) = (control.lanes.first(), export::generation()) {
            export::muted(|| self.crash.recover(lane, &control.recovery));
        }
    }

    /// The same again, for processes that have died since.
    pub(crate) fn recover_again(&'static self) {
        self.control().into_iter().for_each(|control| self.recover(control));
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
            memory::forget();
        }
        let collect = move || {
            self.recover(control);
            if let Some(tracer) = self.tracer.get() {
                collector::run(tracer, control, self.making(tracer));
            }
        };
        let mut started = thread("trace-collector", collect);
        for (lane, route) in control.lanes.iter().zip(&self.routes) {
            let send = move || sender::run(control, lane, route.way());
            started = started.and_then(|()| thread("trace-sender", send));
        }
        if started.is_err() {
            control.started.store(false, Relaxed);
        }
        if let (Some(backend), Some(lane)) = (self.backend(), control.lanes.first()) {
            if let Some(discover) = backend.discover.as_ref().filter(|_| backend.known.to.is_none()) {
                let ask = move || watch::discover(control, lane, discover);
                started = started.and_then(|()| thread("trace-discover", ask));
            }
        }
        exit::on_signals_again(self);
        started
    }

    fn making(&self, tracer: &'static Tracer) -> Making {
        let is_console = |route: &Route| matches!(route, Route::Console);
        let spool = self.backend().and_then(|backend| backend.spool.as_ref());
        Making {
            encoder: Encoder::new(resource_field(self.resource.iter()), self.batching.spans),
            sends: !self.routes.iter().all(is_console),
            keeper: self.keep.map(|keep| Keeper::new(tracer, keep)),
            on_end: self.on_end.clone().map(OnEnd::new),
            console: self.routes.iter().any(is_console).then(Console::default),
            crash: self.crash.file,
            spool: spool.map(Spool::mode),
            deadline: self.batching.deadline,
        }
    }

    fn backend(&self) -> Option<&Backend> {
        match self.routes.first() {
            Some(Route::Backend(backend)) => Some(backend),
            _ => None,
        }
    }

    pub(crate) fn set_destination(&self, destination: &Destination) -> Result<bool, InitError> {
        let to = Env::process().otlp(destination)?;
        let control = self.control().filter(|_| self.backend().is_some());
        let Some(lane) = control.and_then(|control| control.lanes.first()) else { return Ok(false) };
        let is_new = lane.target.set(to, Source::Called);
        if is_new {
            lane.outbox.nudge();
        }
        Ok(is_new)
    }

    /// Whether what is recorded outlives the process.
    pub(crate) fn has_crash_file(&self) -> bool {
        self.crash.file.is_some() && export::generation() == 0
    }

    pub(crate) fn has_backend(&self) -> bool {
        self.backend().is_some_and(|backend| backend.known.to.is_some())
    }

    fn with<'a, R>(&'a self, f: impl FnOnce(&'a Control, &'static Tracer) -> R) -> Option<R> {
        let tracer = *self.tracer.get()?;
        let control = self.control().filter(|control| control.started.load(Relaxed))?;
        Some(f(control, tracer))
    }

    pub(crate) fn tracer(&self) -> Option<&'static Tracer> {
        self.tracer.get().copied()
    }

    pub(crate) fn function_costs(&self) -> Vec<FunctionCost> {
        let costs = |control: &Control| control.costs.as_ref().map(|costs| lock(costs).list());
        self.with(|control, _| costs(control)).flatten().unwrap_or_default()
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn take_times(&self, take: TakesTimes) {
        if let Some(control) = self.control() {
            control.take_times(take);
        }
    }

    pub(crate) fn missed_calls(&self) -> u64 {
        self.tracer.get().map_or(0, |tracer| tracer.missed_calls())
    }

    pub(crate) fn counts(&self) -> Vec<(&str, Counts)> {
        self.with(Control::counts).unwrap_or_default()
    }

    pub(crate) fn flush(&self, within: Duration) -> Report {
        self.with(|control, tracer| control.flush(tracer, within)).unwrap_or_else(Report::nothing)
    }

    pub(crate) fn shutdown(&self, within: Duration) -> Report {
        let report = self.with(|control, tracer| control.shutdown(tracer, within)).unwrap_or_else(Report::nothing);
        if report.complete {
            self.crash.end();
        }
        report
    }
}

impl Route {
    /// `parent`: the same in the process that forked this one.
    fn lane(&self, parent: Option<&Lane>) -> Lane {
        match self {
            Self::Backend(backend) => backend.lane(parent),
            Self::Other(other) => {
                let mut lane = Lane::new(other.name.clone(), Room::default(), Target::default(), None);
                lane.closes = true;
                lane
            }
            Self::Console => {
                let mut lane = Lane::new("console".to_owned(), Room::default(), Target::default(), None);
                lane.is_console = true;
                lane
            }
        }
    }

    fn known(&self) -> Option<Arc<Otlp>> {
        match self {
            Self::Backend(backend) => backend.known.to.clone(),
            Self::Other(_) | Self::Console => None,
        }
    }

    fn way(&self) -> Way<'_> {
        match self {
            Self::Backend(backend) => Way::to_backend(backend.watch(), &transport::connect),
            Self::Other(other) => Way::Fixed((other.make)()),
            Self::Console => Way::Fixed(Box::new(Terminal)),
        }
    }
}

impl Backend {
    fn lane(&self, parent: Option<&Lane>) -> Lane {
        // A child goes on with the destination that its parent had.
        let known = parent.and_then(|parent| parent.target.known_at_fork()).unwrap_or_else(|| self.known.clone());
        let request = known.to.as_ref().map_or(REQUEST_TIMEOUT, |to| to.timeout);
        let store = self.spool.as_ref().map(|spool| {
            let disk = Box::new(Directory(spool.dir.clone()));
            Store::new(disk, spool.limits(), request)
        });
        // With a spool, the disk takes what has no destination.
        let late_bytes = self.late_bytes.filter(|_| store.is_none());
        let room = Room { late_bytes, ..Room::default() };
        Lane::new("otlp".to_owned(), room, Target::new(known), store)
    }

    fn watch(&self) -> Watch {
        // Who says where to send spans is not asked any more.
        let spool = self.spool.as_ref().filter(|_| self.known.to.is_none());
        Watch::new(spool.map(|spool| spool.dir.as_path()))
    }
}

/// Starts a thread that takes no signals.
pub(crate) fn thread(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let spawn = || std::thread::Builder::new().name(name.to_owned()).spawn(run);
    sys::without_signals(spawn).map(drop)
}
