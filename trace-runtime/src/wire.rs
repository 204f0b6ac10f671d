//! OTLP's protobuf for values, written into words and read back.
//!
//! Field numbers are those of `opentelemetry/proto/common/v1/common.proto`.

use crate::value::Value;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Writes bytes into words, little end first. One writer at a time; readers wait for a published length.
pub(crate) struct WordWriter<'a> {
    words: std::slice::Iter<'a, AtomicU64>,
    carry: u64,
    bits: u32,
}

impl<'a> WordWriter<'a> {
    pub(crate) fn new(words: &'a [AtomicU64]) -> Self {
        Self { words: words.iter(), carry: 0, bits: 0 }
    }

    #[inline(always)]
    fn store(&mut self, word: u64) {
        if let Some(place) = self.words.next() {
            place.store(word, Relaxed);
        }
    }

    /// The low `bytes` bytes of `value`; its other bytes are zero.
    #[inline(always)]
    pub(crate) fn part(&mut self, value: u64, bytes: u32) {
        self.carry |= value << self.bits;
        let total = self.bits + 8 * bytes;
        if total >= 64 {
            self.store(self.carry);
            // In two steps, since with no bits before all of them are gone.
            self.carry = value >> 1 >> (63 - self.bits);
        }
        self.bits = total % 64;
    }

    #[inline(always)]
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        let (mut carry, bits) = (self.carry, self.bits);
        for (chunk, place) in (&mut chunks).zip(&mut self.words) {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            let word = u64::from_le_bytes(word);
            place.store(carry | word << bits, Relaxed);
            // In two steps, since with no bits before all of them are gone.
            carry = word >> 1 >> (63 - bits);
        }
        self.carry = carry;
        let rest = chunks.remainder();
        if !rest.is_empty() {
            self.part(low_bytes(rest), rest.len() as u32);
        }
    }

    #[inline(always)]
    pub(crate) fn byte(&mut self, byte: u8) {
        self.part(u64::from(byte), 1);
    }

    #[inline(always)]
    pub(crate) fn fixed64(&mut self, value: u64) {
        self.part(value, 8);
    }

    #[inline(always)]
    pub(crate) fn varint(&mut self, mut value: u64) {
        // Gathered a word at a time.
        let (mut word, mut bytes) = (0, 0);
        while value >= 0x80 {
            word |= (value & 0x7f | 0x80) << (8 * bytes);
            bytes += 1;
            value >>= 7;
            if bytes == 8 {
                self.part(word, 8);
                (word, bytes) = (0, 0);
            }
        }
        self.part(word | value << (8 * bytes), bytes + 1);
    }

    #[inline]
    pub(crate) fn finish(mut self) {
        if self.bits > 0 {
            self.store(self.carry);
        }
    }
}

/// Up to seven bytes as a word, little end first: two loads that may overlap.
#[inline(always)]
pub(crate) fn low_bytes(bytes: &[u8]) -> u64 {
    let len = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let shift = 8 * (len - 4);
        return u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift;
    }
    match *bytes {
        [a] => u64::from(a),
        [a, b] => u64::from(a) | u64::from(b) << 8,
        [a, b, c] => u64::from(a) | u64::from(b) << 8 | u64::from(c) << 16,
        _ => 0,
    }
}

/// Bytes of `value` as a varint.
#[inline]
pub(crate) const fn varint_len(value: u64) -> usize {
    (70 - (value | 1).leading_zeros() as usize) / 7
}

/// Appends `value` as a varint.
pub fn push_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// A length-delimited field with a one-byte tag.
#[inline]
pub(crate) const fn field_len(bytes: usize) -> usize {
    1 + varint_len(bytes as u64) + bytes
}

/// The longest prefix of `text` within `limit` bytes that ends on a character boundary.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Bytes of the `AnyValue`, its strings cut at `limit`.
#[inline]
pub(crate) fn value_len(value: &Value<'_>, limit: usize) -> usize {
    match value {
        Value::Bool(_) => 2,
        Value::Int(int) => 1 + varint_len(*int as u64),
        Value::Double(_) => 9,
        Value::Str(text) => field_len(cut(text, limit).len()),
        Value::Array(values) => field_len(array_len(values, limit)),
    }
}

fn array_len(values: &[Value<'_>], limit: usize) -> usize {
    values.iter().map(|value| field_len(value_len(value, limit))).sum()
}

fn write_value(to: &mut WordWriter<'_>, value: &Value<'_>, limit: usize) {
    match value {
        Value::Bool(bool) => {
            to.byte(0x10);
            to.byte(u8::from(*bool));
        }
        Value::Int(int) => {
            to.byte(0x18);
            to.varint(*int as u64);
        }
        Value::Double(float) => {
            to.byte(0x21);
            to.fixed64(float.to_bits());
        }
        Value::Str(text) => {
            let text = cut(text, limit);
            to.byte(0x0a);
            to.varint(text.len() as u64);
            to.bytes(text.as_bytes());
        }
        Value::Array(values) => write_array(to, values, limit),
    }
}

#[cold]
#[inline(never)]
fn write_array(to: &mut WordWriter<'_>, values: &[Value<'_>], limit: usize) {
    to.byte(0x2a);
    to.varint(array_len(values, limit) as u64);
    for value in values {
        to.byte(0x0a);
        to.varint(value_len(value, limit) as u64);
        write_value(to, value, limit);
    }
}

/// Values in `value` that `limit` cuts.
pub(crate) fn cuts(value: &Value<'_>, limit: usize) -> u16 {
    match value {
        Value::Str(text) => u16::from(text.len() > limit),
        Value::Array(values) => values.iter().fold(0, |sum: u16, value| sum.saturating_add(cuts(value, limit))),
        _ => 0,
    }
}

/// Bytes of the `KeyValue`.
pub(crate) fn key_value_len(key: &str, value: &Value<'_>, limit: usize) -> usize {
    field_len(key.len()) + field_len(value_len(value, limit))
}

/// `len` is [`value_len`].
pub(crate) fn write_key_value(to: &mut WordWriter<'_>, key: &str, value: &Value<'_>, len: usize, limit: usize) {
    to.byte(0x0a);
    to.varint(key.len() as u64);
    to.bytes(key.as_bytes());
    to.byte(0x12);
    to.varint(len as u64);
    write_value(to, value, limit);
}

/// A protobuf message, as pairs of field number and content. Stops at the first byte that makes no sense.
#[derive(Debug)]
pub struct Fields<'a>(pub &'a [u8]);

/// What a protobuf field holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Field<'a> {
    /// A varint, or the bits of a fixed-size number.
    Number(u64),
    /// A string, bytes or message.
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Field<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Number(u64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            2 => {
                let len = usize::try_from(self.varint()?).ok()?;
                Field::Bytes(self.take(len)?)
            }
            5 => Field::Number(u64::from(u32::from_le_bytes(self.take(4)?.try_into().ok()?))),
            _ => return None,
        };
        Some((tag >> 3, field))
    }
}

/// The key of a `KeyValue`, as it lies there.
pub(crate) fn key_of(key_value: &[u8]) -> &[u8] {
    match Fields(key_value).next() {
        Some((1, Field::Bytes(key))) => key,
        _ => &[],
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reads a `KeyValue`.
pub(crate) fn read_key_value(bytes: &[u8]) -> (String, Value<'static>) {
    let (mut key, mut value) = (String::new(), Value::Str(Cow::Borrowed("")));
    for field in Fields(bytes) {
        match field {
            (1, Field::Bytes(bytes)) => key = text(bytes),
            (2, Field::Bytes(bytes)) => value = read_value(bytes),
            _ => {}
        }
    }
    (key, value)
}

fn read_value(bytes: &[u8]) -> Value<'static> {
    match Fields(bytes).next() {
        Some((2, Field::Number(bool))) => Value::Bool(bool != 0),
        Some((3, Field::Number(int))) => Value::Int(int as i64),
        Some((4, Field::Number(bits))) => Value::Double(f64::from_bits(bits)),
        Some((1, Field::Bytes(bytes))) => Value::Str(Cow::Owned(text(bytes))),
        Some((5, Field::Bytes(values))) => Value::Array(
            Fields(values)
                .filter_map(|field| match field {
                    (1, Field::Bytes(value)) => Some(read_value(value)),
                    _ => None,
                })
                .collect(),
        ),
        _ => Value::Str(Cow::Borrowed("")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(len: usize, write: impl FnOnce(&mut WordWriter<'_>)) -> Vec<u8> {
        let words: Vec<AtomicU64> = (0..len.div_ceil(8)).map(|_| AtomicU64::new(0)).collect();
        let mut to = WordWriter::new(&words);
        write(&mut to);
        to.finish();
        let mut bytes: Vec<u8> = words.iter().flat_map(|w| w.load(Relaxed).to_le_bytes()).collect();
        bytes.truncate(len);
        bytes
    }

    #[test]
    fn every_value_reads_back_as_it_was_written() {
        let values = [
            Value::Bool(true),
            Value::Int(0),
            Value::Int(i64::MIN),
            Value::Int(300),
            Value::Double(-0.5),
            Value::Str("".into()),
            Value::Str("é".repeat(200).into()),
            Value::Array(vec![Value::Int(1), Value::Str("x".into())]),
            Value::Array(vec![]),
        ];
        for value in values {
            for key in ["", "k", "a.key.of.some.length"] {
                let len = key_value_len(key, &value, 1 << 20);
                let bytes = written(len, |to| write_key_value(to, key, &value, value_len(&value, 1 << 20), 1 << 20));
                assert_eq!(key_of(&bytes), key.as_bytes());
                assert_eq!(read_key_value(&bytes), (key.to_owned(), value.clone()));
            }
        }
    }

    #[test]
    fn a_cut_string_ends_on_a_character_boundary() {
        let value = Value::Str("aé😀z".into());
        for (limit, expected) in [(0, ""), (2, "a"), (3, "aé"), (6, "aé"), (7, "aé😀"), (8, "aé😀z")] {
            let len = key_value_len("k", &value, limit);
            let bytes = written(len, |to| write_key_value(to, "k", &value, value_len(&value, limit), limit));
            assert_eq!(read_key_value(&bytes).1, Value::Str(expected.into()), "limit {limit}");
            assert_eq!(cuts(&value, limit), u16::from(limit < 8));
        }
    }

    #[test]
    fn garbage_is_read_without_panic() {
        for seed in 0u8..=255 {
            let garbage: Vec<u8> = (0..40).map(|i| seed.wrapping_mul(31).wrapping_add(i).wrapping_mul(7)).collect();
            let _ = read_key_value(&garbage);
        }
    }
}
