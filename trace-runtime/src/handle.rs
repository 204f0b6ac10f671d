//! Adding to an open span.

use crate::ctx::Place;
use crate::id::Status;
use crate::layout::{self, COUNTS, DROPPED, END, HEAD, entry, entry_len, entry_parts, entry_words, lane, lane_add};
use crate::said::Said;
use crate::slot::{INLINE, Lane, Slot, read_bytes};
use crate::spill::{SPILL_WORDS_MAX, Spill};
use crate::tracer::TEXT_BYTES;
use crate::wire::{WordWriter, cut};
use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed, Ordering::Release};

/// Words that spilled entries get room for at once.
const SPILL_WORDS_USUAL: usize = 64;

/// A span that may still be open. Stale handles do nothing.
///
/// Two words, which go from function to function in registers.
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    pub(crate) slot: &'static Slot,
    place: Place,
}

impl Handle {
    #[inline]
    pub(crate) fn new(slot: &'static Slot, place: Place) -> Self {
        Self { slot, place }
    }

    #[inline]
    pub(crate) fn generation(self) -> u32 {
        self.place.generation()
    }

    /// Whether the caller is the slot's owner.
    #[inline]
    pub(crate) fn is_owned(self) -> bool {
        self.place.is_owner()
    }

    /// The same span for those who are not the owner.
    pub(crate) fn shared(self) -> Self {
        Self { place: self.place.shared(), ..self }
    }

    #[inline]
    pub(crate) fn is_open(self) -> bool {
        self.slot.is_open(self.generation())
    }

    /// Sets flags of `HEAD`.
    #[inline]
    pub(crate) fn flag(self, flags: u16) {
        if self.is_owned() {
            let head = self.slot.word(HEAD);
            self.slot.set_word(HEAD, head | u64::from(flags) << 48);
        } else {
            let mut spill = self.slot.spill(self.generation());
            if spill.generation == self.generation() {
                spill.flags |= flags;
            }
        }
    }

    /// Sets the status, unless it was set to Ok before. `text` is its description.
    pub(crate) fn status(self, code: u8, text: &str) {
        let push = || {
            self.push(layout::STATUS, None, 1 + text.len(), |to| {
                to.byte(code);
                to.bytes(text.as_bytes());
            });
        };
        let head = self.slot.word(HEAD);
        if (head >> 40) as u8 == layout::OK || self.slot.has_spilled(self.generation()) && self.was_ok_elsewhere() {
            return;
        }
        if !self.is_owned() {
            push();
            return;
        }
        self.slot.set_word(HEAD, head & !(0xff << 40) | u64::from(code) << 40);
        let had_text = (head >> 40) as u8 == layout::ERROR;
        if had_text || !text.is_empty() {
            push();
        }
    }

    /// The same as people say it; `Unset` does nothing.
    pub(crate) fn set_status(self, status: &Status) {
        match status {
            Status::Unset => {}
            Status::Ok => self.status(layout::OK, ""),
            Status::Error(text) => self.status(layout::ERROR, cut(text, TEXT_BYTES)),
        }
    }

    /// Whether somebody who is not the owner set the status to Ok.
    fn was_ok_elsewhere(self) -> bool {
        let spill = self.slot.spill(self.generation());
        spill.generation == self.generation() && spill.has_status(layout::OK)
    }

    /// Counts values that were cut.
    pub(crate) fn count_cuts(self, cuts: u16) {
        self.count_dropped_lane(3, cuts);
    }

    fn count_dropped_lane(self, nth: u32, add: u16) {
        if add == 0 {
            return;
        }
        if self.is_owned() {
            self.slot.set_word(DROPPED, lane_add(self.slot.word(DROPPED), nth, add));
        } else {
            let mut spill = self.slot.spill(self.generation());
            if spill.generation == self.generation() {
                spill.dropped = lane_add(spill.dropped, nth, add);
                self.slot.spilled.store(self.generation(), Relaxed);
            }
        }
    }

    /// Appends an entry of `bytes` bytes. With a lane and its limit, counts it there, and counts it as dropped beyond.
    #[inline]
    pub(crate) fn push(
        self,
        kind: u8,
        lane_limit: Option<(Lane, u16)>,
        bytes: usize,
        write: impl FnOnce(&mut WordWriter<'_>),
    ) {
        let slot = self.slot;
        let used = slot.used();
        let end = used + entry_words(bytes);
        let counts = slot.word(COUNTS);
        let room = lane_limit.is_none_or(|(nth, limit)| lane(counts, nth as u32) < limit);
        if !self.is_owned() || !room || end > INLINE || slot.has_spilled(self.generation()) {
            self.push_to_spill(kind, lane_limit, bytes, write);
            return;
        }
        if let Some((head, rest)) = slot.inline[used..end].split_first() {
            head.store(entry(kind, bytes), Relaxed);
            let mut to = WordWriter::new(rest);
            write(&mut to);
            to.finish();
        }
        if let Some((nth, _)) = lane_limit {
            slot.set_word(COUNTS, lane_add(counts, nth as u32, 1));
        }
        let tracer = slot.word(END) & !0xffff_ffff;
        slot.words[END].store(tracer | end as u64, Release);
    }

    /// [`push`](Self::push), where the slot has no room.
    #[cold]
    #[inline(never)]
    pub(crate) fn push_to_spill(
        self,
        kind: u8,
        lane_limit: Option<(Lane, u16)>,
        bytes: usize,
        write: impl FnOnce(&mut WordWriter<'_>),
    ) {
        let mut spill = self.slot.spill(self.generation());
        if spill.generation != self.generation() || !self.is_open() {
            return;
        }
        self.slot.spilled.store(self.generation(), Relaxed);
        if matches!(kind, layout::NAME | layout::STATUS) && self.is_owned() {
            spill.remove_kind(kind);
        }
        let start = spill.words.len();
        let need = entry_words(bytes);
        if start == 0 {
            // Who spills once mostly goes on: requests have a dozen attributes.
            spill.words.reserve(SPILL_WORDS_USUAL);
        }
        if start + need > SPILL_WORDS_MAX {
            if let Some((nth, _)) = lane_limit {
                spill.dropped = lane_add(spill.dropped, nth as u32, 1);
            }
            return;
        }
        spill.words.resize_with(start + need, AtomicU64::default);
        if let Some((head, rest)) = spill.words[start..].split_first() {
            head.store(entry(kind, bytes), Relaxed);
            let mut to = WordWriter::new(rest);
            write(&mut to);
            to.finish();
        }
        if let Some((nth, limit)) = lane_limit {
            self.count_spilled(&mut spill, start, nth as u32, limit);
        }
        let entries: u32 = [0, 1, 2].map(|nth| u32::from(lane(spill.counts, nth))).iter().sum();
        self.slot.spilled_entries.store(entries, Relaxed);
    }

    /// Counts the entry at `new`, the last one. Beyond the limit it goes again, and is counted as dropped, but for an
    /// attribute whose key is there already: that takes the new value.
    fn count_spilled(self, spill: &mut Spill, new: usize, nth: u32, limit: u16) {
        let has_room = |spill: &Spill| {
            let inline = lane(self.slot.word(COUNTS), nth);
            inline.saturating_add(lane(spill.counts, nth)) < limit
        };
        let mut entry = Vec::new();
        if !has_room(spill) {
            entry = spill.words.split_off(new);
            if nth == Lane::Attributes as u32 {
                self.make_distinct(spill);
                if self.remove_attribute(spill, &entry_key(&entry)) {
                    spill.words.append(&mut entry);
                    spill.counts = lane_add(spill.counts, nth, 1);
                    return;
                }
            }
            if !has_room(spill) {
                spill.dropped = lane_add(spill.dropped, nth, 1);
                return;
            }
        }
        spill.words.append(&mut entry);
        spill.counts = lane_add(spill.counts, nth, 1);
        spill.distinct = false;
    }

    /// Removes all but the last value of each key.
    fn make_distinct(self, spill: &mut Spill) {
        if std::mem::replace(&mut spill.distinct, true) {
            return;
        }
        let mut seen = HashSet::new();
        for at in attributes(&spill.words).into_iter().rev() {
            if !seen.insert(entry_key(&spill.words[at..])) {
                let words = entry_len(&spill.words[at..]);
                spill.words.drain(at..at + words);
                spill.counts -= 1;
            }
        }
        for at in attributes(self.slot.inline_entries()).into_iter().rev() {
            if !seen.insert(entry_key(&self.slot.inline[at..])) && self.is_owned() {
                self.bury(at);
            }
        }
    }

    /// Makes an inline attribute count for nothing. Inline words are the owner's to change.
    fn bury(self, at: usize) {
        let (_, bytes) = entry_parts(self.slot.inline[at].load(Relaxed));
        self.slot.inline[at].store(entry(layout::DEAD, bytes), Relaxed);
        self.slot.set_word(COUNTS, self.slot.word(COUNTS) - 1);
    }

    /// Removes the attribute with this key, if there is one.
    fn remove_attribute(self, spill: &mut Spill, key: &[u8]) -> bool {
        let with_key = |words: &[AtomicU64]| attributes(words).into_iter().find(|at| entry_key(&words[*at..]) == key);
        if let Some(at) = with_key(&spill.words) {
            let words = entry_len(&spill.words[at..]);
            spill.words.drain(at..at + words);
            spill.counts -= 1;
            return true;
        }
        let inline = with_key(self.slot.inline_entries()).filter(|_| self.is_owned());
        inline.inspect(|at| self.bury(*at)).is_some()
    }
}

/// Where the attributes among these entries begin.
fn attributes(words: &[AtomicU64]) -> Vec<usize> {
    let (mut places, mut at) = (Vec::new(), 0);
    while let Some(word) = words.get(at) {
        if layout::is_attribute(entry_parts(word.load(Relaxed)).0) {
            places.push(at);
        }
        at += entry_len(&words[at..]);
    }
    places
}

fn entry_key(words: &[AtomicU64]) -> Vec<u8> {
    let word = words[0].load(Relaxed);
    let (_, bytes) = entry_parts(word);
    let mut copy = Vec::new();
    if let Some(said) = Said::new(word, &words[1..entry_words(bytes)]) {
        said.push_key(&mut copy);
        return copy;
    }
    read_bytes(&words[1..], bytes, &mut copy);
    crate::wire::key_of(&copy).to_vec()
}
