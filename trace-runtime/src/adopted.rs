//! Spans whose beginning, entries and end others tell, in any order and on any thread: those of the `tracing` crate.
//!
//! An [`Adopted`] span is nobody's own while it is open. Whoever starts it fills it as its slot's owner; from then on all add to it as
//! any other thread does, through the slot's spill, so that it may be current on several threads at once.

use crate::attribute::set_attribute;
use crate::block;
use crate::callsite::Callsite;
use crate::clock;
use crate::ctx::{MUTED, SAMPLED, SpanCtx, TraceCtx, VALID};
use crate::current::{push_link, set_name};
use crate::handle::Handle;
use crate::id::{Kind, SpanContext, Status};
use crate::layout;
use crate::outcome;
use crate::slot::Slot;
use crate::snapshot::Snapshot;
use crate::span::{Details, Fields, Started, Under, Wanted, context, discard, end_at, handle_of, start_wanted};
use crate::thread::{self, Restore};
use crate::tracer::TEXT_BYTES;
use crate::value::{ToValue, Value};
use crate::wire::{Key, cut};
use std::marker::PhantomData;

/// Takes attributes, one by one.
type Sink<'a> = &'a mut dyn FnMut(&'static str, Value<'_>);

/// What is to start; see [`Adopted::start`].
pub struct Adoption<'a> {
    /// The place that starts it.
    pub callsite: &'static Callsite,
    /// Its kind.
    pub kind: Kind,
    /// In place of the callsite's name.
    pub name: Option<&'a str>,
    /// What it belongs under.
    pub above: Above<'a>,
    /// Attributes for a sampler of the program's own, which is asked before they are set.
    pub describe: &'a dyn Fn(Sink<'_>),
}

/// Which span a new one belongs under.
#[derive(Clone, Copy, Debug)]
pub enum Above<'a> {
    /// What is current.
    Current,
    /// Nothing: a new trace.
    Nothing,
    /// This one.
    Given(&'a AdoptedPlace),
}

/// An open span, or only a place in a trace where none was started: below an unsampled span, or where the callsite is off.
/// Ends when it is dropped, with the time of its last exit if it was ever entered.
#[derive(Debug)]
pub struct Adopted {
    place: AdoptedPlace,
    /// A span of its own, whether it is recorded or not.
    own: bool,
}

/// Where an [`Adopted`] span is. To be used only while that lives.
#[derive(Clone, Copy)]
pub struct AdoptedPlace {
    trace: TraceCtx,
    /// Never as the slot's owner.
    span: SpanCtx,
}

impl Adopted {
    /// Starts a span, current nowhere yet. `None` if nothing is traced here.
    pub fn start(wanted: &Adoption<'_>) -> Option<Self> {
        let Adoption { callsite, kind, name, above, describe } = *wanted;
        let given = match above {
            Above::Given(place) => Some(place.snapshot()),
            _ => None,
        };
        let under = match above {
            Above::Current => Under::Current,
            Above::Nothing => Under::Nothing,
            Above::Given(_) => given.as_ref().map_or(Under::Nothing, Under::Given),
        };
        let details = || {
            let mut details = Details::default();
            describe(&mut |key, value| details.attributes.push((key.to_owned(), value.into_owned())));
            details
        };
        let wanted = Wanted { callsite, kind, name, details: Some(&details) };
        let started = if callsite.is_on() { start_wanted(&wanted, under) } else { None };
        match started {
            Some(started) => Some(Self::of(started)),
            None => Self::nothing_more(above, given),
        }
    }

    fn of(Started { trace, mut span }: Started) -> Self {
        if let Some(slot) = span.slot {
            slot.forget_exits();
        }
        span.place = span.place.shared();
        Self { place: AdoptedPlace { trace, span }, own: true }
    }

    /// What is started below belongs where this would have.
    #[cold]
    fn nothing_more(above: Above<'_>, given: Option<Snapshot>) -> Option<Self> {
        let there = match above {
            Above::Nothing => return None,
            Above::Current => Snapshot::current(),
            Above::Given(_) => given?,
        };
        if there.trace.flags() & VALID == 0 {
            return None;
        }
        block::hold(there.trace.block());
        Some(Self { place: AdoptedPlace { trace: there.trace, span: there.span }, own: false })
    }

    /// A place for its first attributes, before anybody else knows it; `None` if it is not recorded.
    pub fn fields(&mut self) -> Option<Fields> {
        if !self.own {
            return None;
        }
        let handle = self.place.handle()?;
        Some(Fields::new(Handle { owned: true, ..handle }, None))
    }

    /// Ends it as if it had never been. To be called before anybody else knows it.
    pub fn discard(mut self) {
        if let Some(slot) = self.place.span.slot.filter(|_| self.own) {
            discard(slot, self.place.span.place.generation());
            // What is left is the block that the slot held.
            self.own = false;
        }
    }

    /// Where it is.
    #[inline]
    pub fn place(&self) -> AdoptedPlace {
        self.place
    }
}

impl Drop for Adopted {
    fn drop(&mut self) {
        let AdoptedPlace { trace, span } = self.place;
        match span.slot {
            Some(slot) if self.own => end_at(slot, span.place.generation(), slot.last_exit()),
            // A sampled span without a slot was refused, and holds nothing.
            _ if self.own && trace.flags() & SAMPLED != 0 => {}
            _ => block::let_go(trace.block()),
        }
    }
}

impl AdoptedPlace {
    fn snapshot(&self) -> Snapshot {
        block::hold(self.trace.block());
        Snapshot { trace: self.trace, span: self.span }
    }

    #[inline]
    fn handle(&self) -> Option<Handle> {
        handle_of(&self.span)
    }

    /// The identity of the span.
    pub fn context(&self) -> Option<SpanContext> {
        (self.trace.flags() & MUTED == 0).then(|| context(&self.trace, &self.span))
    }

    /// Makes it current on this thread until the result is dropped, in whatever order. `None` if it is so already.
    #[inline]
    pub fn enter(&self) -> Option<Entered> {
        if self.span.slot.is_none() && self.is_current() {
            return None;
        }
        let restore = thread::replace_current(&self.trace, &self.span);
        Some(Entered {
            span: self.span,
            unwinding: std::thread::panicking(),
            restore: Some(restore),
            _thread: PhantomData,
        })
    }

    /// Below an unsampled span there is nothing to be changed.
    fn is_current(&self) -> bool {
        thread::with(|thread| {
            let now = thread.trace.get();
            now.id == self.trace.id && now.flags() == self.trace.flags() && thread.span.id() == self.span.id
        })
    }

    /// Whether what is added is kept.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.handle().is_some()
    }

    /// Sets an attribute. The last value of a key counts.
    pub fn set_attribute(&self, key: &str, value: &(impl ToValue + ?Sized)) {
        if let Some(handle) = self.handle() {
            set_attribute(handle, Key::Text(key), value);
        }
    }

    /// Adds an event that happened now.
    pub fn add_event(&self, name: &str, attributes: &[(&str, Value<'_>)]) {
        if let Some(handle) = self.handle() {
            outcome::add_event(handle, name, attributes);
        }
    }

    /// Gives the span another operation name.
    pub fn set_name(&self, name: &str) {
        if let Some(handle) = self.handle() {
            set_name(handle, cut(name, TEXT_BYTES));
        }
    }

    /// Sets the status, unless it was set to Ok before.
    pub fn set_status(&self, status: &Status) {
        let Some(handle) = self.handle() else { return };
        match status {
            Status::Unset => {}
            Status::Ok => handle.status(layout::OK, ""),
            Status::Error(text) => handle.status(layout::ERROR, cut(text, TEXT_BYTES)),
        }
    }

    /// Links to a span.
    pub fn add_link(&self, to: &SpanContext) {
        if let Some(handle) = self.handle().filter(|_| to.is_valid()) {
            push_link(handle, to);
        }
    }
}

impl std::fmt::Debug for AdoptedPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("AdoptedPlace").field(&self.context()).finish()
    }
}

impl std::fmt::Debug for Adoption<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Adoption").field("callsite", self.callsite).finish_non_exhaustive()
    }
}

/// A span is current on this thread until this is dropped.
#[must_use = "the span is current until this is dropped"]
pub struct Entered {
    span: SpanCtx,
    /// The thread was unwinding already when the span was entered.
    unwinding: bool,
    /// Always there until this is dropped.
    restore: Option<Restore>,
    _thread: PhantomData<*const ()>,
}

impl Entered {
    /// Ends this entry while `inner`, which was made after it, goes on.
    pub fn end_before(mut self, inner: &mut Self) {
        if let (Some(own), Some(inner)) = (self.restore.take(), &mut inner.restore) {
            self.restore = own.end_before(inner).err();
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.unwinding {
            handle_of(&self.span).into_iter().for_each(outcome::record_panic_of);
        }
        if let Some(slot) = self.span.slot {
            note_exit(slot, self.span.place.generation());
        }
    }
}

#[inline]
fn note_exit(slot: &Slot, generation: u32) {
    if slot.is_open(generation) {
        slot.note_exit(clock::now());
    }
}

impl std::fmt::Debug for Entered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entered")
    }
}
