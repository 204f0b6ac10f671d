//! One callsite of ours for each callsite of `tracing` that started a span.
//!
//! They are found by the address of their metadata, in a table without locks that only grows. Each is kept for the life of the process.

use once_cell::race::OnceBox;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use trace_runtime::Value;
use trace_runtime::export::FoundPlace;
use tracing_core::Metadata;

/// Buckets of the table: 64 KiB.
const BUCKETS: usize = 1 << 13;
/// Callsites told apart, so that the table stays quick. The spans of those beyond are of one callsite and have only their names.
const PLACES_MAX: usize = BUCKETS / 4 * 3;

static TABLE: [OnceBox<Place>; BUCKETS] = [const { OnceBox::new() }; BUCKETS];
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static BEYOND: OnceBox<Place> = OnceBox::new();

/// What all spans of a callsite say of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Constants {
    pub(super) location: bool,
    pub(super) target: bool,
    pub(super) level: bool,
}

/// A callsite of `tracing`.
pub(super) struct Place {
    key: usize,
    pub(super) found: FoundPlace,
    /// No two of its fields have the same name.
    pub(super) is_distinct: bool,
    /// Fields named `otel.*` may be among its fields.
    pub(super) is_special: bool,
    /// It stands for many.
    pub(super) is_beyond: bool,
}

/// The place of this metadata.
#[inline]
pub(super) fn place(metadata: &'static Metadata<'static>, constants: Constants) -> &'static Place {
    let address = std::ptr::from_ref(metadata) as usize;
    // Metadata is aligned to words, so three bits are free.
    let key = address | usize::from(constants.location) | usize::from(constants.target) << 1;
    let key = key | usize::from(constants.level) << 2;
    let mut at = (key as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) as usize >> (usize::BITS - 13);
    loop {
        match TABLE[at].get() {
            Some(place) if place.key == key => return place,
            Some(_) => at = (at + 1) % BUCKETS,
            None => return found(at, key, metadata, constants),
        }
    }
}

#[cold]
fn found(mut at: usize, key: usize, metadata: &'static Metadata<'static>, constants: Constants) -> &'static Place {
    if TAKEN.fetch_add(1, Relaxed) >= PLACES_MAX {
        TAKEN.fetch_sub(1, Relaxed);
        return BEYOND.get_or_init(|| Box::new(Place::beyond()));
    }
    loop {
        let place = TABLE[at].get_or_init(|| Box::new(Place::new(key, metadata, constants)));
        if place.key == key {
            return place;
        }
        at = (at + 1) % BUCKETS;
    }
}

impl Place {
    fn new(key: usize, metadata: &'static Metadata<'static>, constants: Constants) -> Self {
        let names = || metadata.fields().iter().map(|field| field.name());
        let mut attributes = Vec::new();
        attributes_of(metadata, constants, |key, value| attributes.push((key, value)));
        // What the program says under the same key is what counts.
        attributes.retain(|(key, _)| names().all(|name| name != *key));
        let target = metadata.target();
        let scope = target.split("::").next().unwrap_or(target);
        let found = FoundPlace::new(metadata.name(), scope, metadata.module_path().unwrap_or(target), attributes);
        let is_distinct = names().collect::<BTreeSet<_>>().len() == names().count();
        let is_special = names().any(|name| name.starts_with("otel."));
        Self { key, found, is_distinct, is_special, is_beyond: false }
    }

    fn beyond() -> Self {
        let (name, attributes) = ("…", Vec::new());
        let found = FoundPlace::new(name, name, name, attributes);
        Self { key: 0, found, is_distinct: false, is_special: true, is_beyond: true }
    }
}

/// Semantic conventions "Source code attributes", and as `tracing-opentelemetry` has them.
pub(super) fn attributes_of(
    metadata: &Metadata<'static>,
    constants: Constants,
    mut to: impl FnMut(&'static str, Value<'static>),
) {
    let mut text = |key, text: Option<&'static str>| {
        if let Some(text) = text {
            to(key, Value::Str(text.into()));
        }
    };
    if constants.level {
        text("level", Some(metadata.level().as_str()));
    }
    if constants.target {
        text("target", Some(metadata.target()));
    }
    if constants.location {
        text("code.file.path", metadata.file());
        text("code.module.name", metadata.module_path());
        if let Some(line) = metadata.line() {
            to("code.line.number", Value::Int(line.into()));
        }
    }
}
