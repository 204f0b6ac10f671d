//! What an event of `tracing` becomes: an event of the span it is in.

use super::place::{Constants, attributes_of};
use super::start::of_error;
use super::visit::{Each, Given, words};
use trace_runtime::{Status, Value};
use tracing_core::{Event, Level};

/// An event, ready to be put on a span.
pub(super) struct Said {
    name: Option<String>,
    /// The name if nothing else gives it one.
    usual: &'static str,
    attributes: Vec<(&'static str, Value<'static>)>,
    /// Those whose keys are made here.
    more: Vec<(String, Value<'static>)>,
    /// The text of the field `error`.
    error: Option<String>,
    is_error: bool,
}

/// Level, target and place.
const PLACE_ATTRIBUTES: usize = 5;

/// What makes an event of `tracing-log` out of a record of the `log` facade.
fn is_log(event: &Event<'_>) -> bool {
    let metadata = event.metadata();
    metadata.target() == "log" && metadata.name() == "log event"
}

impl Said {
    pub(super) fn of(event: &Event<'_>, location: bool) -> Self {
        let metadata = event.metadata();
        let is_error = *metadata.level() == Level::ERROR;
        let attributes = Vec::with_capacity(PLACE_ATTRIBUTES + metadata.fields().len());
        let mut said = Self { name: None, usual: metadata.name(), attributes, more: Vec::new(), error: None, is_error };
        let is_log = is_log(event);
        // A record of the `log` facade says in fields where it comes from.
        let constants = Constants { location: location && !is_log, target: !is_log, level: true };
        attributes_of(metadata, constants, |key, value| said.attributes.push((key, value)));
        event.record(&mut Each(|field: &tracing_core::Field, given: Given<'_>| match (field.name(), given) {
            (name, Given::Value(value)) if is_log && name.starts_with("log.") => {
                let key = match name {
                    "log.target" => "target",
                    "log.file" if location => "code.file.path",
                    "log.module_path" if location => "code.module.name",
                    "log.line" if location => "code.line.number",
                    _ => return,
                };
                said.attributes.push((key, value.into_owned()));
            }
            ("message", Given::Value(value)) => said.name = Some(words(value)),
            ("error", Given::Value(value)) => said.error = Some(words(value)),
            (name, Given::Value(value)) => said.attributes.push((name, value.into_owned())),
            (name, Given::Error(error)) => {
                if name == "error" {
                    said.error = trace_runtime::export::text(&error);
                }
                said.more.extend(of_error(name, error));
            }
        }));
        said
    }

    /// Passes on name, attributes, and what it means for the span's status.
    pub(super) fn put(mut self, add: impl FnOnce(&str, &[(&str, Value<'_>)]), fail: Option<impl FnOnce(&Status)>) {
        let mut status = self.is_error.then(|| Status::Error(String::new()));
        if let Some(text) = self.error.take() {
            // An error without a message is what `#[instrument(err)]` says when a call fails.
            let is_exception = self.name.is_none();
            let key = if is_exception { "exception.message" } else { "error" };
            if self.more.iter().all(|(known, _)| known != key) {
                self.attributes.push((key, Value::Str(text.clone().into())));
            }
            if is_exception {
                self.name = Some("exception".to_owned());
                status = Some(Status::Error(text));
            }
        }
        let name = self.name.as_deref().unwrap_or(self.usual);
        if self.more.is_empty() {
            add(name, &self.attributes);
        } else {
            let more = self.more.iter().map(|(key, value)| (&**key, value.clone()));
            add(name, &self.attributes.into_iter().chain(more).collect::<Vec<_>>());
        }
        if let (Some(fail), Some(status)) = (fail, &status) {
            fail(status);
        }
    }
}
