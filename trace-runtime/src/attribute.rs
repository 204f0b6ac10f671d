//! Attributes on their way into an open span.
//!
//! Most values own nothing and are short. Those are copied into the slot's inline words as they are ([`said`]); all others go the long
//! way, which puts them into wire form, looks at every limit and may spill.

use crate::handle::Handle;
use crate::layout::{self, COUNTS, END, HEAD};
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
}

/// How a key comes.
trait Spelled: Copy {
    fn bytes(self) -> usize;
    /// Writes it into words that have room for it.
    fn write(self, to: &[AtomicU64]);
}

impl Spelled for &str {
    #[inline(always)]
    fn bytes(self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn write(self, to: &[AtomicU64]) {
        said::copy(self.as_bytes(), to);
    }
}

impl Spelled for Short {
    #[inline(always)]
    fn bytes(self) -> usize {
        usize::from(self.len)
    }

    #[inline(always)]
    fn write(self, to: &[AtomicU64]) {
        for (place, word) in to.iter().zip(self.words) {
            place.store(word, Relaxed);
        }
    }
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
            push_short_number(handle, short.words[0], short.words[1], [kind, short.len], number);
        }
        (Some((kind, number)), _, None) => push_number(handle, text, flags, kind, number),
        (None, Some(Plain::Str(value)), Some(short)) => {
            push_short_text(handle, short.words[0], short.words[1], short.len, value);
        }
        (None, Some(Plain::Str(value)), None) => push_text(handle, text, flags, value),
        _ => push_value(handle, text, flags, value.to_value()),
    }
}

// What follows gets no structure: it would go through memory.

#[inline(never)]
fn push_short_number(handle: Handle, key: u64, rest: u64, [kind, len]: [u8; 2], number: u64) {
    let key = Short { words: [key, rest], len };
    if !push(handle, key, 0, kind, &number.to_le_bytes(), 0) {
        push_short_value(handle, key.words[0], key.words[1], key.len, value_of(kind, number));
    }
}

#[inline(never)]
fn push_number(handle: Handle, key: &str, flags: u16, kind: u8, number: u64) {
    if !push(handle, key, flags, kind, &number.to_le_bytes(), 0) {
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

#[inline(never)]
fn push_short_text(handle: Handle, key: u64, rest: u64, len: u8, text: &str) {
    let key = Short { words: [key, rest], len };
    if !push(handle, key, 0, layout::TEXT, text.as_bytes(), text.len()) {
        push_short_value(handle, key.words[0], key.words[1], key.len, Value::Str(Cow::Borrowed(text)));
    }
}

#[cold]
#[inline(never)]
fn push_short_value(handle: Handle, key: u64, rest: u64, len: u8, value: Value<'_>) {
    let mut bytes = [0; 16];
    for (to, word) in bytes.chunks_exact_mut(8).zip([key, rest]) {
        to.copy_from_slice(&word.to_le_bytes());
    }
    let key = bytes.get(..usize::from(len)).and_then(|bytes| std::str::from_utf8(bytes).ok());
    push_value(handle, key.unwrap_or_default(), 0, Some(value));
}

#[inline(never)]
fn push_text(handle: Handle, key: &str, flags: u16, text: &str) {
    if !push(handle, key, flags, layout::TEXT, text.as_bytes(), text.len()) {
        push_value(handle, key, flags, Some(Value::Str(Cow::Borrowed(text))));
    }
}

/// Writes it into the slot as it is, if it is within all limits and there is room.
#[inline(always)]
fn push(handle: Handle, key: impl Spelled, flags: u16, kind: u8, value: &[u8], limited: usize) -> bool {
    let slot = handle.slot;
    let counts = slot.word(COUNTS);
    let end = slot.word(END);
    let used = end as u32 as usize;
    let key_words = key.bytes().div_ceil(8);
    let words = 1 + key_words + value.len().div_ceil(8);
    let is_within = tracer::is_within_limits(limited, layout::lane(counts, 0)) && key.bytes() < 1 << 16;
    if !handle.is_owned() || !is_within || slot.has_spilled(handle.generation()) {
        return false;
    }
    let Some((head, rest)) = slot.inline.get(used..used + words).and_then(|words| words.split_first()) else {
        return false;
    };
    let Some((key_place, value_place)) = rest.split_at_checked(key_words) else { return false };
    head.store(layout::said(kind, key.bytes() as u16, key_words * 8 + value.len()), Relaxed);
    key.write(key_place);
    said::copy(value, value_place);
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
