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
    AtomicU32, AtomicU64, Ordering::Acquire, Ordering::Relaxed, Ordering::Release, Ordering::SeqCst, fence,
};

/// Not reached yet: what it should be is found out at the first call.
const UNKNOWN: u32 = 0;
const OFF: u32 = 1;
const ON: u32 = 2;

/// The name of callsites that are called as their function is.
const UNNAMED: &str = "\0";

static REACHED: Table<Entry> = Table::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A callsite that was reached.
#[derive(Default)]
struct Entry {
    callsite: OnceLock<&'static Callsite>,
    /// Where that is no function of ours.
    place: OnceLock<&'static FoundPlace>,
    /// Never blocks, unlike a `OnceLock`: a forked child would wait for a thread that it does not have.
    names: OnceBox<Names>,
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
///
/// The compiler evaluates and checks each of these statics whenever it looks at the program, also for `cargo check`. So it has few and
/// plain fields, and constants instead of calls.
pub struct Callsite {
    state: State,
    /// Or [`UNNAMED`].
    name: &'static str,
    marker: fn() -> &'static str,
    kind: Kind,
    scope: &'static str,
    version: &'static str,
    location: &'static Location<'static>,
}

/// What changes of a callsite, by [`SWITCH`] and [`NUMBER`].
type State = [AtomicU32; 2];

/// [`UNKNOWN`], [`OFF`] or [`ON`]. On while any tracer records.
const SWITCH: usize = 0;
/// Index in [`REACHED`] plus one; 0 before.
const NUMBER: usize = 1;

#[expect(clippy::declare_interior_mutable_const, reason = "each callsite has its own")]
const UNREACHED: State = [const { AtomicU32::new(UNKNOWN) }; 2];

/// A place that starts spans and is no function of ours, but was found at run time, such as a callsite of the `tracing` crate.
#[doc(hidden)]
#[derive(Debug)]
pub struct FoundPlace {
    callsite: Callsite,
    module: &'static str,
    attributes: Vec<(&'static str, Value<'static>)>,
}

impl FoundPlace {
    /// With an operation name, the instrumentation scope and, for filters, the path of its module. `attributes` are what all its spans
    /// say. Beside them, nothing is said of where the place is.
    pub fn new(
        name: &'static str,
        scope: &'static str,
        module: &'static str,
        attributes: Vec<(&'static str, Value<'static>)>,
    ) -> Self {
        Self { callsite: Callsite::of::<()>(scope, "").named(name), module, attributes }
    }

    /// From now on it is listed, switched and counted like those of functions.
    pub fn callsite(&'static self) -> &'static Callsite {
        if self.callsite.id() == 0 {
            self.callsite.list(Some(self));
            // Who switches it on meanwhile, as a filter changes, does not note it.
            crash::note_callsite(&self.callsite);
        }
        &self.callsite
    }
}

impl Callsite {
    /// Called by the macros: a type in the function, whose path tells the function's, and the crate being compiled.
    #[doc(hidden)]
    #[track_caller]
    pub const fn of<M>(scope: &'static str, version: &'static str) -> Self {
        Self {
            state: UNREACHED,
            name: UNNAMED,
            marker: std::any::type_name::<M>,
            kind: Kind::Internal,
            scope,
            version,
            location: Location::caller(),
        }
    }

    /// Stands for spans that come from no function of ours but through the OpenTelemetry API: they have names of their own.
    #[cfg(feature = "otel")]
    #[track_caller]
    pub(crate) fn foreign(scope: &'static str, version: &'static str) -> Self {
        Self { name: "", marker: || "", ..Self::of::<()>(scope, version) }
    }

    /// With a name of its own.
    #[doc(hidden)]
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
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
        match self.state[SWITCH].load(Relaxed) {
            OFF => false,
            ON => true,
            _ => self.reach(),
        }
    }

    #[cold]
    #[inline(never)]
    fn reach(&'static self) -> bool {
        if self.id() == 0 {
            self.list(None);
        }
        // Before its first span, also where another thread has listed it this very moment.
        crash::note_callsite(self);
        // Listed first, then set: whoever changes something meanwhile finds it in the list.
        control::settle(self)
    }

    /// Its place in the list. Others may come across it there before it has its number.
    fn listed(&self) -> Option<&'static Entry> {
        if let Some(index) = self.state[NUMBER].load(Acquire).checked_sub(1) {
            return Some(REACHED.get(index));
        }
        let is_own = |entry: &&Entry| entry.callsite.get().is_some_and(|callsite| std::ptr::eq(*callsite, self));
        REACHED.up_to(NEXT.load(SeqCst)).map(|(_, entry)| entry).find(is_own)
    }

    /// Listed first, then numbered. Two threads at once list it twice, which does no harm.
    #[cold]
    fn list(&'static self, place: Option<&'static FoundPlace>) {
        let index = NEXT.fetch_add(1, SeqCst);
        let entry = REACHED.get(index);
        if let Some(place) = place {
            let _ = entry.place.set(place);
        }
        let _ = entry.callsite.set(self);
        fence(SeqCst);
        let _ = self.state[NUMBER].compare_exchange(0, index + 1, Release, Relaxed);
    }

    /// What says more of it, if it is no function of ours. Such a one is in the list.
    fn found(&self) -> Option<&'static FoundPlace> {
        self.listed()?.place.get().copied()
    }

    /// The name of its own.
    fn own_name(&self) -> Option<&'static str> {
        (self.name != UNNAMED).then_some(self.name)
    }

    pub(crate) fn set(&self, on: bool) {
        self.state[SWITCH].store(if on { ON } else { OFF }, SeqCst);
    }

    pub(crate) fn is_set(&self) -> bool {
        self.state[SWITCH].load(Relaxed) == ON
    }

    /// The number by which records name this callsite. Zero until it is reached.
    #[inline]
    pub fn id(&self) -> u32 {
        self.state[NUMBER].load(Relaxed)
    }

    fn names_of_function(&self) -> Names {
        names((self.marker)())
    }

    fn names(&'static self) -> &'static Names {
        let entry = self.listed().unwrap_or_else(|| {
            self.list(None);
            REACHED.get(self.id() - 1)
        });
        entry.names.get_or_init(|| match entry.place.get() {
            Some(FoundPlace { module, .. }) => {
                Box::new(Names { short: self.name.to_owned(), full: format!("{module}::{}", self.name) })
            }
            None => Box::new(self.names_of_function()),
        })
    }

    /// By which filters know it: the function's path, or what stands for it.
    pub(crate) fn path(&'static self) -> &'static str {
        &self.names().full
    }

    /// What all its spans say beside their own attributes and where the function is.
    pub fn attributes(&self) -> &'static [(&'static str, Value<'static>)] {
        self.found().map_or(&[], |found| &found.attributes)
    }

    /// The operation name.
    pub fn name(&'static self) -> &'static str {
        self.own_name().unwrap_or_else(|| &self.names().short)
    }

    /// The function's full path, without generic arguments (semantic convention `code.function.name`). Empty for spans that
    /// are of no function of ours: they came through the OpenTelemetry API or from the `tracing` crate.
    pub fn function(&'static self) -> &'static str {
        if self.found().is_some() { "" } else { self.path() }
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
        self.scope
    }

    /// The crate's version.
    pub fn scope_version(&self) -> &'static str {
        self.version
    }
}

impl std::fmt::Debug for Callsite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.names_of_function();
        let function = if self.found().is_some() { "" } else { &names.full };
        let name = self.own_name().unwrap_or(&names.short);
        f.debug_struct("Callsite").field("name", &name).field("function", &function).finish()
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
