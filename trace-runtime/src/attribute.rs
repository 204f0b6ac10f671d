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
use std::sync::atomic::{Ordering::Relaxed, Ordering::Release};

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

/// Puts an attribute on an open span.
#[inline(always)]
pub(crate) fn set_attribute<T: ToValue + ?Sized>(handle: Handle, key: Key<'_>, value: &T) {
    let (text, flags) = (key.text(), key.flags());
    match value.to_plain() {
        Some(Plain::Bool(bool)) => push_number(handle, text, flags, layout::BOOL, u64::from(bool)),
        Some(Plain::Int(int)) => push_number(handle, text, flags, layout::INT, int as u64),
        Some(Plain::Double(float)) => push_number(handle, text, flags, layout::DOUBLE, float.to_bits()),
        Some(Plain::Str(value)) => push_text(handle, text, flags, value),
        None => push_value(handle, text, flags, value.to_value()),
    }
}

#[inline(never)]
fn push_number(handle: Handle, key: &str, flags: u16, kind: u8, number: u64) {
    if !push(handle, key, flags, kind, &number.to_le_bytes(), 0) {
        let value = match kind {
            layout::BOOL => Value::Bool(number != 0),
            layout::INT => Value::Int(number as i64),
            _ => Value::Double(f64::from_bits(number)),
        };
        push_value(handle, key, flags, Some(value));
    }
}

#[inline(never)]
fn push_text(handle: Handle, key: &str, flags: u16, text: &str) {
    if !push(handle, key, flags, layout::TEXT, text.as_bytes(), text.len()) {
        push_value(handle, key, flags, Some(Value::Str(Cow::Borrowed(text))));
    }
}

/// Writes it into the slot as it is, if it is within all limits and there is room.
#[inline(always)]
fn push(handle: Handle, key: &str, flags: u16, kind: u8, value: &[u8], limited: usize) -> bool {
    let slot = handle.slot;
    let counts = slot.word(COUNTS);
    let end = slot.word(END);
    let used = end as u32 as usize;
    let key_words = key.len().div_ceil(8);
    let words = 1 + key_words + value.len().div_ceil(8);
    let is_within = tracer::is_within_limits(limited, layout::lane(counts, 0)) && key.len() < 1 << 16;
    if !handle.is_owned() || !is_within || slot.has_spilled(handle.generation()) {
        return false;
    }
    let Some((head, rest)) = slot.inline.get(used..used + words).and_then(|words| words.split_first()) else {
        return false;
    };
    let Some((key_place, value_place)) = rest.split_at_checked(key_words) else { return false };
    head.store(layout::said(kind, key.len() as u16, key_words * 8 + value.len()), Relaxed);
    said::copy(key.as_bytes(), key_place);
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
