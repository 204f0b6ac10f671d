//! One static per traced function, and the list of those reached so far.

use crate::control;
use crate::crash;
use crate::id::Kind;
use crate::name::{Names, names};
use crate::table::Table;
use crate::value::Value;
use once_cell::race::OnceBox;
use std::panic::Location;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::Release, Ordering::SeqCst, fence,
};

/// Not reached yet: what it should be is found out at the first call.
const UNKNOWN: u8 = 0;
const OFF: u8 = 1;
const ON: u8 = 2;

static REACHED: Table<Entry> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A callsite that was reached.
#[derive(Default)]
struct Entry {
    callsite: OnceLock<&'static Callsite>,
    counts: Counts,
}

/// What came of a callsite's calls, as far as it was collected.
#[derive(Default)]
pub(crate) struct Counts {
    spans: AtomicU64,
    errors: AtomicU64,
}

impl Counts {
    pub(crate) fn spans(&self) -> u64 {
        self.spans.load(Relaxed)
    }

    pub(crate) fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }
}

/// A place in the program that starts spans. The attributes and [`span!`](crate::span) declare one static each.
pub struct Callsite {
    /// `UNKNOWN`, `OFF` or `ON`. On while any tracer records.
    switch: AtomicU8,
    /// Index in `REACHED` plus one; 0 before.
    id: AtomicU32,
    /// Never blocks, unlike a `OnceLock`: a forked child would wait for a thread that it does not have.
    names: OnceBox<Names>,
    name: Option<&'static str>,
    marker: fn() -> &'static str,
    kind: Kind,
    scope: (&'static str, &'static str),
    location: &'static Location<'static>,
    /// For a place that was found at run time: what it says of itself.
    found: Option<Box<FoundPlace>>,
}

/// A place that starts spans and is no function of ours, such as a callsite of the `tracing` crate.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct FoundPlace {
    /// The operation name.
    pub name: &'static str,
    /// The instrumentation scope.
    pub scope: &'static str,
    /// Its module's path, for filters.
    pub module: &'static str,
    /// What all its spans say. Beside it, nothing is said of where the place is.
    pub attributes: Vec<(&'static str, Value<'static>)>,
}

impl Callsite {
    /// Called by the macros: a type in the function, whose path tells the function's, and the crate being compiled.
    #[doc(hidden)]
    #[track_caller]
    pub const fn of<M>(scope: &'static str, version: &'static str) -> Self {
        Self {
            switch: AtomicU8::new(UNKNOWN),
            id: AtomicU32::new(0),
            names: OnceBox::new(),
            name: None,
            marker: std::any::type_name::<M>,
            kind: Kind::Internal,
            scope: (scope, version),
            location: Location::caller(),
            found: None,
        }
    }

    /// A place that was found at run time. It is listed, switched and counted like others, and must live as long as the process.
    #[doc(hidden)]
    #[track_caller]
    pub fn found(place: FoundPlace) -> Self {
        let FoundPlace { name, scope, .. } = place;
        Self { name: Some(name), found: Some(Box::new(place)), ..Self::of::<()>(scope, "") }
    }

    /// Stands for spans that come from no function of ours but through the OpenTelemetry API: they have names of their own.
    #[cfg(feature = "otel")]
    #[track_caller]
    pub(crate) fn foreign(scope: &'static str, version: &'static str) -> Self {
        Self { name: Some(""), marker: || "", ..Self::of::<()>(scope, version) }
    }

    /// With a name of its own.
    #[doc(hidden)]
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Of another kind.
    #[doc(hidden)]
    #[must_use]
    pub const fn with_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Whether a call is to start a span, as far as is known before its parent is.
    #[doc(hidden)]
    #[inline(always)]
    pub fn is_on(&'static self) -> bool {
        if crate::export::COMPILED_OUT {
            return false;
        }
        match self.switch.load(Relaxed) {
            OFF => false,
            ON => true,
            _ => self.reach(),
        }
    }

    #[cold]
    #[inline(never)]
    fn reach(&'static self) -> bool {
        if self.id() == 0 {
            // Listed first, then named. Two threads at once list it twice, which does no harm.
            let index = NEXT.fetch_add(1, SeqCst);
            let _ = REACHED.get(index).callsite.set(self);
            fence(SeqCst);
            let _ = self.id.compare_exchange(0, index + 1, Release, Relaxed);
        }
        // Before its first span, also where another thread has listed it this very moment.
        crash::note_callsite(self);
        // Listed first, then set: whoever changes something meanwhile finds it in the list.
        control::settle(self)
    }

    pub(crate) fn set(&self, on: bool) {
        self.switch.store(if on { ON } else { OFF }, SeqCst);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.switch.load(Relaxed) == ON
    }

    /// The number by which records name this callsite. Zero until it is reached.
    #[inline]
    pub fn id(&self) -> u32 {
        self.id.load(Relaxed)
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| match self.found.as_deref() {
            Some(FoundPlace { name, module, .. }) => {
                Box::new(Names { short: (*name).to_owned(), full: format!("{module}::{name}") })
            }
            None => Box::new(names((self.marker)())),
        })
    }

    /// By which filters know it: the function's path, or what stands for it.
    pub(crate) fn path(&self) -> &str {
        &self.names().full
    }

    /// What all its spans say beside their own attributes and where the function is.
    pub fn attributes(&self) -> &[(&'static str, Value<'static>)] {
        self.found.as_ref().map_or(&[], |found| &found.attributes)
    }

    /// The operation name.
    pub fn name(&self) -> &str {
        self.name.unwrap_or_else(|| &self.names().short)
    }

    /// The function's full path, without generic arguments (semantic convention `code.function.name`). Empty for spans that
    /// are of no function of ours: they came through the OpenTelemetry API or from the `tracing` crate.
    pub fn function(&self) -> &str {
        if self.found.is_some() { "" } else { self.path() }
    }

    /// The source file (`code.file.path`).
    pub fn file(&self) -> &'static str {
        self.location.file()
    }

    /// The line, from 1 (`code.line.number`).
    pub fn line(&self) -> u32 {
        self.location.line()
    }

    /// The kind of its spans.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The instrumentation scope: the crate's name.
    pub fn scope_name(&self) -> &'static str {
        self.scope.0
    }

    /// The crate's version.
    pub fn scope_version(&self) -> &'static str {
        self.scope.1
    }
}

impl std::fmt::Debug for Callsite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callsite").field("name", &self.name()).field("function", &self.function()).finish()
    }
}

/// How many callsites were reached so far.
pub fn callsites() -> u64 {
    u64::from(NEXT.load(Relaxed))
}

/// The callsite with this number; see [`Record::callsite_id`](crate::export::Record::callsite_id).
pub fn by_id(id: u32) -> Option<&'static Callsite> {
    REACHED.get(id.checked_sub(1)?).callsite.get().copied()
}

/// Counts a span that was collected. One thread at a time does.
#[inline]
pub(crate) fn count(id: u32, is_error: bool) {
    let Some(index) = id.checked_sub(1) else { return };
    let Counts { spans, errors } = &REACHED.get(index).counts;
    spans.store(spans.load(Relaxed) + 1, Relaxed);
    if is_error {
        errors.store(errors.load(Relaxed) + 1, Relaxed);
    }
}

/// Those that were reached so far.
pub(crate) fn reached() -> impl Iterator<Item = (&'static Callsite, &'static Counts)> {
    // One that two threads reached at once is there twice: the one with its number counts.
    let entries = REACHED.up_to(NEXT.load(SeqCst)).map(|(index, entry)| (index + 1, entry));
    entries.filter_map(|(id, entry)| {
        let callsite = entry.callsite.get().copied()?;
        (callsite.id() == id).then_some((callsite, &entry.counts))
    })
}

/// Does something with each callsite that was reached so far.
pub(crate) fn each(act: impl Fn(&'static Callsite) -> bool) {
    for (_, entry) in REACHED.up_to(NEXT.load(SeqCst)) {
        if let Some(callsite) = entry.callsite.get() {
            act(callsite);
        }
    }
}
