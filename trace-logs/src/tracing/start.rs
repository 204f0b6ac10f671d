//! What a span of `tracing` says when it starts, and later.

use super::place::Place;
use super::visit::{Each, Given, chain, words};
use std::cell::RefCell;
use trace_runtime::export::{Above, Adopted, AdoptedPlace, Adoption, text};
use trace_runtime::{Kind, Status, Value};
use tracing_core::span::{Attributes, Record};

/// Starts a span, with all it says at its start.
pub(super) fn start(place: &'static Place, attrs: &Attributes<'_>, above: Above<'_>) -> Option<Adopted> {
    let special = if place.is_special { Special::of(attrs) } else { Special::default() };
    let name = special.name.as_deref().or(place.is_beyond.then(|| attrs.metadata().name()));
    let describe = |to: &mut dyn FnMut(&'static str, Value<'_>)| {
        attrs.record(&mut Each(|field: &tracing_core::Field, given: Given<'_>| match given {
            _ if is_special(field.name()) => {}
            Given::Value(value) => to(field.name(), value),
            Given::Error(error) => text(&error).into_iter().for_each(|text| to(field.name(), Value::Str(text.into()))),
        }));
    };
    let kind = special.kind.unwrap_or(Kind::Internal);
    let mut span =
        Adopted::start(&Adoption { callsite: place.found.callsite(), kind, name, above, describe: &describe })?;
    let Some(fields) = span.fields() else { return Some(span) };
    if let Some(name) = name {
        fields.name(&format_args!("{name}"));
    }
    // What has more to say than a key and a value waits until the span is its own.
    let late = RefCell::new(Vec::new());
    attrs.record(&mut Each(|field: &tracing_core::Field, given: Given<'_>| match given {
        _ if place.is_special && is_special(field.name()) => {}
        Given::Value(value) if place.is_distinct => fields.set(field.name(), &value),
        Given::Value(value) => late.borrow_mut().push((field.name().to_owned(), value.into_owned())),
        Given::Error(error) => late.borrow_mut().extend(of_error(field.name(), error)),
    }));
    let there = span.place();
    for (key, value) in late.into_inner() {
        there.set_attribute(&key, &value);
    }
    special.status.iter().for_each(|status| there.set_status(status));
    Some(span)
}

/// What is said of a span that is open.
pub(super) fn record(there: &AdoptedPlace, values: &Record<'_>) {
    values.record(&mut Each(|field: &tracing_core::Field, given: Given<'_>| match given {
        Given::Value(value) if is_special(field.name()) => {
            let mut special = Special::default();
            special.add(field.name(), value);
            special.name.iter().for_each(|name| there.set_name(name));
            special.status.iter().for_each(|status| there.set_status(status));
        }
        Given::Value(value) => there.set_attribute(field.name(), &value),
        Given::Error(error) => {
            for (key, value) in of_error(field.name(), error) {
                there.set_attribute(&key, &value);
            }
        }
    }));
}

/// The attributes that an error in a field becomes.
pub(super) fn of_error(field: &str, error: &(dyn std::error::Error + 'static)) -> Vec<(String, Value<'static>)> {
    let Some(text) = text(&error) else { return Vec::new() };
    vec![
        (field.to_owned(), Value::Str(text.clone().into())),
        (format!("{field}.chain"), chain(error)),
        ("exception.message".to_owned(), Value::Str(text.into())),
    ]
}

/// Fields that mean something to OpenTelemetry and are no attributes.
#[derive(Default)]
struct Special {
    name: Option<String>,
    kind: Option<Kind>,
    status: Option<Status>,
}

const NAME: &str = "otel.name";
const KIND: &str = "otel.kind";
const STATUS_CODE: &str = "otel.status_code";
const STATUS_DESCRIPTION: &str = "otel.status_description";

fn is_special(name: &str) -> bool {
    name.starts_with("otel.") && matches!(name, NAME | KIND | STATUS_CODE | STATUS_DESCRIPTION)
}

impl Special {
    #[cold]
    fn of(attrs: &Attributes<'_>) -> Self {
        let mut special = Self::default();
        attrs.record(&mut Each(|field: &tracing_core::Field, given: Given<'_>| {
            if let Given::Value(value) = given {
                special.add(field.name(), value);
            }
        }));
        special
    }

    fn add(&mut self, field: &str, value: Value<'_>) {
        match field {
            NAME => self.name = Some(words(value)),
            KIND => self.kind = kind(&words(value)).or(self.kind),
            STATUS_CODE => match words(value).to_ascii_lowercase().as_str() {
                "ok" => self.status = Some(Status::Ok),
                // A description may have come before.
                "error" if !matches!(self.status, Some(Status::Error(_))) => {
                    self.status = Some(Status::Error(String::new()));
                }
                _ => {}
            },
            STATUS_DESCRIPTION => self.status = Some(Status::Error(words(value))),
            _ => {}
        }
    }
}

fn kind(text: &str) -> Option<Kind> {
    let known = [Kind::Internal, Kind::Server, Kind::Client, Kind::Producer, Kind::Consumer];
    known.into_iter().find(|kind| format!("{kind:?}").eq_ignore_ascii_case(text))
}
