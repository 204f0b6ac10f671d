//! The words of a slot and of a record.
//!
//! Both begin with the same [`HEADER`] words, so that finishing a span is one copy; then come
//! *entries*: one word that says what follows and how many bytes it has, and the bytes, padded to
//! words, in the wire form of OTLP's `Span` message, or an attribute as it was said.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Header words of slots and records.
pub(crate) const HEADER: usize = 11;

/// Words in the record (32) | kind (8) | status (8) | flags (16).
pub(crate) const HEAD: usize = 0;
/// Callsite (32) | block (32).
pub(crate) const CALLSITE: usize = 1;
/// Trace id, most significant word first.
pub(crate) const TRACE: usize = 2;
pub(crate) const SPAN: usize = 4;
/// Span id of the local root. What a poll looks at is in a slot's first cache line.
pub(crate) const LOCAL_ROOT: usize = 5;
/// Parent's span id, 0 for none.
pub(crate) const PARENT: usize = 6;
/// Ticks.
pub(crate) const START: usize = 7;
/// In a record: ticks. In a slot: words of entries in use (32) | tracer (32).
pub(crate) const END: usize = 8;
/// Attributes, events, links (16 each) | wall epoch (16).
pub(crate) const COUNTS: usize = 9;
/// Dropped attributes, events, links (16 each) | cut values (16), all saturating.
pub(crate) const DROPPED: usize = 10;

/// Words of the record of a call without a span. No span's record is as short.
///
/// Words of the record (31) | whether the call failed (1) | callsite (32); then ticks in all, and without those of counted calls inside,
/// each as the bits of an `f32`.
pub(crate) const CALL: usize = 2;
/// In the first of them.
pub(crate) const CALL_FAILED: u64 = 1 << 31;

/// Whether this is the first word of a call's record.
pub(crate) const fn is_call(head: u64) -> bool {
    head as u32 & !(CALL_FAILED as u32) == CALL as u32
}

/// Marks the records in this range of a chunk's words as settled. Gives how many were not.
pub(crate) fn settle(words: &[AtomicU64], Range { start: mut at, end }: Range<usize>) -> u64 {
    let mut count = 0;
    while let Some(head) = words.get(at).filter(|_| at < end) {
        let word = head.load(Relaxed);
        if is_call(word) {
            at += CALL;
            continue;
        }
        let settled = word | u64::from(SETTLED) << 48;
        head.store(settled, Relaxed);
        at += (word as u32 as usize).max(HEADER);
        count += u64::from(settled != word);
    }
    count
}

/// Status codes of OTLP.
pub(crate) const UNSET: u8 = 0;
pub(crate) const OK: u8 = 1;
pub(crate) const ERROR: u8 = 2;

/// Flags in `HEAD`. The low two say how the span ended early (`trace.end`).
pub(crate) const CANCELLED: u16 = 1;
pub(crate) const SHUTDOWN: u16 = 2;
pub(crate) const CRASH: u16 = 3;
pub(crate) const EARLY: u16 = 3;
/// The parent is in another process.
pub(crate) const REMOTE_PARENT: u16 = 4;
/// There is a [`NAME`] entry.
pub(crate) const RENAMED: u16 = 8;
/// Attributes were set at run time: the same key may occur twice.
pub(crate) const LOOSE_KEYS: u16 = 16;

/// In memory that outlives the process: the span has an outcome, and is not looked for after a crash.
pub(crate) const SETTLED: u16 = 1 << 15;

/// The trace id is random. The same bit as in a [`TraceCtx`](crate::ctx).
pub(crate) const RANDOM_TRACE: u16 = crate::ctx::RANDOM;
/// Flags of the trace that a slot remembers, each the same bit as in a [`TraceCtx`](crate::ctx).
pub(crate) const OF_TRACE: u16 = RANDOM_TRACE | crate::ctx::FORCED | HEAD_OFF;

/// The sampler said no. The same bit as in a [`TraceCtx`](crate::ctx).
pub(crate) const HEAD_OFF: u16 = crate::ctx::HEAD_OFF;

/// All flags of `HEAD` that there are.
pub(crate) const KNOWN: u16 = EARLY | REMOTE_PARENT | RENAMED | LOOSE_KEYS | OF_TRACE | SETTLED;

/// Kinds of entries.
pub(crate) const DEAD: u8 = 0;
/// A `KeyValue`.
pub(crate) const ATTRIBUTE: u8 = 1;
/// One word of ticks, then an `Event` without its time.
pub(crate) const EVENT: u8 = 2;
/// A `Link`.
pub(crate) const LINK: u8 = 3;
/// The span's name; the last one counts.
pub(crate) const NAME: u8 = 4;
/// One byte of status code, then the description.
pub(crate) const STATUS: u8 = 5;
/// Nanoseconds since the Unix epoch, in place of the ticks: when somebody said so.
pub(crate) const START_AT: u8 = 6;
pub(crate) const END_AT: u8 = 7;
/// Like [`EVENT`], with nanoseconds since the Unix epoch.
pub(crate) const EVENT_AT: u8 = 8;

/// Attributes as they were said, which are put into wire form when they are read: the key, with zeros up to a whole word, and a number as
/// a word, or a text. Their first word has the key's bytes, too.
pub(crate) const BOOL: u8 = 9;
pub(crate) const INT: u8 = 10;
pub(crate) const DOUBLE: u8 = 11;
pub(crate) const TEXT: u8 = 12;

/// Whether entries of this kind are attributes.
pub(crate) const fn is_attribute(kind: u8) -> bool {
    kind == ATTRIBUTE || is_said(kind)
}

/// Whether entries of this kind are attributes as they were said.
pub(crate) const fn is_said(kind: u8) -> bool {
    BOOL <= kind && kind <= TEXT
}

/// The word in front of an entry: kind (8) | bytes (32).
pub(crate) const fn entry(kind: u8, bytes: usize) -> u64 {
    kind as u64 | (bytes as u32 as u64) << 8
}

/// The word in front of an attribute as it was said: the same | bytes of the key (16).
pub(crate) const fn said(kind: u8, key: u16, bytes: usize) -> u64 {
    entry(kind, bytes) | (key as u64) << 40
}

/// Bytes of the key of an attribute as it was said, behind this word.
pub(crate) const fn said_key(word: u64) -> usize {
    (word >> 40) as u16 as usize
}

/// Kind and length in bytes of the entry behind this word.
pub(crate) const fn entry_parts(word: u64) -> (u8, usize) {
    (word as u8, (word >> 8) as u32 as usize)
}

/// Words an entry of this many bytes takes, its own word included.
pub(crate) const fn entry_words(bytes: usize) -> usize {
    1 + bytes.div_ceil(8)
}

/// Words of the entry at the start of `words`.
pub(crate) fn entry_len(words: &[AtomicU64]) -> usize {
    entry_words(entry_parts(words[0].load(Relaxed)).1)
}

pub(crate) const fn lane(word: u64, nth: u32) -> u16 {
    (word >> (16 * nth)) as u16
}

/// Adds to one 16-bit lane, saturating.
pub(crate) const fn lane_add(word: u64, nth: u32, add: u16) -> u64 {
    let sum = lane(word, nth).saturating_add(add);
    word & !(0xffff << (16 * nth)) | (sum as u64) << (16 * nth)
}
