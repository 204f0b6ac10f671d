//! Attributes as they were said, from the caller's words to OTLP's: the caller copies, the reader encodes.

use crate::layout::{self, entry_parts, said_key};
use crate::slot::read_bytes;
use crate::wire::{field_len, low_bytes, push_varint, varint_len};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// An entry that [`is_said`](layout::is_said).
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    kind: u8,
    key: usize,
    /// Key, then value.
    words: &'a [AtomicU64],
    /// Bytes of both.
    bytes: usize,
}

impl<'a> Said<'a> {
    /// What is behind that first word. `None` if it cannot be.
    #[inline]
    pub(crate) fn new(word: u64, words: &'a [AtomicU64]) -> Option<Self> {
        let ((kind, bytes), key) = (entry_parts(word), said_key(word));
        let value = bytes.checked_sub(key.next_multiple_of(8))?;
        let is_whole =
            words.len() == bytes.div_ceil(8) && layout::is_said(kind) && (kind == layout::TEXT || value == 8);
        is_whole.then_some(Self { kind, key, words, bytes })
    }

    fn value_words(&self) -> &'a [AtomicU64] {
        &self.words[self.key.div_ceil(8)..]
    }

    fn text_len(&self) -> usize {
        self.bytes - self.key.next_multiple_of(8)
    }

    fn number(&self) -> u64 {
        self.value_words().first().map_or(0, |word| word.load(Relaxed))
    }

    /// Bytes of the `AnyValue`.
    #[inline]
    fn value_len(&self) -> usize {
        match self.kind {
            layout::BOOL => 2,
            layout::INT => 1 + varint_len(self.number()),
            layout::DOUBLE => 9,
            _ => field_len(self.text_len()),
        }
    }

    pub(crate) fn push_key(&self, to: &mut Vec<u8>) {
        read_bytes(self.words, self.key, to);
    }

    /// Bytes of the `KeyValue`.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        field_len(self.key) + field_len(self.value_len())
    }

    /// Appends the `KeyValue`.
    #[inline]
    pub(crate) fn push(&self, to: &mut Vec<u8>) {
        to.push(0x0a);
        push_varint(to, self.key as u64);
        self.push_key(to);
        to.push(0x12);
        push_varint(to, self.value_len() as u64);
        match self.kind {
            layout::BOOL => to.extend_from_slice(&[0x10, u8::from(self.number() != 0)]),
            layout::INT => {
                to.push(0x18);
                push_varint(to, self.number());
            }
            layout::DOUBLE => {
                to.push(0x21);
                to.extend_from_slice(&self.number().to_le_bytes());
            }
            _ => {
                to.push(0x0a);
                push_varint(to, self.text_len() as u64);
                read_bytes(self.value_words(), self.text_len(), to);
            }
        }
    }
}

/// Copies bytes into as many words as they take, with zeros up to a whole word.
#[inline(always)]
pub(crate) fn copy(bytes: &[u8], to: &[AtomicU64]) {
    let mut words = bytes.chunks_exact(8);
    let mut places = to.iter();
    for (word, place) in (&mut words).zip(&mut places) {
        place.store(word.try_into().map_or(0, u64::from_le_bytes), Relaxed);
    }
    let rest = words.remainder();
    if let Some(place) = places.next() {
        let last = match bytes.last_chunk() {
            Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
            None => low_bytes(rest),
        };
        place.store(last, Relaxed);
    }
}
