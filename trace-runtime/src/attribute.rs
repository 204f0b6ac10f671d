//! Attributes on their way into an open span.
//!
//! Most values own nothing and are short. Those are copied into the slot's inline words as they are ([`said`]); all others go the long
//! way, which puts them into wire form, looks at every limit and may spill.

use crate::handle::Handle;
use crate::layout::{self, COUNTS, END, HEAD, entry_parts, said_key};
use crate::said;
use crate::slot::Lane;
use crate::span::limits;
use crate::tracer;
use crate::value::{ToValue, Value};
use crate::wire;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::Release};

/// A value that owns nothing.
#[derive(Clone, Copy, Debug)]
pub enum Plain<'a> {
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A string.
    Str(&'a str),
}

macro_rules! plain {
    ($($kind:ty => $plain:ident)*) => {
        $(impl<'a> From<$kind> for Plain<'a> {
            fn from(value: $kind) -> Self {
                Self::$plain(value)
            }
        })*
    };
}
plain!(bool => Bool i64 => Int f64 => Double &'a str => Str);

impl<'a> From<Plain<'a>> for Value<'a> {
    fn from(plain: Plain<'a>) -> Self {
        match plain {
            Plain::Bool(value) => Self::Bool(value),
            Plain::Int(value) => Self::Int(value),
            Plain::Double(value) => Self::Double(value),
            Plain::Str(text) => Self::Str(Cow::Borrowed(text)),
        }
    }
}

/// A key.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
    /// Known at compile time, and set once a span.
    Known(&'a str),
    /// It may be set again.
    Loose(&'a str),
}

impl<'a> Key<'a> {
    #[inline(always)]
    fn text(self) -> &'a str {
        match self {
            Self::Known(text) | Self::Loose(text) => text,
        }
    }

    #[inline(always)]
    fn flags(self) -> u16 {
        if matches!(self, Self::Loose(_)) { layout::LOOSE_KEYS } else { 0 }
    }
}

/// A key of at most 16 bytes, as the words that are written of it. Of one that is known at compile time these are constants.
#[derive(Clone, Copy)]
struct Short {
    words: [u64; 2],
    len: u8,
}

impl Short {
    #[inline(always)]
    fn new(key: &str) -> Option<Self> {
        let bytes = key.as_bytes();
        let words = match (bytes.first_chunk(), bytes.last_chunk()) {
            (Some(first), Some(last)) if bytes.len() <= 16 => {
                let rest = if bytes.len() == 8 { 0 } else { u64::from_le_bytes(*last) >> (8 * (16 - bytes.len())) };
                [u64::from_le_bytes(*first), rest]
            }
            (None, _) => [wire::low_bytes(bytes), 0],
            _ => return None,
        };
        Some(Self { words, len: bytes.len() as u8 })
    }

    /// The word in front of an attribute with this key.
    #[inline(always)]
    fn head(self, kind: u8, value: usize) -> u64 {
        head(kind, usize::from(self.len), value)
    }
}

#[inline(always)]
fn head(kind: u8, key: usize, value: usize) -> u64 {
    layout::said(kind, key as u16, key.next_multiple_of(8) + value)
}

/// Puts an attribute on an open span.
#[inline(always)]
pub(crate) fn set_attribute<T: ToValue + ?Sized>(handle: Handle, key: Key<'_>, value: &T) {
    let (text, flags) = (key.text(), key.flags());
    let plain = value.to_plain();
    let number = match plain {
        Some(Plain::Bool(bool)) => Some((layout::BOOL, u64::from(bool))),
        Some(Plain::Int(int)) => Some((layout::INT, int as u64)),
        Some(Plain::Double(float)) => Some((layout::DOUBLE, float.to_bits())),
        Some(Plain::Str(_)) | None => None,
    };
    let short = if let Key::Known(text) = key { Short::new(text) } else { None };
    match (number, plain, short) {
        (Some((kind, number)), _, Some(short)) => {
            push_short_number(handle, short.words[0], short.words[1], short.head(kind, 8), number);
        }
        (Some((kind, number)), _, None) => push_number(handle, text, flags, kind, number),
        (None, Some(Plain::Str(value)), Some(short)) => {
            push_short_text(handle, short.words[0], short.words[1], short.head(layout::TEXT, 0), value);
        }
        (None, Some(Plain::Str(value)), None) => push_text(handle, text, flags, value),
        _ => push_value(handle, text, flags, value.to_value()),
    }
}

// What follows gets no structure: it would go through memory. The long way is a call at the end, so that the short one needs no frame.

#[inline(never)]
fn push_short_number(handle: Handle, key: u64, rest: u64, head: u64, number: u64) {
    let key_words = entry_parts(head).1 / 8 - 1;
    let is_done = push(handle, 0, None, 2 + key_words, 4, |to| {
        write_short(to, head, [key, rest]);
        if let Some(place) = to.get(1 + key_words) {
            place.store(number, Relaxed);
        }
    });
    if !is_done {
        push_short_number_slowly(handle, key, rest, head, number);
    }
}

#[cold]
#[inline(never)]
fn push_short_number_slowly(handle: Handle, key: u64, rest: u64, head: u64, number: u64) {
    push_short_value(handle, [key, rest], head, value_of(entry_parts(head).0, number));
}

#[inline(never)]
fn push_number(handle: Handle, key: &str, flags: u16, kind: u8, number: u64) {
    let key_words = key.len().div_ceil(8);
    let is_done = push(handle, flags, None, 2 + key_words, 2 + key_words, |to| {
        write(to, head(kind, key.len(), 8), key, &number.to_le_bytes());
    });
    if !is_done {
        push_value(handle, key, flags, Some(value_of(kind, number)));
    }
}

#[cold]
fn value_of(kind: u8, number: u64) -> Value<'static> {
    match kind {
        layout::BOOL => Value::Bool(number != 0),
        layout::INT => Value::Int(number as i64),
        _ => Value::Double(f64::from_bits(number)),
    }
}

/// `head` is without the value's length.
#[inline(never)]
fn push_short_text(handle: Handle, key: u64, rest: u64, head: u64, text: &str) {
    let (key_words, value_words) = (entry_parts(head).1 / 8, text.len().div_ceil(8));
    let is_done = push(handle, 0, Some(text.len()), 1 + key_words + value_words, 3 + value_words, |to| {
        write_short(to, head + ((text.len() as u64) << 8), [key, rest]);
        if let Some(places) = to.get(1 + key_words..).and_then(|to| to.get(..value_words)) {
            said::copy(text.as_bytes(), places);
        }
    });
    if !is_done {
        push_short_text_slowly(handle, key, rest, head, text);
    }
}

#[cold]
#[inline(never)]
fn push_short_text_slowly(handle: Handle, key: u64, rest: u64, head: u64, text: &str) {
    push_short_value(handle, [key, rest], head, Value::Str(Cow::Borrowed(text)));
}

#[cold]
fn push_short_value(handle: Handle, key: [u64; 2], head: u64, value: Value<'_>) {
    let mut bytes = [0; 16];
    for (to, word) in bytes.chunks_exact_mut(8).zip(key) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    let key = bytes.get(..said_key(head)).and_then(|bytes| std::str::from_utf8(bytes).ok());
    push_value(handle, key.unwrap_or_default(), 0, Some(value));
}

#[inline(never)]
fn push_text(handle: Handle, key: &str, flags: u16, text: &str) {
    let words = 1 + key.len().div_ceil(8) + text.len().div_ceil(8);
    let is_done = push(handle, flags, Some(text.len()), words, words, |to| {
        write(to, head(layout::TEXT, key.len(), text.len()), key, text.as_bytes());
    });
    if !is_done {
        push_value(handle, key, flags, Some(Value::Str(Cow::Borrowed(text))));
    }
}

#[inline(always)]
fn write(to: &[AtomicU64], head: u64, key: &str, value: &[u8]) {
    let Some((first, rest)) = to.split_first() else { return };
    let Some((key_place, value_place)) = rest.split_at_checked(key.len().div_ceil(8)) else { return };
    first.store(head, Relaxed);
    said::copy(key.as_bytes(), key_place);
    said::copy(value, value_place);
}

/// Both words of the key, also of a shorter one: the value follows.
#[inline(always)]
fn write_short(to: &[AtomicU64], head: u64, [key, rest]: [u64; 2]) {
    for (place, word) in to.iter().zip([head, key, rest]) {
        place.store(word, Relaxed);
    }
}

/// Writes it into the slot as it is, if it is within all limits and there is room for `room` words, of which `words` are used.
#[inline(always)]
fn push(
    handle: Handle,
    flags: u16,
    limited: Option<usize>,
    words: usize,
    room: usize,
    write: impl FnOnce(&[AtomicU64]),
) -> bool {
    let slot = handle.slot;
    let (counts, end) = (slot.word(COUNTS), slot.word(END));
    let used = end as u32 as usize;
    let is_within = limited.is_none_or(tracer::is_short) && tracer::may_have_more(layout::lane(counts, 0));
    if !handle.is_owned() || !is_within || slot.has_spilled(handle.generation()) {
        return false;
    }
    let Some(to) = slot.inline.get(used..used + room) else { return false };
    write(to);
    if flags != 0 {
        slot.set_word(HEAD, slot.word(HEAD) | u64::from(flags) << 48);
    }
    // Neither carries into what lies above: there is room in both.
    slot.set_word(COUNTS, counts + 1);
    slot.words[END].store(end + words as u64, Release);
    true
}

/// Any value, in wire form.
#[cold]
#[inline(never)]
fn push_value(handle: Handle, key: &str, flags: u16, value: Option<Value<'_>>) {
    let Some(value) = value else { return };
    let limits = limits(handle.slot.tracer());
    if flags != 0 {
        handle.flag(flags);
    }
    let value_len = wire::value_len(&value, limits.value_bytes);
    let bytes = wire::field_len(key.len()) + wire::field_len(value_len);
    handle.push(layout::ATTRIBUTE, Some((Lane::Attributes, limits.attributes)), bytes, |to| {
        wire::write_key_value(to, key, &value, value_len, limits.value_bytes);
    });
    handle.count_cuts(wire::cuts(&value, limits.value_bytes));
}
