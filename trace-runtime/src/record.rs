//! Records as their reader sees them.

use crate::block;
use crate::callsite::{self, Callsite};
use crate::clock::Timeline;
use crate::crash::{Claims, Place};
use crate::id::{SpanId, TraceId};
use crate::keys::Keys;
use crate::layout::{
    self, CALLSITE, COUNTS, DROPPED, EARLY, END, HEAD, HEADER, LOCAL_ROOT, PARENT, REMOTE_PARENT, SPAN, START, TRACE,
    entry_parts, entry_words, lane,
};
use crate::said::Said;
use crate::slot::read_bytes;
use crate::wire::{key_of, push_varint};
use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A finished span, as it lies in a thread's buffer. Read by exporters; see [`drain`](crate::export::drain).
pub struct Record<'a> {
    header: &'a [AtomicU64; HEADER],
    pub(crate) entries: &'a [AtomicU64],
    pub(crate) timeline: &'a Timeline,
    /// Where it lies, if that memory outlives the process and nobody has claimed it.
    pub(crate) place: Cell<Option<Place>>,
}

/// The parts of a record that differ from span to span in number: reused from one record to the next.
///
/// Attributes and links are OTLP messages (`KeyValue`, `Span.Link`); events are `Span.Event` without their time.
#[derive(Default, Debug)]
pub struct Parts {
    bytes: Vec<u8>,
    attributes: Vec<Range<usize>>,
    /// Those of `attributes`, if some may be the same.
    keys: Keys,
    events: Vec<(u64, Range<usize>)>,
    links: Vec<Range<usize>>,
    name: Option<Range<usize>>,
    status: Option<Range<usize>>,
    start: Option<u64>,
    end: Option<u64>,
}

impl Parts {
    /// Encoded `KeyValue`s. No key occurs twice.
    pub fn attributes(&self) -> impl Iterator<Item = &[u8]> {
        self.attributes.iter().map(|range| &self.bytes[range.clone()])
    }

    /// Nanoseconds since the Unix epoch, and the encoded rest of the `Event`.
    pub fn events(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.events.iter().map(|(time, range)| (*time, &self.bytes[range.clone()]))
    }

    /// Encoded `Link`s.
    pub fn links(&self) -> impl Iterator<Item = &[u8]> {
        self.links.iter().map(|range| &self.bytes[range.clone()])
    }

    /// The name given at run time, in place of the callsite's.
    pub fn name(&self) -> Option<&[u8]> {
        self.name.clone().map(|range| &self.bytes[range])
    }

    /// The description of the status.
    pub fn status_message(&self) -> &[u8] {
        self.status.clone().map_or(&[], |range| &self.bytes[range])
    }
}

impl<'a> Record<'a> {
    pub(crate) fn new(header: &'a [AtomicU64; HEADER], entries: &'a [AtomicU64], timeline: &'a Timeline) -> Self {
        Self { header, entries, timeline, place: Cell::new(None) }
    }
}

impl Record<'_> {
    /// Keeps the span findable after a crash until `claims` is dropped. Otherwise it counts as settled once this is over.
    #[inline]
    pub fn claim(&self, claims: &mut Claims) {
        if let Some(place) = self.place.take() {
            claims.add(place);
        }
    }

    /// The same for claims that may last long, such as until the span's local root ends: where memory for records is not plentiful, it is
    /// settled instead.
    pub fn claim_for_long(&self, claims: &mut Claims) {
        if let Some(place) = self.place.take().and_then(Place::keep_for_long) {
            claims.add(place);
        }
    }

    /// Whoever took it has not claimed it.
    #[inline]
    pub(crate) fn settle_unclaimed(&self) {
        if let Some(place) = self.place.take() {
            place.settle();
        }
    }

    #[inline(always)]
    pub(crate) fn word(&self, nth: usize) -> u64 {
        self.header[nth].load(Relaxed)
    }

    /// All of its words.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        self.header.iter().chain(self.entries).map(|word| word.load(Relaxed))
    }

    #[inline]
    fn flags(&self) -> u16 {
        (self.word(HEAD) >> 48) as u16
    }

    /// The place that made it.
    pub fn callsite(&self) -> Option<&'static Callsite> {
        callsite::by_id(self.callsite_id())
    }

    /// The callsite's number: small, and the same for the life of the process.
    #[inline]
    pub fn callsite_id(&self) -> u32 {
        self.word(CALLSITE) as u32
    }

    pub(crate) fn block(&self) -> u32 {
        (self.word(CALLSITE) >> 32) as u32
    }

    /// The `tracestate`, if there is one.
    pub fn trace_state(&self) -> Option<Arc<str>> {
        block::trace_state(self.block())
    }

    /// The trace.
    #[inline]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from_u128(u128::from(self.word(TRACE)) << 64 | u128::from(self.word(TRACE + 1)))
    }

    /// The span.
    #[inline]
    pub fn span_id(&self) -> SpanId {
        SpanId::from_u64(self.word(SPAN))
    }

    /// Its parent; zero for none.
    #[inline]
    pub fn parent_id(&self) -> SpanId {
        SpanId::from_u64(self.word(PARENT))
    }

    /// The local root above it, or itself.
    #[inline]
    pub fn local_root_id(&self) -> SpanId {
        SpanId::from_u64(self.word(LOCAL_ROOT))
    }

    /// Whether the parent is in another process.
    #[inline]
    pub fn has_remote_parent(&self) -> bool {
        self.flags() & REMOTE_PARENT != 0
    }

    /// The trace flags of W3C Trace Context: sampled, and whether the trace id is random.
    #[inline]
    pub fn trace_flags(&self) -> u8 {
        let random = if self.flags() & layout::RANDOM_TRACE == 0 { 0 } else { 2 };
        random | u8::from(self.is_sampled())
    }

    /// Whether the sampler wanted it. What it did not want is recorded only under
    /// [`TracerConfig::keep`](crate::export::TracerConfig::keep).
    #[inline]
    pub fn is_sampled(&self) -> bool {
        self.flags() & layout::HEAD_OFF == 0
    }

    /// Whether it has no parent in this process.
    pub fn is_local_root(&self) -> bool {
        self.word(SPAN) == self.word(LOCAL_ROOT)
    }

    /// Start and end in nanoseconds since the Unix epoch; the end is never before the start. `parts` are those of this record.
    pub fn unix_nanos(&self, parts: &Parts) -> (u64, u64) {
        let (start, end) = self.clock_nanos();
        let start = parts.start.unwrap_or(start);
        (start, parts.end.unwrap_or(end).max(start))
    }

    /// The same where nobody said a time.
    #[inline]
    pub fn clock_nanos(&self) -> (u64, u64) {
        let (start, end) = (self.word(START), self.word(END));
        self.timeline.span_nanos(start, end.max(start), self.epoch())
    }

    fn epoch(&self) -> u16 {
        lane(self.word(COUNTS), 3)
    }

    /// OTLP's number of the kind.
    #[inline]
    pub fn kind(&self) -> u8 {
        (self.word(HEAD) >> 32) as u8
    }

    /// OTLP's number of the status: 0 unset, 1 ok, 2 error.
    #[inline]
    pub fn status_code(&self) -> u8 {
        (self.word(HEAD) >> 40) as u8
    }

    /// Whether the status is Error.
    #[inline]
    pub fn is_error(&self) -> bool {
        self.status_code() == layout::ERROR
    }

    /// `trace.end`: why the span ended before its call did.
    pub fn end_reason(&self) -> Option<&'static str> {
        match self.flags() & EARLY {
            0 => None,
            layout::CANCELLED => Some("cancelled"),
            layout::CRASH => Some("crash"),
            _ => Some("shutdown"),
        }
    }

    /// `trace.cut`: values that were cut.
    pub fn cut_values(&self) -> u16 {
        lane(self.word(DROPPED), 3)
    }

    /// Attributes, events and links beyond the limits.
    pub fn dropped(&self) -> [u16; 3] {
        [0, 1, 2].map(|nth| lane(self.word(DROPPED), nth))
    }

    /// Whether there are no parts at all.
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether status, `tracestate`, `trace.end`, `trace.cut` and counts of what was dropped are all absent.
    #[inline]
    pub fn says_no_more(&self) -> bool {
        self.status_code() == 0 && self.flags() & EARLY == 0 && self.word(DROPPED) == 0 && self.block() == 0
    }

    /// Appends each attribute as a field with this tag, if the record holds nothing but attributes whose keys are known to differ.
    /// If not, what was appended so far is to be taken back.
    pub fn append_attributes(&self, tag: u8, to: &mut Vec<u8>) -> bool {
        let mut rest = self.entries;
        let mut is_first = true;
        while let Some((word, after)) = rest.split_first() {
            let word = word.load(Relaxed);
            let (kind, bytes) = entry_parts(word);
            let Some((content, next)) = after.split_at_checked(entry_words(bytes) - 1) else { return false };
            if self.flags() & layout::LOOSE_KEYS != 0 && !is_first {
                return false;
            }
            if let Some(said) = Said::new(word, content) {
                to.push(tag);
                push_varint(to, said.len() as u64);
                said.push(to);
            } else if kind == layout::ATTRIBUTE {
                to.push(tag);
                push_varint(to, bytes as u64);
                read_bytes(content, bytes, to);
            } else {
                return false;
            }
            (rest, is_first) = (next, false);
        }
        true
    }

    /// Sorts out what the record holds. `into` is emptied first.
    pub fn read(&self, into: &mut Parts) {
        into.bytes.clear();
        into.attributes.clear();
        into.keys = Keys::default();
        into.events.clear();
        into.links.clear();
        into.name = None;
        into.status = None;
        into.start = None;
        into.end = None;
        let loose = self.flags() & layout::LOOSE_KEYS != 0;
        let mut rest = self.entries;
        while let Some((word, after)) = rest.split_first() {
            let word = word.load(Relaxed);
            let (_, bytes) = entry_parts(word);
            let Some((content, next)) = after.split_at_checked(entry_words(bytes) - 1) else { return };
            rest = next;
            self.read_entry(word, content, loose, into);
        }
    }

    fn read_entry(&self, word: u64, content: &[AtomicU64], loose: bool, into: &mut Parts) {
        let (kind, bytes) = entry_parts(word);
        let start = into.bytes.len();
        let first = content.first().map_or(0, |word| word.load(Relaxed));
        match kind {
            layout::EVENT | layout::EVENT_AT => {
                let Some((_, body)) = content.split_first() else { return };
                read_bytes(body, bytes - 8, &mut into.bytes);
                let ticks = kind == layout::EVENT;
                let time = if ticks { self.timeline.unix_nanos(first, self.epoch()) } else { first };
                into.events.push((time, start..into.bytes.len()));
                return;
            }
            layout::START_AT => {
                into.start = Some(first);
                return;
            }
            layout::END_AT => {
                into.end = Some(first);
                return;
            }
            _ => {}
        }
        match Said::new(word, content) {
            Some(said) => said.push(&mut into.bytes),
            None => read_bytes(content, bytes, &mut into.bytes),
        }
        let range = start..into.bytes.len();
        match kind {
            _ if layout::is_attribute(kind) && loose => add_or_replace(into, range),
            _ if layout::is_attribute(kind) => into.attributes.push(range),
            layout::LINK => into.links.push(range),
            layout::NAME => into.name = Some(range),
            layout::STATUS if into.bytes[start] == self.status_code() => into.status = Some(start + 1..range.end),
            _ => {}
        }
    }
}

/// The last value of a key counts.
fn add_or_replace(into: &mut Parts, range: Range<usize>) {
    let key = key_of(&into.bytes[range.clone()]);
    let is_same = |older: &Range<usize>| key_of(&into.bytes[older.clone()]) == key;
    let older = if into.keys.is_new(key) { None } else { into.attributes.iter().position(is_same) };
    match older {
        Some(nth) => into.attributes[nth] = range,
        None => into.attributes.push(range),
    }
}

impl std::fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("trace_id", &self.trace_id()).field("span_id", &self.span_id()).finish()
    }
}
