//! Spans without a function of their own.

use crate::attribute::{Key, set_attribute};
use crate::callsite::Callsite;
use crate::future::{AsyncSpan, Traced};
use crate::guard::{Guard, enter_under};
use crate::handle::Handle;
use crate::id::Kind;
use crate::probe::Ending;
use crate::snapshot::Snapshot;
use crate::span::{Fields, Under};
use crate::value::{ToValue, Value};

/// Describes a span that is about to start; made by [`span!`](crate::span).
#[must_use = "nothing starts until `enter`, `in_scope` or `instrument`"]
#[derive(Debug)]
pub struct SpanBuilder {
    pub(crate) callsite: &'static Callsite,
    pub(crate) kind: Kind,
    parent: Option<Snapshot>,
    root: bool,
    pub(crate) attributes: Vec<(&'static str, Value<'static>)>,
}

impl SpanBuilder {
    #[doc(hidden)]
    pub fn new(callsite: &'static Callsite) -> Self {
        Self { callsite, kind: callsite.kind(), parent: None, root: false, attributes: Vec::new() }
    }

    #[cfg(feature = "off")]
    #[doc(hidden)]
    pub fn off() -> Self {
        static OFF: Callsite = Callsite::of::<SpanBuilder>("", "");
        Self::new(&OFF)
    }

    /// Sets the kind.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Starts a new trace.
    pub fn root(mut self) -> Self {
        self.root = true;
        self
    }

    /// Starts it under a snapshot, or under a span of another process, instead of the current span.
    pub fn parent(mut self, parent: impl Into<Snapshot>) -> Self {
        self.parent = Some(parent.into());
        self
    }

    /// Sets an attribute.
    pub fn attribute(mut self, key: &'static str, value: impl ToValue) -> Self {
        if let Some(value) = value.to_value() {
            self.attributes.push((key, value.into_owned()));
        }
        self
    }

    pub(crate) fn under(&self) -> Under<'_> {
        match &self.parent {
            _ if self.root => Under::Nothing,
            Some(snapshot) => Under::Given(snapshot),
            None => Under::Current,
        }
    }

    fn set_fields(&self, fields: Option<Fields>) {
        if crate::export::COMPILED_OUT {
            return;
        }
        if let Some(fields) = fields {
            for (key, value) in &self.attributes {
                fields.put(Key::Loose(key), value);
            }
        }
    }

    pub(crate) fn set_attributes(&self, handle: Handle) {
        for (key, value) in &self.attributes {
            set_attribute(handle, Key::Loose(key), value);
        }
    }

    /// Starts it and makes it current until the guard is dropped. Not across an `.await`; use [`instrument`](Self::instrument).
    pub fn enter(self) -> Guard {
        let guard = enter_under(self.callsite, self.kind, self.under());
        self.set_fields(guard.fields());
        guard
    }

    /// Runs `f` in it. A panic is recorded; to record an error, call [`record_error`](crate::CurrentSpan::record_error).
    pub fn in_scope<R>(self, f: impl FnOnce() -> R) -> R {
        let _guard = self.enter();
        f()
    }

    /// Runs a future in it. The span starts now and ends when the future is ready or dropped.
    pub fn instrument<F: Future>(self, future: F) -> Traced<F, Ignore<F::Output>> {
        let span = AsyncSpan::start(self.callsite, self.kind, self.under());
        self.set_fields(span.fields());
        span.run(future, |_, _| {})
    }
}

/// Looks at no outcome.
type Ignore<T> = fn(&T, Ending<'_>);

/// Describes a span by hand: `span!("name")`, with a constant name. The name's place is the span's
/// `code.function.name`, and its crate the instrumentation scope.
///
/// ```
/// use trace_runtime::{Kind, span};
/// let total = span!("sum").kind(Kind::Internal).attribute("items", 3).in_scope(|| 1 + 2 + 3);
/// # assert_eq!(total, 6);
/// {
///     let _span = span!("until the end of the block").enter();
/// }
/// ```
///
/// A kind that never changes is better said at once, as `span!("name", kind = Kind::Client)`: then filters by kind
/// ([`control`](crate::control)) find the span's place.
#[macro_export]
macro_rules! span {
    ($name:literal, kind = $kind:expr $(,)?) => {
        $crate::__span!($name, $kind)
    };
    ($name:literal $(,)?) => {
        $crate::__span!($name)
    };
    ($name:expr $(,)?) => {
        $crate::__span!($name)
    };
}

#[cfg(not(feature = "off"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __span {
    ($name:expr) => {{
        struct Marker;
        const SCOPE: (&str, &str) = $crate::__private::scope!();
        static CALLSITE: $crate::__private::Callsite =
            $crate::__private::Callsite::of::<Marker>(SCOPE.0, SCOPE.1).named($name);
        $crate::__private::SpanBuilder::new(&CALLSITE)
    }};
    ($name:expr, $kind:expr) => {{
        struct Marker;
        const SCOPE: (&str, &str) = $crate::__private::scope!();
        static CALLSITE: $crate::__private::Callsite =
            $crate::__private::Callsite::of::<Marker>(SCOPE.0, SCOPE.1).named($name).with_kind($kind);
        $crate::__private::SpanBuilder::new(&CALLSITE)
    }};
}

#[cfg(feature = "off")]
#[doc(hidden)]
#[macro_export]
macro_rules! __span {
    ($name:literal) => {
        $crate::__private::SpanBuilder::off()
    };
    ($name:literal, $kind:expr) => {{
        const _: $crate::Kind = $kind;
        $crate::__private::SpanBuilder::off()
    }};
    // A named constant stays in use.
    ($name:expr) => {{
        const _: &str = $name;
        $crate::__private::SpanBuilder::off()
    }};
}
