//! What has to be undone when an entry ends, for entries that changed something in the Context: a stack of its own, so that the plain
//! case has nothing to save.

use super::look::{Known, KnownCell, Looks, contained};
use super::places::{UNKNOWN, is_open, outlives_if};
use crate::ctx::{ENTRIES, Place};
use crate::span::handle_of;
use crate::thread::{self, Thread};
use opentelemetry::{Context, ContextGuard};
use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What an entry changed. Written and read word by word, as atomics make sure: it is often read right after it was written, and then
/// two words at once would wait until both have reached the cache.
#[derive(Default)]
struct Frame {
    /// The entry's number.
    entry: AtomicU64,
    /// What was known of the Context before.
    before: KnownCell,
    /// See [`Shows`].
    leaves: AtomicU64,
    is_kept: Cell<bool>,
    /// This is the only entry of a span that is in a bucket by it: nobody else takes the span out.
    is_only: Cell<bool>,
    guard: Cell<Option<ContextGuard>>,
}

/// What the Context of an entry shows.
#[derive(Clone, Copy)]
pub(super) struct Shows {
    /// The mark of the span, if that span alone is its place and may leave the bucket with this entry; else 0.
    pub(super) leaves: u64,
    /// A future keeps the Context for its next poll.
    pub(super) is_kept: bool,
    /// The span has no other entry, and no other span its mark.
    pub(super) is_once: bool,
}

impl Frame {
    fn entry(&self) -> u64 {
        self.entry.load(Relaxed)
    }

    fn has(&self, entry: u32) -> bool {
        self.entry() as u32 & ENTRIES == entry
    }

    fn has_guard(&self) -> bool {
        let guard = self.guard.take();
        let has = guard.is_some();
        self.guard.set(guard);
        has
    }

    fn take(&self) -> Taken {
        Taken {
            guard: self.guard.take(),
            leaves: self.leaves.load(Relaxed),
            is_kept: self.is_kept.get(),
            is_only: self.is_only.get(),
        }
    }

    /// Becomes what `next` is.
    fn become_next(&self, next: &Self) {
        self.entry.store(next.entry(), Relaxed);
        self.before.set(next.before.get());
        self.leaves.store(next.leaves.load(Relaxed), Relaxed);
        self.is_kept.set(next.is_kept.get());
        self.is_only.set(next.is_only.get());
        self.guard.set(next.guard.take());
    }
}

/// What a frame held.
struct Taken {
    guard: Option<ContextGuard>,
    leaves: u64,
    is_kept: bool,
    is_only: bool,
}

impl Taken {
    /// Drops what the Context holds, which may be anybody's. Not while the frames are borrowed.
    #[inline]
    fn end(self) {
        let Self { guard, leaves, is_kept, is_only } = self;
        if guard.is_some() {
            let leaving = Leaving::new(if is_only { leaves } else { 0 });
            drop(guard);
            drop(leaving);
            outlives_if(leaves, |span| !is_kept || handle_of(span).is_none());
        }
    }
}

/// Nobody else takes the span with this mark out of its bucket: the thread knows until this is dropped.
struct Leaving(u64);

impl Leaving {
    fn new(mark: u64) -> Self {
        Self(thread::with(|thread| thread.otel.leaves.replace(mark)))
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        thread::with(|thread| thread.otel.leaves.set(self.0));
    }
}

/// Drops a Context that nobody has seen, before its span's place is known by it.
#[cold]
pub(super) fn discard(context: Context) {
    let leaving = Leaving::new(UNKNOWN);
    drop(context);
    drop(leaving);
}

/// Those up to the thread's count are in use. Borrowed while a Context is attached, when a panic hook may run, so all but room for more is
/// done with a shared borrow.
#[derive(Default)]
struct Frames(RefCell<Vec<Frame>>);

thread_local! {
    static FRAMES: Frames = const { Frames(RefCell::new(Vec::new())) };
}

/// Made after the Context's own thread-local, this goes before it: nobody looks at what is gone.
impl Drop for Frames {
    fn drop(&mut self) {
        thread::with(|thread| {
            thread.otel.state.set(Looks::NoMore);
            thread.otel.frames.set(0);
        });
    }
}

impl Frames {
    /// One more than there are, and one for a span of the panic hook that runs where attaching panics. That hook gets no more.
    #[cold]
    fn grow(&self, count: usize) {
        if let Ok(mut frames) = self.0.try_borrow_mut() {
            frames.resize_with(count + 2, Frame::default);
        }
    }
}

/// Those in use. `None` while the thread is ending.
#[inline(always)]
fn with_frames<R>(thread: &Thread, f: impl FnOnce(&[Frame]) -> R) -> Option<R> {
    let count = thread.otel.frames.get() as usize;
    FRAMES.try_with(|frames| frames.0.borrow().get(..count).map(f)).ok().flatten()
}

/// Whether this thread can have frames: not while it is ending.
pub(super) fn begin() -> bool {
    FRAMES.try_with(|_| ()).is_ok()
}

/// For the last entry. Whether a Context is attached, if there shall be one: in a function that is called inside `Context::map_current`,
/// attaching panics. The Context is made where it is attached, as moving it costs more than making it.
#[inline(always)]
pub(super) fn push(thread: &Thread, before: Known, shows: Shows, context: Option<impl FnOnce() -> Context>) -> bool {
    let count = thread.otel.frames.get();
    let attached = FRAMES.try_with(|all| {
        if all.0.borrow().len() < count as usize + 2 {
            all.grow(count as usize);
        }
        let frames = all.0.borrow();
        let frame = frames.get(count as usize)?;
        frame.entry.store(thread.nth_entry(thread.span.entry()), Relaxed);
        frame.before.set(before);
        frame.leaves.store(shows.leaves, Relaxed);
        frame.is_kept.set(shows.is_kept);
        frame.is_only.set(false);
        thread.span.set_framed();
        thread.otel.frames.set(count + 1);
        let context = context?;
        contained(|| frame.guard.set(Some(context().attach())))?;
        frame.is_only.set(shows.is_once && is_open(shows.leaves));
        Some(())
    });
    attached.is_ok_and(|attached| attached.is_some())
}

/// The Context that the last frame attached, if it is this entry's: it is kept.
pub(super) fn keep(thread: &Thread, entry: u32) -> Option<Context> {
    let nth = thread.nth_entry(entry);
    let is_own = with_frames(thread, |frames| {
        let own = frames.last().filter(|last| last.entry() == nth && last.has_guard());
        own.inspect(|own| own.is_kept.set(true)).is_some()
    });
    (is_own == Some(true)).then(Context::current)
}

/// What became current with this entry is no longer. `leaves`: nor is what was made current inside of it.
#[inline]
pub(crate) fn left(thread: &Thread, place: Place, leaves: bool) {
    if thread.otel.frames.get() > 0 {
        undo(thread, place.entry(), leaves);
    }
}

#[cold]
#[inline(never)]
fn undo(thread: &Thread, entry: u32, leaves: bool) {
    if !leaves {
        return undo_alone(thread, entry);
    }
    // Entries inside this one that were forgotten end with it. Numbers repeat, but the first one found from above is its own.
    let (mut first, mut is_found) = (thread.nth_entry(entry), false);
    loop {
        let popped = with_frames(thread, |frames| {
            let (last, rest) = frames.split_last()?;
            if !is_found && last.has(entry) {
                (first, is_found) = (last.entry(), true);
            }
            (last.entry() >= first).then(|| {
                thread.otel.frames.set(rest.len() as u32);
                thread.otel.known.set(last.before.get());
                (last.take(), rest.len() as u32)
            })
        });
        let Some(Some((taken, rest))) = popped else { return };
        taken.end();
        // What a value's `Drop` left behind in the Context ends, too.
        if is_found && thread.otel.frames.get() == rest {
            return;
        }
    }
}

/// The frame of an entry around which others were left already. The next one goes back to what it would have.
fn undo_alone(thread: &Thread, entry: u32) {
    let taken = with_frames(thread, |frames| {
        let at = frames.iter().rposition(|frame| frame.has(entry))?;
        let taken = frames[at].take();
        let before = frames[at].before.get();
        match frames.get(at + 1) {
            Some(next) => next.before.set(before),
            None => thread.otel.known.set(before),
        }
        for pair in frames[at..].windows(2) {
            pair[0].become_next(&pair[1]);
        }
        thread.otel.frames.set(thread.otel.frames.get() - 1);
        Some(taken)
    });
    taken.flatten().into_iter().for_each(Taken::end);
}
