//! What has to be undone when an entry ends, for entries that changed something in the Context: a stack of its own, so that the plain
//! case has nothing to save.

use super::look::{Known, KnownCell, Looks, contained};
use super::places::outlives_if;
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
    /// The mark of the span it shows, if that span alone is its place; else 0.
    shows: AtomicU64,
    /// A future keeps the Context for its next poll.
    is_kept: Cell<bool>,
    guard: Option<ContextGuard>,
}

impl Frame {
    fn entry(&self) -> u64 {
        self.entry.load(Relaxed)
    }

    fn has(&self, entry: u32) -> bool {
        self.entry() as u32 & ENTRIES == entry
    }

    fn taken(&mut self) -> Taken {
        Taken { guard: self.guard.take(), shows: self.shows.load(Relaxed), is_kept: self.is_kept.get() }
    }
}

/// What a frame held.
struct Taken {
    guard: Option<ContextGuard>,
    shows: u64,
    is_kept: bool,
}

impl Taken {
    /// Drops what the Context holds, which may be anybody's. Not while the frames are borrowed.
    #[inline]
    fn end(self) {
        let Self { guard, shows, is_kept } = self;
        if guard.is_some() {
            drop(guard);
            outlives_if(shows, |span| !is_kept || handle_of(span).is_none());
        }
    }
}

/// Those up to the thread's count are in use.
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

/// Those in use. `None` while the thread is ending.
#[inline(always)]
fn with_frames<R>(thread: &Thread, f: impl FnOnce(&mut [Frame]) -> R) -> Option<R> {
    let count = thread.otel.frames.get() as usize;
    FRAMES.try_with(|frames| frames.0.borrow_mut().get_mut(..count).map(f)).ok().flatten()
}

/// Whether this thread can have frames: not while it is ending.
pub(super) fn begin() -> bool {
    FRAMES.try_with(|_| ()).is_ok()
}

/// For the last entry. Whether it could be made.
#[inline(always)]
pub(super) fn push(thread: &Thread, before: Known, shows: u64, is_kept: bool) -> bool {
    let count = thread.otel.frames.get();
    let pushed = FRAMES.try_with(|frames| {
        let mut frames = frames.0.borrow_mut();
        if frames.len() == count as usize {
            frames.push(Frame::default());
        }
        let frame = &mut frames[count as usize];
        frame.entry.store(thread.nth_entry(thread.span.entry()), Relaxed);
        frame.before.set(before);
        frame.shows.store(shows, Relaxed);
        frame.is_kept.set(is_kept);
    });
    thread.span.set_framed();
    thread.otel.frames.set(count + u32::from(pushed.is_ok()));
    pushed.is_ok()
}

/// Attaches a Context for the last frame. Whether it is: in a function that is called inside `Context::map_current`, attaching panics.
///
/// It is made where it is attached, as moving it costs more than making it. The frames are not borrowed meanwhile: a panic hook may run.
#[inline(always)]
pub(super) fn attach(thread: &Thread, context: impl FnOnce() -> Context) -> bool {
    let own = thread.otel.frames.get() as usize - 1;
    let mut guard = contained(|| context().attach());
    let is_attached = guard.is_some();
    if is_attached {
        with_frames(thread, |frames| std::mem::swap(&mut frames[own].guard, &mut guard));
    }
    is_attached
}

/// The Context that the last frame attached, if it is this entry's: it is kept.
pub(super) fn keep(thread: &Thread, entry: u32) -> Option<Context> {
    let nth = thread.nth_entry(entry);
    let is_own = with_frames(thread, |frames| {
        let own = frames.last().filter(|last| last.entry() == nth && last.guard.is_some());
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
            let (last, rest) = frames.split_last_mut()?;
            if !is_found && last.has(entry) {
                (first, is_found) = (last.entry(), true);
            }
            (last.entry() >= first).then(|| {
                thread.otel.frames.set(rest.len() as u32);
                thread.otel.known.set(last.before.get());
                (last.taken(), rest.len() as u32)
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
        frames[at..].rotate_left(1);
        let (rest, own) = frames.split_at_mut(frames.len() - 1);
        thread.otel.frames.set(thread.otel.frames.get() - 1);
        match rest.get(at) {
            Some(next) => next.before.set(own[0].before.get()),
            None => thread.otel.known.set(own[0].before.get()),
        }
        Some(own[0].taken())
    });
    taken.flatten().into_iter().for_each(Taken::end);
}
