//! Values of `tracing`'s fields, as OpenTelemetry knows them.

use std::borrow::Cow;
use std::error::Error;
use std::fmt::Debug;
use trace_runtime::{ToValue as _, Value, export::text};
use tracing_core::field::{Field, Visit};

/// Sources of an error that are looked at: some have themselves as one.
const CHAIN_MAX: usize = 16;

/// What a field has.
pub(super) enum Given<'a> {
    Value(Value<'a>),
    Error(&'a (dyn Error + 'static)),
}

/// Passes the value of each field on.
pub(super) struct Each<F>(pub(super) F);

impl<F: FnMut(&Field, Given<'_>)> Each<F> {
    #[inline]
    fn value(&mut self, field: &Field, value: Value<'_>) {
        (self.0)(field, Given::Value(value));
    }
}

impl<F: FnMut(&Field, Given<'_>)> Visit for Each<F> {
    #[inline]
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.value(field, Value::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.value(field, value.to_value().unwrap_or(Value::Int(0)));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.value(field, value.to_value().unwrap_or(Value::Int(0)));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.value(field, value.to_value().unwrap_or(Value::Int(0)));
    }

    #[inline]
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.value(field, Value::Double(value));
    }

    #[inline]
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.value(field, Value::Bool(value));
    }

    #[inline]
    fn record_str(&mut self, field: &Field, value: &str) {
        self.value(field, Value::Str(Cow::Borrowed(value)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        (self.0)(field, Given::Error(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if let Some(text) = text(&format_args!("{value:?}")) {
            self.value(field, Value::Str(Cow::Owned(text)));
        }
    }
}

/// The texts of an error's sources.
pub(super) fn chain(error: &(dyn Error + 'static)) -> Value<'static> {
    let sources =
        std::iter::successors(error.source(), |error: &&(dyn Error + 'static)| (*error).source()).take(CHAIN_MAX);
    Value::Array(sources.filter_map(|source| text(&source)).map(|text| Value::Str(text.into())).collect())
}

/// A value as text.
pub(super) fn words(value: Value<'_>) -> String {
    match value {
        Value::Str(text) => text.into_owned(),
        other => other.to_string(),
    }
}
