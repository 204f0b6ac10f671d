//! Tracers: who decides what is recorded, and whose records they are.

use crate::chunk::Chunk;
use crate::counted::{self, CountedCall};
use crate::ctx::{COUNTED, HEAD_OFF, SAMPLED};
use crate::sampler::{Decision, GenerateIds, Sampler, SamplingInput};
use crate::shared::{self, shared};
use crate::table::Table;
use crate::{clock, control, otel, thread};
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicBool, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst,
};

/// The global tracer's id. Others follow.
pub(crate) const GLOBAL: u32 = 0;

static TRACERS: Table<OnceLock<Tracer>> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(GLOBAL + 1);
/// Tracers that record.
static RECORDING: AtomicU32 = AtomicU32::new(0);
/// The tightest limits of any tracer: what is within them needs no look at its own.
static VALUE_BYTES: AtomicUsize = AtomicUsize::new(usize::MAX);
static ATTRIBUTES: AtomicU16 = AtomicU16::new(u16::MAX);

/// Bytes of names and of statuses' descriptions. Limits of attributes do not concern them.
pub(crate) const TEXT_BYTES: usize = 16 << 10;

/// Bounds of one span (OpenTelemetry specification, "Span Limits"). What exceeds them is cut or left out, and counted in the span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SpanLimits {
    /// Bytes of a string value.
    pub value_bytes: usize,
    /// Attributes of a span.
    pub attributes: u16,
    /// Events of a span.
    pub events: u16,
    /// Links of a span.
    pub links: u16,
    /// Attributes of an event.
    pub event_attributes: u16,
    /// Attributes of a link.
    pub link_attributes: u16,
}

impl SpanLimits {
    pub(crate) const DEFAULT: Self = Self {
        value_bytes: 16 << 10,
        attributes: 128,
        events: 128,
        links: 128,
        event_attributes: 128,
        link_attributes: 128,
    };
}

impl Default for SpanLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a tracer's exporter is called from the recording path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wake {
    /// A thread begins to record, or goes on in new memory. The first such call of a process, or of a
    /// forked child, is when a collector has to be there.
    Recording,
    /// Unread records pile up.
    Pressure,
}

/// Takes calls that were not sampled, some at a time.
pub type ReadCalls = dyn Fn(&[CountedCall]) + Send + Sync;

/// How to make a tracer. See [`install`] and [`Tracer::isolated`].
#[derive(Default)]
pub struct TracerConfig {
    /// Which spans are recorded.
    pub sampler: Sampler,
    /// Bounds of one span.
    pub limits: SpanLimits,
    /// Who makes ids. `None`: they are random.
    pub ids: Option<Box<dyn GenerateIds>>,
    /// Whether every span is recorded, also where the sampler says no: whoever reads the records decides then what is exported
    /// ([`Record::is_sampled`](crate::export::Record::is_sampled)). Other processes are told what the sampler said.
    pub keep: bool,
    /// Who is told what calls cost that are not sampled, and so make no span: called by [`drain`](crate::export::drain) and
    /// [`finish`](crate::export::finish), with some at a time; must not call these. `None`: such calls are not counted, and cost nothing.
    /// With `keep` there are none.
    pub calls: Option<Box<ReadCalls>>,
    /// Called from recording threads: must be quick, must not block, must not panic.
    pub wake: Option<Box<dyn Fn(Wake) + Send + Sync>>,
}

/// A tracer: a sampler, limits, counters, and the records made under it. Lives as long as the process.
pub struct Tracer {
    id: u32,
    sampler: Sampler,
    limits: SpanLimits,
    ids: Option<Box<dyn GenerateIds>>,
    /// Flags of the traces that the sampler declines: recorded all the same, or counted, or none.
    declined: u16,
    calls: Option<Box<ReadCalls>>,
    wake: Option<Box<dyn Fn(Wake) + Send + Sync>>,
    closed: AtomicBool,
    /// It is open, makes no ids of its own, and its sampler is built in: a new trace is begun without asking anybody.
    plain: AtomicBool,
    recorded: AtomicU64,
    dropped_full: AtomicU64,
    dropped_open: AtomicU64,
    dropped_late: AtomicU64,
    missed_calls: AtomicU64,
}

/// What happened to the spans of a tracer, as far as the runtime knows. Exact while no thread records.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Recorded {
    /// Sampled spans that have ended.
    pub recorded: u64,
    /// Of those, not yet read by [`drain`](crate::export::drain).
    pub unread: u64,
    /// Of those, not kept because the memory for records was full.
    pub dropped_full: u64,
    /// Of those, not kept because too many spans were open when they started.
    pub dropped_open: u64,
    /// Of those, ended while the tracer was shutting down, too late to be read.
    pub dropped_late: u64,
}

/// There is a global tracer already; nothing was changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlreadyInstalled;

impl std::fmt::Display for AlreadyInstalled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a global tracer is installed already")
    }
}

impl std::error::Error for AlreadyInstalled {}

/// Installs the global tracer: from now on traced functions record. Programs call `trace_export::init`, which does this.
///
/// # Errors
/// [`AlreadyInstalled`] if there is one; it stays.
pub fn install(config: TracerConfig) -> Result<&'static Tracer, AlreadyInstalled> {
    prepare();
    let mut fresh = false;
    let tracer = TRACERS.get(GLOBAL).get_or_init(|| {
        fresh = true;
        Tracer::new(GLOBAL, config)
    });
    if !fresh {
        return Err(AlreadyInstalled);
    }
    begin_recording();
    Ok(tracer)
}

pub(crate) fn prepare() {
    clock::choose();
    shared::watch_forks();
    let _ = shared();
}

fn begin_recording() {
    RECORDING.fetch_add(1, SeqCst);
    control::changed();
}

/// Whether a text of so many bytes is not cut by any tracer.
#[inline]
pub(crate) fn is_short(bytes: usize) -> bool {
    bytes <= VALUE_BYTES.load(Relaxed)
}

/// Whether a span with so many attributes may have one more, whichever its tracer.
#[inline]
pub(crate) fn may_have_more(attributes: u16) -> bool {
    attributes < ATTRIBUTES.load(Relaxed)
}

/// Whether any tracer records.
pub(crate) fn any() -> bool {
    RECORDING.load(SeqCst) > 0
}

pub(crate) fn get(id: u32) -> Option<&'static Tracer> {
    TRACERS.get(id).get()
}

/// Tells the tracer that a thread took a chunk.
pub(crate) fn announce(id: u32, why: Wake) {
    if let Some(wake) = get(id).and_then(|tracer| tracer.wake.as_ref()) {
        wake(why);
    }
}

impl Tracer {
    fn new(id: u32, config: TracerConfig) -> Self {
        let TracerConfig { sampler, limits, ids, keep, calls, wake } = config;
        let declined = match &calls {
            _ if keep => SAMPLED | HEAD_OFF,
            Some(_) => COUNTED,
            None => 0,
        };
        if declined == COUNTED {
            counted::begin();
        }
        VALUE_BYTES.fetch_min(limits.value_bytes, Relaxed);
        ATTRIBUTES.fetch_min(limits.attributes, Relaxed);
        let plain = ids.is_none() && sampler.built_in(0, None).is_some();
        Self {
            id,
            sampler,
            limits,
            ids,
            declined,
            calls,
            wake,
            closed: AtomicBool::new(false),
            plain: AtomicBool::new(plain),
            recorded: AtomicU64::new(0),
            dropped_full: AtomicU64::new(0),
            dropped_open: AtomicU64::new(0),
            dropped_late: AtomicU64::new(0),
            missed_calls: AtomicU64::new(0),
        }
    }

    /// A tracer beside the global one. Spans reach it where its [`scope`](Tracer::scope) is entered.
    /// Its small description is kept until the process ends.
    pub fn isolated(config: TracerConfig) -> &'static Self {
        prepare();
        let id = NEXT.fetch_add(1, Relaxed);
        let tracer = TRACERS.get(id).get_or_init(|| Self::new(id, config));
        begin_recording();
        tracer
    }

    /// The tracer's number in this process.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// A snapshot without a span under which local roots belong to this tracer. Attach it or give it to futures.
    pub fn scope(&'static self) -> crate::Snapshot {
        crate::Snapshot::of_tracer(self.id)
    }

    /// Bounds of one span.
    #[inline]
    pub fn limits(&self) -> &SpanLimits {
        &self.limits
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Spans lost so far for want of memory.
    pub fn dropped(&self) -> u64 {
        self.dropped_full.load(Relaxed) + self.dropped_open.load(Relaxed)
    }

    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.plain.load(Relaxed)
    }

    /// Flags of the traces that its sampler declines.
    #[inline]
    pub(crate) fn declined(&self) -> u16 {
        self.declined
    }

    /// Passes on what calls without spans cost.
    pub(crate) fn pass_on(&self, calls: &[CountedCall]) {
        if let Some(to) = &self.calls {
            to(calls);
        }
    }

    /// Calls so far that were to be counted and were not: more ended than were read, and the memory for records was three quarters full.
    pub fn missed_calls(&self) -> u64 {
        self.missed_calls.load(Relaxed)
    }

    pub(crate) fn count_missed_call(&self) {
        self.missed_calls.fetch_add(1, Relaxed);
    }

    pub(crate) fn has_own_ids(&self) -> bool {
        self.ids.is_some()
    }

    /// From the program's generator, unless that has none to give. What it calls is not traced.
    pub(crate) fn span_id(&self) -> Option<u64> {
        let ids = self.ids.as_ref()?;
        let id = otel::contained(|| thread::muted(|| ids.span_id()))?;
        Some(id.to_u64()).filter(|id| *id != 0)
    }

    pub(crate) fn trace_id(&self) -> Option<[u64; 2]> {
        let ids = self.ids.as_ref()?;
        let id = otel::contained(|| thread::muted(|| ids.trace_id()))?.to_u128();
        (id != 0).then_some([(id >> 64) as u64, id as u64])
    }

    #[inline]
    pub(crate) fn sampler(&self) -> &Sampler {
        &self.sampler
    }

    /// Asks a sampler of the program's own. One that panics has answered no; what it calls is not traced.
    #[cold]
    pub(crate) fn ask(&self, input: &SamplingInput<'_>) -> Decision {
        otel::contained(|| thread::muted(|| self.sampler.ask(input))).unwrap_or_default()
    }

    pub(crate) fn close(&self) {
        if self.closed.swap(true, Relaxed) {
            return;
        }
        self.plain.store(false, Relaxed);
        shared().buffers.close(self.id);
        RECORDING.fetch_sub(1, SeqCst);
        control::changed();
    }

    pub(crate) fn count_read(&self, spans: u64) {
        self.recorded.fetch_add(spans, Relaxed);
    }

    pub(crate) fn count_late(&self, spans: u64) {
        self.recorded.fetch_add(spans, Relaxed);
        self.dropped_late.fetch_add(spans, Relaxed);
    }

    pub(crate) fn count_full(&self) {
        self.recorded.fetch_add(1, Relaxed);
        self.dropped_full.fetch_add(1, Relaxed);
    }

    pub(crate) fn count_too_many_open(&self) {
        self.recorded.fetch_add(1, Relaxed);
        self.dropped_open.fetch_add(1, Relaxed);
    }

    /// Forgets the counts: a forked child begins with its own.
    pub fn reset_counts(&self) {
        let Self { recorded, dropped_full, dropped_open, dropped_late, missed_calls, .. } = self;
        for counter in [recorded, dropped_full, dropped_open, dropped_late, missed_calls] {
            counter.store(0, Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> Recorded {
        let unread = |chunk: &Chunk| u64::from(chunk.published().1.saturating_sub(chunk.drained().1));
        let unread: u64 = shared().buffers.of(self.id).iter().map(unread).sum();
        Recorded {
            recorded: self.recorded.load(Relaxed) + unread,
            unread,
            dropped_full: self.dropped_full.load(Relaxed),
            dropped_open: self.dropped_open.load(Relaxed),
            dropped_late: self.dropped_late.load(Relaxed),
        }
    }
}

impl std::fmt::Debug for Tracer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tracer")
            .field("id", &self.id)
            .field("sampler", &self.sampler)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
