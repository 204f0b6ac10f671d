//! Spans whose beginning, entries and end others tell, in any order and on any thread: those of the `tracing` crate.
//!
//! An [`Adopted`] span is nobody's own while it is open. Whoever starts it fills it as its slot's owner; from then on all add to it as
//! any other thread does, through the slot's spill, so that it may be current on several threads at once. Its slot also says of which
//! trace it is, so what others keep of it are two words.

mod entered;

pub use entered::Entered;

use crate::attribute::{Key, set_attribute};
use crate::block;
use crate::callsite::Callsite;
use crate::ctx::{COUNTED, MUTED, Place, SAMPLED, SpanCtx, TRACE_CTX_WORDS, TraceCtx, VALID, WAY};
use crate::current::{push_link, set_name};
use crate::handle::Handle;
use crate::id::{Kind, SpanContext, Status};
use crate::layout;
use crate::otel;
use crate::outcome;
use crate::slot::{self, Slot};
use crate::snapshot::Snapshot;
use crate::span::{Details, Fields, Started, Under, Wanted, child, context, end_at, handle_of, start_wanted};
use crate::thread::{self, Thread};
use crate::tracer::TEXT_BYTES;
use crate::value::{ToValue, Value};
use crate::wire::cut;
use std::sync::atomic::{Ordering::Acquire, fence};

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
}

/// Where an [`Adopted`] span is. To be used only while that lives.
#[derive(Clone, Copy)]
pub struct AdoptedPlace {
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    /// An open span, never as its owner.
    Recorded { id: u64, slot: &'static Slot, place: Place },
    /// An id in a trace. `own`: a span of its own that is not sampled. It holds its block, unless it is sampled and was refused.
    Unrecorded { id: u64, trace: TraceCtx, own: bool },
}

/// Words of an [`AdoptedPlace`]. The high half of the last one is not in use.
pub const PLACE_WORDS: usize = 2 + TRACE_CTX_WORDS;

/// In place of slot and generation: there are none.
const OWN: u64 = u64::MAX;
const NOT_OWN: u64 = u64::MAX - 1;

impl Adopted {
    /// Starts a span, current nowhere yet. `None` if nothing is traced here.
    #[inline]
    pub fn start(wanted: &Adoption<'_>) -> Option<Self> {
        match start_here(wanted) {
            Some(span) => Some(span),
            None => Self::start_anywhere(wanted),
        }
    }

    #[inline(never)]
    fn start_anywhere(wanted: &Adoption<'_>) -> Option<Self> {
        let Adoption { callsite, kind, name, above, describe } = *wanted;
        let given = match above {
            Above::Given(place) => place.snapshot(),
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
            Some(Started { trace, span }) => Some(Self::of(&trace, &span)),
            None => Self::nothing_more(above, given),
        }
    }

    #[inline]
    fn of(trace: &TraceCtx, span: &SpanCtx) -> Self {
        let what = match span.slot {
            Some(slot) => {
                slot.adopt(trace.flags());
                What::Recorded { id: span.id, slot, place: span.place.shared() }
            }
            None => What::Unrecorded { id: span.id, trace: *trace, own: true },
        };
        Self { place: AdoptedPlace { what } }
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
        let what = What::Unrecorded { id: there.span.id, trace: there.trace, own: false };
        Some(Self { place: AdoptedPlace { what } })
    }

    /// A place for its first attributes, before anybody else knows it; `None` if it is not recorded.
    pub fn fields(&mut self) -> Option<Fields> {
        let handle = self.place.handle()?;
        Some(Fields::new(Handle::new(handle.slot, Place::owner(handle.generation())), None))
    }

    /// Where it is.
    #[inline]
    pub fn place(&self) -> AdoptedPlace {
        self.place
    }

    /// Leaves it to the caller to say when it ends: see [`AdoptedPlace::end`].
    #[inline]
    pub fn into_place(self) -> AdoptedPlace {
        let place = self.place;
        std::mem::forget(self);
        place
    }
}

/// Under the current span: mostly a recorded child, or nothing below an unsampled one.
#[inline]
fn start_here(wanted: &Adoption<'_>) -> Option<Adopted> {
    let Above::Current = wanted.above else { return None };
    let is_on = wanted.callsite.is_on();
    thread::with(|thread| {
        let flags = thread.trace.flags() & WAY;
        if otel::is_elsewhere(thread) {
            return None;
        }
        if flags & !COUNTED == VALID {
            return Some(below_unsampled(thread));
        }
        if flags != VALID | SAMPLED || !is_on {
            return None;
        }
        let trace = thread.trace.get();
        let span = child(thread, wanted.callsite, wanted.kind, &trace, thread.span.id());
        Some(Adopted::of(&trace, &span))
    })
}

fn below_unsampled(thread: &Thread) -> Adopted {
    let trace = thread.trace.get();
    block::hold(trace.block());
    Adopted { place: AdoptedPlace { what: What::Unrecorded { id: thread.span.id(), trace, own: false } } }
}

impl Drop for Adopted {
    #[inline]
    fn drop(&mut self) {
        self.place.end();
    }
}

impl AdoptedPlace {
    /// Ends what is here; once, and only if it was [told](Adopted::into_place) to be left to the caller.
    #[inline]
    pub fn end(self) {
        match self.what {
            What::Recorded { slot, place, .. } => end_at(slot, place.generation(), slot.last_exit()),
            // A sampled span without a slot was refused, and holds nothing.
            What::Unrecorded { trace, own: true, .. } if trace.flags() & SAMPLED != 0 => {}
            What::Unrecorded { trace, .. } => block::let_go(trace.block()),
        }
    }

    /// To be kept where there is only room for words.
    #[inline]
    pub fn to_words(self) -> [u64; PLACE_WORDS] {
        match self.what {
            What::Recorded { id, slot, place } => {
                [id, u64::from(slot.number()) << 32 | u64::from(place.generation()), 0, 0, 0, 0, 0]
            }
            What::Unrecorded { id, trace, own } => {
                let home = u64::from(trace.tracer()) << 32 | u64::from(trace.block());
                let state = u64::from(trace.epoch()) << 16 | u64::from(trace.flags());
                let [high, low] = trace.id;
                [id, if own { OWN } else { NOT_OWN }, high, low, trace.local_root, home, state]
            }
        }
    }

    /// Words from index 2 on are only looked at for what is not recorded.
    #[inline]
    pub fn from_words([id, at, high, low, root, home, state]: [u64; PLACE_WORDS]) -> Self {
        if at >= NOT_OWN {
            let trace = TraceCtx::of_tracer((home >> 32) as u32).with_block(home as u32);
            let mut trace = trace.with_flags(state as u16).with_epoch((state >> 16) as u16);
            (trace.id, trace.local_root) = ([high, low], root);
            return Self { what: What::Unrecorded { id, trace, own: at == OWN } };
        }
        let place = Place::owner(at as u32).shared();
        Self { what: What::Recorded { id, slot: slot::by_number((at >> 32) as u32), place } }
    }

    /// Whether there is a span that is recorded, or was.
    #[inline]
    pub fn is_recorded(&self) -> bool {
        matches!(self.what, What::Recorded { .. })
    }

    #[inline]
    fn contexts(&self) -> (TraceCtx, SpanCtx) {
        match self.what {
            What::Recorded { id, slot, place } => (slot.adopted_trace(), SpanCtx { id, slot: Some(slot), place }),
            What::Unrecorded { id, trace, .. } => (trace, SpanCtx { id, ..SpanCtx::NONE }),
        }
    }

    /// Whether what was read of it is of this span: it may have ended meanwhile, and its slot be another's.
    fn is_there(&self) -> bool {
        fence(Acquire);
        match self.what {
            What::Recorded { slot, place, .. } => slot.is_open(place.generation()),
            What::Unrecorded { .. } => true,
        }
    }

    fn snapshot(&self) -> Option<Snapshot> {
        let (trace, span) = self.contexts();
        if !self.is_there() {
            return None;
        }
        block::hold(trace.block());
        Some(Snapshot { trace, span })
    }

    #[inline]
    fn handle(&self) -> Option<Handle> {
        match self.what {
            What::Recorded { id, slot, place } => handle_of(&SpanCtx { id, slot: Some(slot), place }),
            What::Unrecorded { .. } => None,
        }
    }

    /// The identity of the span, if it is open.
    pub fn context(&self) -> Option<SpanContext> {
        let (trace, span) = self.contexts();
        let is_so = self.is_there() && trace.flags() & MUTED == 0;
        is_so.then(|| context(&trace, &span))
    }

    /// Whether what is added is kept.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.handle().is_some()
    }

    /// Sets an attribute. The last value of a key counts.
    pub fn set_attribute(&self, key: &str, value: &(impl ToValue + ?Sized)) {
        if let Some(handle) = self.handle() {
            set_attribute(handle, Key::Loose(key), value);
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
