//! The `log` facade (feature `log`): records carry the ids of the span in which they were made.

use crate::ids::{Digits, SPAN_ID, TRACE_ID, ids};
use log::kv::{Error, Key, Source, Value, VisitSource};
use log::{Log, Metadata, Record};

/// A logger that puts `trace_id` (32 digits) and `span_id` (16 digits) on every record that is made inside a span, and hands it on.
///
/// They are key-values (`log::kv`). Inside of spans that are not sampled they are there too; outside of spans nothing is added. A record that has a
/// `trace_id` already keeps what it says and gets none, so loggers around loggers add it once. What our own threads log, as while they
/// send spans, is in no span.
///
/// Cost: some tens of nanoseconds a record, no allocation. It starts no spans and logs nothing itself.
///
/// ```
/// struct Mine;
/// impl log::Log for Mine {
///     fn enabled(&self, _: &log::Metadata<'_>) -> bool { true }
///     fn log(&self, record: &log::Record<'_>) {
///         let trace = record.key_values().get("trace_id".into());
///         eprintln!("{} {}", record.args(), trace.map(|id| id.to_string()).unwrap_or_default());
///     }
///     fn flush(&self) {}
/// }
///
/// static LOGGER: trace_logs::log::WithIds<Mine> = trace_logs::log::WithIds::new(Mine);
/// log::set_logger(&LOGGER)?;
/// log::set_max_level(log::LevelFilter::Info);
/// # Ok::<(), log::SetLoggerError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WithIds<L> {
    logger: L,
}

impl<L> WithIds<L> {
    /// Around `logger`.
    pub const fn new(logger: L) -> Self {
        Self { logger }
    }

    /// The logger inside.
    pub const fn inner(&self) -> &L {
        &self.logger
    }
}

impl<L: Log> Log for WithIds<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let Some(digits) = ids().digits() else { return self.logger.log(record) };
        let mut known = Known::default();
        // Whoever cannot say what he has gets ours too.
        let _ = record.key_values().visit(&mut known);
        if known.trace {
            return self.logger.log(record);
        }
        let with_ids = With { own: record.key_values(), digits, has_span: known.span };
        self.logger.log(&record.to_builder().key_values(&with_ids).build());
    }

    fn flush(&self) {
        self.logger.flush();
    }
}

/// Which of the ids a record has.
#[derive(Default)]
struct Known {
    trace: bool,
    span: bool,
}

impl<'kvs> VisitSource<'kvs> for Known {
    fn visit_pair(&mut self, key: Key<'kvs>, _: Value<'kvs>) -> Result<(), Error> {
        self.trace |= key.as_str() == TRACE_ID;
        self.span |= key.as_str() == SPAN_ID;
        Ok(())
    }
}

/// A record's own key-values, and the ids.
struct With<'a> {
    own: &'a dyn Source,
    digits: Digits,
    /// It has a `span_id` of its own.
    has_span: bool,
}

impl Source for With<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), Error> {
        self.own.visit(visitor)?;
        visitor.visit_pair(Key::from_str(TRACE_ID), Value::from(self.digits.trace()))?;
        if !self.has_span {
            visitor.visit_pair(Key::from_str(SPAN_ID), Value::from(self.digits.span()))?;
        }
        Ok(())
    }

    fn get(&self, key: Key<'_>) -> Option<Value<'_>> {
        match key.as_str() {
            TRACE_ID => Some(Value::from(self.digits.trace())),
            SPAN_ID if !self.has_span => Some(Value::from(self.digits.span())),
            _ => self.own.get(key),
        }
    }

    fn count(&self) -> usize {
        self.own.count() + if self.has_span { 1 } else { 2 }
    }
}
