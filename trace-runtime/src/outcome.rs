//! How a call went: errors and panics on spans.
//!
//! What a returned value says is found out in `probe.rs`.

use crate::attribute::{Key, set_attribute};
use crate::handle::Handle;
use crate::layout;
use crate::slot::Lane;
use crate::span::{handle_of, limits};
use crate::thread;
use crate::tracer::TEXT_BYTES;
use crate::value::ToValue;
use crate::wire::{cut, field_len, key_value_len, value_len, write_key_value};
use crate::{clock, value::Value};
use std::cell::RefCell;
use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Bytes kept of an error's text.
const MESSAGE_MAX: usize = 1024;

static MESSAGES: AtomicBool = AtomicBool::new(true);

thread_local! {
    /// The message of the last panic, and when it was.
    static LAST_PANIC: RefCell<Option<(u64, String)>> = const { RefCell::new(None) };
}

/// Whether the text of errors and panics is recorded, or only the type (`TRACE_ERRORS=type`). Process-wide; on by default.
pub fn record_error_messages(on: bool) {
    MESSAGES.store(on, Relaxed);
}

/// Notes a panic's message for the span that is about to end by it. Called by the panic hook of `trace_export::init`.
pub fn note_panic(message: &str) {
    let _ = LAST_PANIC.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some((clock::now(), cut(message, MESSAGE_MAX).to_owned()));
        }
    });
}

/// Puts the panic noted last on this thread's innermost span: for a panic that will not unwind through it.
pub fn record_panic() {
    let span = thread::with(|thread| thread.span.get());
    if let Some(handle) = handle_of(&span) {
        record_panic_of(handle);
    }
}

/// Records a panic that unwinds through the span.
#[cold]
pub(crate) fn record_panic_of(handle: Handle) {
    record(handle, &Failure::panic(handle.slot.word(layout::START)));
}

/// Records a panic that unwinds through a function without a span of its own.
#[cold]
pub(crate) fn add_panic(handle: Handle) {
    add_exception(handle, &Failure::panic(handle.slot.word(layout::START)));
}

/// A failed call.
pub(crate) struct Failure {
    pub(crate) error_type: &'static str,
    pub(crate) message: Option<String>,
}

impl Failure {
    /// An error of this type, with this text.
    pub(crate) fn new(error_type: &'static str, message: Option<&dyn Display>) -> Self {
        let message = message.filter(|_| MESSAGES.load(Relaxed)).and_then(bounded);
        Self { error_type, message }
    }

    /// A panic that ends a span which started at `start` ticks. A message from before that is of another panic.
    pub(crate) fn panic(start: u64) -> Self {
        let last = LAST_PANIC.try_with(|last| last.try_borrow().ok()?.clone()).ok().flatten();
        let message = last.filter(|(when, _)| *when >= start && MESSAGES.load(Relaxed)).map(|(_, message)| message);
        Self { error_type: "panic", message }
    }
}

/// The text of a value, cut at `limit` bytes on a character boundary. `None` if writing it panicked.
/// It is written with tracing muted, so a traced `Display` does not recurse.
pub(crate) fn text_within(limit: usize, value: &dyn Display) -> Option<String> {
    struct Bounded {
        text: String,
        limit: usize,
    }
    impl Write for Bounded {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            let fitting = cut(part, self.limit - self.text.len());
            self.text.push_str(fitting);
            // Stops a text that has no end.
            if fitting.len() < part.len() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let write = || {
        // Most fit, so that memory is asked for once.
        let mut bounded = Bounded { text: String::with_capacity(128.min(limit)), limit };
        let _ = thread::muted(|| write!(bounded, "{value}"));
        bounded.text
    };
    let before = LAST_PANIC.try_with(|last| last.try_borrow().ok()?.clone());
    let text = catch_unwind(AssertUnwindSafe(write));
    if text.is_err() {
        // Only the panic that the span ends by is of interest, not this one.
        let _ = LAST_PANIC.try_with(|last| last.try_borrow_mut().map(|mut last| *last = before.ok().flatten()));
    }
    text.ok()
}

fn bounded(value: &dyn Display) -> Option<String> {
    text_within(MESSAGE_MAX, value)
}

/// Status Error, `error.type`, and an `exception` event (semantic conventions "Recording errors", "Exceptions").
#[cold]
pub(crate) fn record(handle: Handle, failure: &Failure) {
    handle.status(layout::ERROR, failure.message.as_deref().unwrap_or_default());
    set_attribute(handle, Key::Known("error.type"), &failure.error_type);
    handle.flag(layout::LOOSE_KEYS);
    add_exception(handle, failure);
}

/// The event alone, for a failure of a part of what the span stands for.
#[cold]
pub(crate) fn add_exception(handle: Handle, failure: &Failure) {
    let kind = ("exception.type", Value::Str(failure.error_type.into()));
    match failure.message.as_deref() {
        Some(text) => add_event(handle, "exception", &[kind, ("exception.message", Value::Str(text.into()))]),
        None => add_event(handle, "exception", &[kind]),
    }
}

/// Puts an event on an open span, at the present time.
pub(crate) fn add_event(handle: Handle, name: &str, attributes: &[(&str, Value<'_>)]) {
    add_event_with(handle, (layout::EVENT, clock::now()), name, attributes, 0);
}

/// `kind` says what `time` means.
/// `dropped`: attributes that were left out before.
pub(crate) fn add_event_with(
    handle: Handle,
    (kind, time): (u8, u64),
    name: &str,
    attributes: &[(&str, Value<'_>)],
    dropped: u32,
) {
    let limits = limits(handle.slot.tracer());
    let name = cut(name, TEXT_BYTES);
    let kept = &attributes[..attributes.len().min(usize::from(limits.event_attributes))];
    let dropped = (attributes.len() - kept.len()) as u64 + u64::from(dropped);
    let len = |(key, value): &(&str, Value<'_>)| key_value_len(key, value, limits.value_bytes);
    let mut bytes = 8 + field_len(name.len()) + kept.iter().map(|pair| field_len(len(pair))).sum::<usize>();
    if dropped > 0 {
        bytes += 1 + crate::wire::varint_len(dropped);
    }
    handle.push(kind, Some((Lane::Events, limits.events)), bytes, |to| {
        to.fixed64(time);
        to.byte(0x12);
        to.varint(name.len() as u64);
        to.bytes(name.as_bytes());
        for pair in kept {
            to.byte(0x1a);
            to.varint(len(pair) as u64);
            let len = value_len(&pair.1, limits.value_bytes);
            write_key_value(to, pair.0, &pair.1, len, limits.value_bytes);
        }
        if dropped > 0 {
            to.byte(0x20);
            to.varint(dropped);
        }
    });
    let cuts = kept.iter().map(|(_, value)| crate::wire::cuts(value, limits.value_bytes));
    handle.count_cuts(cuts.fold(0, u16::saturating_add));
}

/// The text of a value as an attribute.
#[derive(Debug)]
pub struct Text(Option<String>);

impl ToValue for Text {
    fn to_value(&self) -> Option<Value<'_>> {
        self.0.as_deref().map(|text| Value::Str(text.into()))
    }
}

/// The text of a value of others, as `fields(..)` would record it: up to 16 KiB of it, written with tracing muted. `None` if writing it panicked.
pub fn text(value: &dyn Display) -> Option<String> {
    text_within(TEXT_MAX, value)
}

/// `%value` in `fields(..)`: up to 16 KiB of its `Display`.
pub fn display(value: &impl Display) -> Text {
    Text(text_within(TEXT_MAX, value))
}

/// `?value` in `fields(..)`: up to 16 KiB of its `Debug`.
pub fn debug(value: &impl fmt::Debug) -> Text {
    Text(text_within(TEXT_MAX, &format_args!("{value:?}")))
}

/// One byte above the default value limit, so that a cut is seen as one.
const TEXT_MAX: usize = (16 << 10) + 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_panics_or_never_ends_is_contained() {
        struct Endless;
        impl Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("é")?;
                }
            }
        }
        struct Panics;
        impl Display for Panics {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("in Display")
            }
        }
        assert_eq!(bounded(&Endless).map(|text| text.len()), Some(MESSAGE_MAX));
        assert_eq!(text_within(3, &Endless).as_deref(), Some("é"));
        assert_eq!(bounded(&Panics), None);
    }
}
