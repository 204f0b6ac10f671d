//! What is current: plain words, so that saving and restoring it is a few moves.

use crate::slot::Slot;
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// There is a current span.
pub(crate) const VALID: u16 = 1;
/// It is sampled: W3C's sampled flag, and if it is ours, it is recorded.
pub(crate) const SAMPLED: u16 = 2;
/// It belongs to another process; what starts under it is a local root.
pub(crate) const REMOTE: u16 = 4;
/// The sampler wants to be asked for every span.
pub(crate) const ASK: u16 = 8;
/// Not a span, but a stretch in which none may start.
pub(crate) const MUTED: u16 = 16;
/// The trace id is random: W3C's random flag. The same for all spans of a trace.
pub(crate) const RANDOM: u16 = 32;
/// The caller wants this trace whatever a sampler would say: B3's and Jaeger's debug flag.
pub(crate) const FORCED: u16 = 64;
/// With [`REMOTE`]: the caller left the sampling decision to us.
pub(crate) const DEFERRED: u16 = 128;
/// Without [`VALID`]: there is no span, but a caller's sampling decision, which is in [`SAMPLED`].
pub(crate) const DECIDED: u16 = 256;
/// Each span of this trace is entered the long way: it has an OpenTelemetry Context of its own, or an id from elsewhere.
pub(crate) const SLOW: u16 = 512;
/// The Context's span may be locked by the caller, so what is entered now gets its own.
pub(crate) const LOCKED: u16 = 1024;
/// Ids come from a generator of the program's.
pub(crate) const OWN_IDS: u16 = 2048;

/// Recorded although the sampler said no: at its end it is decided what is kept. Other processes are told that it is not sampled.
pub(crate) const HEAD_OFF: u16 = 4096;

/// Without [`SAMPLED`]: what the calls below cost is counted.
pub(crate) const COUNTED: u16 = 8192;

/// The flags that decide how a span is entered; a recorded child of a plain span has the first two.
pub(crate) const WAY: u16 = VALID | SAMPLED | REMOTE | ASK | SLOW | LOCKED | OWN_IDS | COUNTED;

/// What the spans of a local trace have in common. All zero: no trace, global tracer.
#[derive(Clone, Copy)]
pub(crate) struct TraceCtx {
    pub(crate) id: [u64; 2],
    pub(crate) local_root: u64,
    /// The tracer.
    home: u64,
    /// Flags (16) | wall epoch (16) | block (32): what may differ within a local trace.
    state: u64,
}

/// Words of a [`TraceCtx`].
pub(crate) const TRACE_CTX_WORDS: usize = 5;

impl TraceCtx {
    pub(crate) const NONE: Self = Self { id: [0; 2], local_root: 0, home: 0, state: 0 };

    pub(crate) fn of_tracer(tracer: u32) -> Self {
        Self { home: u64::from(tracer), ..Self::NONE }
    }

    #[inline]
    pub(crate) fn block(&self) -> u32 {
        (self.state >> 32) as u32
    }

    #[inline]
    pub(crate) fn tracer(&self) -> u32 {
        self.home as u32
    }

    #[inline]
    pub(crate) fn flags(&self) -> u16 {
        self.state as u16
    }

    #[inline]
    pub(crate) fn epoch(&self) -> u16 {
        (self.state >> 16) as u16
    }

    pub(crate) fn with_block(self, block: u32) -> Self {
        Self { state: self.state & 0xffff_ffff | u64::from(block) << 32, ..self }
    }

    pub(crate) fn with_flags(self, flags: u16) -> Self {
        Self { state: self.state & !0xffff | u64::from(flags), ..self }
    }

    pub(crate) fn with_epoch(self, epoch: u16) -> Self {
        Self { state: self.state & !0xffff_0000 | u64::from(epoch) << 16, ..self }
    }

    #[inline]
    pub(crate) fn state(&self) -> u64 {
        self.state
    }

    /// One word for all of it: where it is the same, so is the rest. Ids of other processes, or of a generator of the program's, may be
    /// small or follow one another: they do not make up for a difference elsewhere.
    #[inline]
    pub(crate) fn key(&self) -> u64 {
        let Self { id: [high, low], local_root, home, state } = *self;
        let odd = [0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0xd6e8_feb8_6659_fd93];
        let words = [state, local_root, low, high ^ home.rotate_left(32)];
        words.iter().zip(odd).fold(0, |all, (word, odd): (&u64, u64)| all ^ word.wrapping_mul(odd).rotate_left(29))
    }

    /// With what [`state`](Self::state) gave.
    pub(crate) fn with_state(self, state: u64) -> Self {
        Self { state, ..self }
    }

    #[inline(always)]
    pub(crate) fn to_words(self) -> [u64; TRACE_CTX_WORDS] {
        [self.id[0], self.id[1], self.local_root, self.home, self.state]
    }

    #[inline(always)]
    pub(crate) fn from_words([high, low, local_root, home, state]: [u64; TRACE_CTX_WORDS]) -> Self {
        Self { id: [high, low], local_root, home, state }
    }
}

/// The current span itself.
#[derive(Clone, Copy)]
pub(crate) struct SpanCtx {
    pub(crate) id: u64,
    pub(crate) slot: Option<&'static Slot>,
    pub(crate) place: Place,
}

impl SpanCtx {
    pub(crate) const NONE: Self = Self { id: 0, slot: None, place: Place(0) };
}

/// Entry (30) | whether there is more to undo than what is current (1) | whether who set this is the slot's owner (1) | generation of
/// the slot (32), from the high bits down.
///
/// Each time something becomes current on a thread, that is an entry, with the next number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u64);

const OWNED: u64 = 1 << 32;
const FRAMED: u64 = 1 << 33;
const ENTRY: u32 = 34;

/// The numbers of entries begin again after this one.
pub(crate) const ENTRIES: u32 = u32::MAX >> 2;

impl Place {
    pub(crate) const NOWHERE: Self = Self(0);

    /// A number, where there is no place.
    #[inline]
    pub(crate) fn of_word(word: u64) -> Self {
        Self(word)
    }

    #[inline]
    pub(crate) fn word(self) -> u64 {
        self.0
    }

    /// The owner's place in a slot that was just opened.
    #[inline]
    pub(crate) fn owner(generation: u32) -> Self {
        Self(u64::from(generation) | OWNED)
    }

    #[inline]
    pub(crate) fn generation(self) -> u32 {
        self.0 as u32
    }

    /// The number of the entry.
    #[inline]
    pub(crate) fn entry(self) -> u32 {
        (self.0 >> ENTRY) as u32
    }

    #[inline]
    pub(crate) fn is_owner(self) -> bool {
        self.0 & OWNED != 0
    }

    /// The same place with this entry.
    #[inline(always)]
    pub(crate) fn entered(self, entry: u64) -> Self {
        Self(self.0 & (FRAMED - 1) | entry << ENTRY)
    }

    /// The same for what was never entered.
    #[inline(always)]
    pub(crate) fn first_entered(self, entry: u64) -> Self {
        debug_assert_eq!(self.0 >> ENTRY | self.0 & FRAMED, 0);
        Self(self.0 | entry << ENTRY)
    }

    /// The same place for those who are not the owner.
    pub(crate) fn shared(self) -> Self {
        Self(self.0 & !OWNED)
    }
}

/// A thread's [`TraceCtx`].
///
/// These two cells are read right after they were written, word by word. As atomics their words also stay words: two of them read at
/// once would wait until both writes have reached the cache, which costs more than all the moves.
pub(crate) struct TraceCell {
    words: [AtomicU64; TRACE_CTX_WORDS],
    /// See [`TraceCtx::key`].
    key: AtomicU64,
}

impl TraceCell {
    pub(crate) const fn new() -> Self {
        Self { words: [const { AtomicU64::new(0) }; TRACE_CTX_WORDS], key: AtomicU64::new(0) }
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> TraceCtx {
        TraceCtx::from_words(std::array::from_fn(|nth| self.words[nth].load(Relaxed)))
    }

    /// The flags alone.
    #[inline(always)]
    pub(crate) fn flags(&self) -> u16 {
        self.words[TRACE_CTX_WORDS - 1].load(Relaxed) as u16
    }

    /// The tracer alone.
    #[inline(always)]
    pub(crate) fn tracer(&self) -> u32 {
        self.words[3].load(Relaxed) as u32
    }

    /// See [`TraceCtx::key`].
    #[inline(always)]
    pub(crate) fn key(&self) -> u64 {
        self.key.load(Relaxed)
    }

    #[inline(always)]
    pub(crate) fn set(&self, trace: &TraceCtx) {
        for (place, word) in self.words.iter().zip(trace.to_words()) {
            place.store(word, Relaxed);
        }
        self.key.store(trace.key(), Relaxed);
    }
}

/// A thread's [`SpanCtx`]; see [`TraceCell`].
pub(crate) struct SpanCell {
    id: AtomicU64,
    slot: Cell<Option<&'static Slot>>,
    place: AtomicU64,
}

impl SpanCell {
    pub(crate) const fn new() -> Self {
        Self { id: AtomicU64::new(0), slot: Cell::new(None), place: AtomicU64::new(0) }
    }

    #[inline(always)]
    pub(crate) fn id(&self) -> u64 {
        self.id.load(Relaxed)
    }

    /// The number of the last entry.
    #[inline(always)]
    pub(crate) fn entry(&self) -> u32 {
        Place(self.place.load(Relaxed)).entry()
    }

    /// Whether this entry is the last one and has nothing to undo but what is current.
    #[inline(always)]
    pub(crate) fn is_plainly(&self, entered: Place) -> bool {
        self.place.load(Relaxed) == entered.0
    }

    /// There is more to undo for the last entry than what is current.
    #[cfg(feature = "otel")]
    pub(crate) fn set_framed(&self) {
        self.place.store(self.place.load(Relaxed) | FRAMED, Relaxed);
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> SpanCtx {
        SpanCtx { id: self.id.load(Relaxed), slot: self.slot.get(), place: Place(self.place.load(Relaxed)) }
    }

    #[inline(always)]
    pub(crate) fn set(&self, span: &SpanCtx) {
        self.id.store(span.id, Relaxed);
        self.slot.set(span.slot);
        self.place.store(span.place.0, Relaxed);
    }
}
