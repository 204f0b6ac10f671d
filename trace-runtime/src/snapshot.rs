//! Carrying the current span to other threads and tasks.

use crate::block;
use crate::ctx::{MUTED, REMOTE, SAMPLED, SpanCtx, TraceCtx, VALID};
use crate::export::COMPILED_OUT;
use crate::id::SpanContext;
use crate::otel::{self, Entry};
use crate::propagation::Baggage;
use crate::span::{Started, context};
use crate::thread::{self, Restore, Thread};
use std::marker::PhantomData;

/// A place in a trace that can be taken to another thread or task and made current there. Cheap to clone; holds nothing open.
///
/// Spans started under it become children of the span it names, also after that span has ended. Attributes
/// set under it reach the span while it is open.
///
/// ```
/// use trace_runtime::{Snapshot, trace};
/// #[trace]
/// fn work(n: u32) -> u32 { n * 2 }
///
/// let here = Snapshot::current();
/// let thread = std::thread::spawn(move || {
///     let _attached = here.attach();
///     work(21) // a child of what was current where `here` was taken
/// });
/// assert_eq!(thread.join().unwrap(), 42);
/// ```
#[must_use = "a snapshot does nothing until it is attached"]
pub struct Snapshot {
    pub(crate) trace: TraceCtx,
    pub(crate) span: SpanCtx,
}

impl Snapshot {
    /// What is current on this thread; if nothing is, attaching it makes nothing current.
    pub fn current() -> Self {
        if COMPILED_OUT {
            return Self::of_tracer(0);
        }
        thread::with(|thread| otel::elsewhere(thread).unwrap_or_else(|| Self::of_thread(thread)))
    }

    /// What we made current, whatever others did since.
    pub(crate) fn of_thread(thread: &Thread) -> Self {
        let (trace, mut span) = (thread.trace.get(), thread.span.get());
        span.place = span.place.shared();
        block::hold(trace.block());
        Self { trace, span }
    }

    /// Of a span that somebody else owns.
    pub(crate) fn of_started(started: &Started) -> Self {
        block::hold(started.trace.block());
        let span = SpanCtx { place: started.span.place.shared(), ..started.span };
        Self { trace: started.trace, span }
    }

    pub(crate) fn of_tracer(tracer: u32) -> Self {
        Self { trace: TraceCtx::of_tracer(tracer), span: SpanCtx::NONE }
    }

    /// Nothing: spans started under it are roots of new traces.
    pub fn none() -> Self {
        let tracer = thread::with(|thread| thread.trace.get().tracer());
        Self::of_tracer(tracer)
    }

    /// The identity of the span, if there is one.
    pub fn context(&self) -> Option<SpanContext> {
        (self.trace.flags() & (VALID | MUTED) == VALID).then(|| context(&self.trace, &self.span))
    }

    /// The baggage that goes with what was current, or came with a request ([`propagation`](crate::propagation)).
    pub fn baggage(&self) -> Baggage {
        block::baggage(self.trace.block())
    }

    /// The same place with this baggage instead. Spans started under it carry it on; those that are open do not.
    ///
    /// ```
    /// use trace_runtime::{Snapshot, propagation::Baggage};
    /// let mut baggage = Snapshot::current().baggage();
    /// baggage.insert("tenant", "blue")?;
    /// let _attached = Snapshot::current().with_baggage(baggage).attach();
    /// assert_eq!(Snapshot::current().baggage().get("tenant").as_deref(), Some("blue"));
    /// # Ok::<(), trace_runtime::propagation::BaggageError>(())
    /// ```
    pub fn with_baggage(mut self, baggage: Baggage) -> Self {
        let trace_state = block::trace_state(self.trace.block());
        let block = block::new(trace_state.as_deref().unwrap_or_default(), baggage);
        block::let_go(self.trace.block());
        self.trace = self.trace.with_block(block);
        self
    }

    /// Makes the span current on this thread until the result is dropped.
    pub fn attach(&self) -> Attached {
        let snapshot = self.clone();
        let restore = thread::replace_current(&self.trace, &self.span, Entry::Shared);
        Attached { _restore: restore, _snapshot: snapshot, _thread: PhantomData }
    }
}

/// A remote parent: a span started under it is a local root of that trace. An invalid context is like
/// [`Snapshot::none`].
impl From<SpanContext> for Snapshot {
    fn from(remote: SpanContext) -> Self {
        let mut snapshot = Self::none();
        if !remote.is_valid() {
            return snapshot;
        }
        let id = remote.trace_id.to_u128();
        let sampled = if remote.sampled { SAMPLED } else { 0 };
        snapshot.trace.id = [(id >> 64) as u64, id as u64];
        let block = block::new(&remote.trace_state, Baggage::default());
        snapshot.trace = snapshot.trace.with_flags(VALID | REMOTE | sampled).with_block(block);
        snapshot.span.id = remote.span_id.to_u64();
        snapshot
    }
}

impl From<&SpanContext> for Snapshot {
    fn from(remote: &SpanContext) -> Self {
        remote.clone().into()
    }
}

/// What `parent = ..` of the attributes takes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parent of a span",
    label = "not a `Snapshot`, a `SpanContext`, an `Extracted`, or an `Option` of one",
    note = "`None` begins a new trace"
)]
pub trait ToParent {
    /// Where the span belongs; `None` for a new trace.
    fn to_parent(&self) -> Option<Snapshot>;
}

impl ToParent for Snapshot {
    fn to_parent(&self) -> Option<Snapshot> {
        Some(self.clone())
    }
}

impl ToParent for SpanContext {
    fn to_parent(&self) -> Option<Snapshot> {
        Some(self.into())
    }
}

impl<T: ToParent> ToParent for Option<T> {
    fn to_parent(&self) -> Option<Snapshot> {
        self.as_ref()?.to_parent()
    }
}

impl<T: ToParent + ?Sized> ToParent for &T {
    fn to_parent(&self) -> Option<Snapshot> {
        (**self).to_parent()
    }
}

/// What `links = ..` of the attributes takes.
#[diagnostic::on_unimplemented(
    message = "a span cannot link to `{Self}`",
    label = "not a `SpanContext`, `Snapshot` or `Extracted`, nor an `Option`, array, slice or `Vec` of those",
    note = "an iterator has to be collected before"
)]
pub trait ToLinks {
    /// Passes each span to link to on.
    fn each(&self, link: &mut dyn FnMut(&SpanContext));
}

impl ToLinks for SpanContext {
    fn each(&self, link: &mut dyn FnMut(&SpanContext)) {
        link(self);
    }
}

impl ToLinks for Snapshot {
    fn each(&self, link: &mut dyn FnMut(&SpanContext)) {
        self.context().iter().for_each(link);
    }
}

impl<T: ToLinks> ToLinks for [T] {
    fn each(&self, link: &mut dyn FnMut(&SpanContext)) {
        for one in self {
            one.each(link);
        }
    }
}

macro_rules! lists {
    ($($ty:ty: |$list:ident| $slice:expr, [$($n:tt)*];)*) => {
        $(impl<T: ToLinks $($n)*> ToLinks for $ty {
            fn each(&self, link: &mut dyn FnMut(&SpanContext)) {
                let $list = self;
                $slice.each(link);
            }
        })*
    };
}
lists! {
    Vec<T>: |list| list.as_slice(), [];
    [T; N]: |list| list.as_slice(), [, const N: usize];
    Option<T>: |list| list.as_slice(), [];
    &T: |list| **list, [+ ?Sized];
}

impl Clone for Snapshot {
    fn clone(&self) -> Self {
        block::hold(self.trace.block());
        Self { trace: self.trace, span: self.span }
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        block::let_go(self.trace.block());
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Snapshot").field(&self.context()).finish()
    }
}

/// A snapshot is current on this thread until this is dropped.
#[must_use = "the snapshot is current until this is dropped"]
pub struct Attached {
    _restore: Restore,
    _snapshot: Snapshot,
    _thread: PhantomData<*const ()>,
}

impl std::fmt::Debug for Attached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attached")
    }
}
