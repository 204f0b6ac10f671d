//! Attributes on their way into an open span.
//!
//! Most values own nothing and are short. Those are encoded straight into the slot's inline words; all others go the long way, which
//! looks at every limit and may spill.

use crate::handle::Handle;
use crate::layout::{self, COUNTS, END, HEAD, entry, entry_words};
use crate::slot::{INLINE, Lane};
use crate::span::limits;
use crate::tracer;
use crate::value::{ToValue, Value};
use crate::wire::{self, Key, WordWriter};
use std::borrow::Cow;
use std::sync::atomic::{Ordering::Relaxed, Ordering::Release};

/// Bytes of a text whose value, with tags and lengths, has lengths of one byte.
const SHORT: usize = 120;

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

/// A kind of [`Plain`] value: what is done for each is compiled for each.
trait Kind<'a>: Copy + Into<Plain<'a>> {
    /// Bytes of the `KeyValue.value` field, if all its lengths have one byte.
    fn short(self) -> Option<usize>;

    /// Bytes of its text.
    fn text(self) -> usize {
        0
    }

    /// Writes that field.
    fn write(self, to: &mut WordWriter<'_>);
}

impl Kind<'_> for bool {
    #[inline(always)]
    fn short(self) -> Option<usize> {
        Some(4)
    }

    #[inline(always)]
    fn write(self, to: &mut WordWriter<'_>) {
        to.part(0x0010_0212 | u64::from(self) << 24, 4);
    }
}

impl Kind<'_> for i64 {
    #[inline(always)]
    fn short(self) -> Option<usize> {
        Some(3 + wire::varint_len(self as u64))
    }

    #[inline(always)]
    fn write(self, to: &mut WordWriter<'_>) {
        to.part(0x0018_0012 | (1 + wire::varint_len(self as u64) as u64) << 8, 3);
        to.varint(self as u64);
    }
}

impl Kind<'_> for f64 {
    #[inline(always)]
    fn short(self) -> Option<usize> {
        Some(11)
    }

    #[inline(always)]
    fn write(self, to: &mut WordWriter<'_>) {
        to.part(0x0021_0912, 3);
        to.fixed64(self.to_bits());
    }
}

impl<'a> Kind<'a> for &'a str {
    #[inline(always)]
    fn short(self) -> Option<usize> {
        (self.len() <= SHORT).then_some(4 + self.len())
    }

    #[inline(always)]
    fn text(self) -> usize {
        self.len()
    }

    #[inline(always)]
    fn write(self, to: &mut WordWriter<'_>) {
        let len = self.len() as u64;
        to.part(0x000a_0012 | (2 + len) << 8 | len << 24, 4);
        to.bytes(self.as_bytes());
    }
}

/// Puts an attribute on an open span.
#[inline]
pub(crate) fn set_attribute<T: ToValue + ?Sized>(handle: Handle, key: Key<'_>, value: &T) {
    match value.to_plain() {
        Some(Plain::Bool(bool)) => push(handle, key, bool),
        Some(Plain::Int(int)) => push(handle, key, int),
        Some(Plain::Double(float)) => push(handle, key, float),
        Some(Plain::Str(text)) => push(handle, key, text),
        None => push_value(handle, key, value.to_value()),
    }
}

#[inline(never)]
fn push<'a>(handle: Handle, key: Key<'_>, value: impl Kind<'a>) {
    let slot = handle.slot;
    let counts = slot.word(COUNTS);
    let end_word = slot.word(END);
    let used = end_word as u32 as usize;
    let is_within = handle.owned && tracer::is_within_limits(value.text(), layout::lane(counts, 0));
    let Some(len) = value.short().filter(|_| is_within) else {
        push_value(handle, key, Some(value.into().into()));
        return;
    };
    let bytes = key.len() + len;
    let end = used + entry_words(bytes);
    let place = if slot.has_spilled(handle.generation) { None } else { slot.inline.get(used..end.min(INLINE + 1)) };
    let Some((head, rest)) = place.and_then(|words| words.split_first()) else {
        spill(handle, key, value, bytes);
        return;
    };
    head.store(entry(layout::ATTRIBUTE, bytes), Relaxed);
    let mut to = WordWriter::new(rest);
    key.write(&mut to);
    value.write(&mut to);
    to.finish();
    if matches!(key, Key::Text(_)) {
        slot.set_word(HEAD, slot.word(HEAD) | u64::from(layout::LOOSE_KEYS) << 48);
    }
    // Neither carries into what lies above: there is room in both.
    slot.set_word(COUNTS, counts + 1);
    slot.words[END].store(end_word + (end - used) as u64, Release);
}

/// What is short, and has no room in the slot any more.
#[inline(never)]
fn spill<'a>(handle: Handle, key: Key<'_>, value: impl Kind<'a>, bytes: usize) {
    if matches!(key, Key::Text(_)) {
        handle.flag(layout::LOOSE_KEYS);
    }
    let limit = limits(handle.slot.tracer()).attributes;
    handle.push_to_spill(layout::ATTRIBUTE, Some((Lane::Attributes, limit)), bytes, |to| {
        key.write(to);
        value.write(to);
    });
}

/// Any value.
#[inline(never)]
fn push_value(handle: Handle, key: Key<'_>, value: Option<Value<'_>>) {
    let Some(value) = value else { return };
    let limits = limits(handle.slot.tracer());
    if matches!(key, Key::Text(_)) {
        handle.flag(layout::LOOSE_KEYS);
    }
    let value_len = wire::value_len(&value, limits.value_bytes);
    let bytes = key.len() + wire::field_len(value_len);
    handle.push(layout::ATTRIBUTE, Some((Lane::Attributes, limits.attributes)), bytes, |to| {
        wire::write_key_value(to, key, &value, value_len, limits.value_bytes);
    });
    handle.count_cuts(wire::cuts(&value, limits.value_bytes));
}
