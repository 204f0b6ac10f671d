//! Spans held by value.

use crate::attribute::{Key, set_attribute};
use crate::builder::SpanBuilder;
use crate::current::{push_link, set_name};
use crate::future::{AsyncSpan, Inside};
use crate::id::{SpanContext, Status};
use crate::outcome::{self, Failure};
use crate::snapshot::{Snapshot, ToLinks};
use crate::span::{Details, Wanted};
use crate::tracer::TEXT_BYTES;
use crate::value::{ToValue, Value};
use crate::wire::cut;
use std::borrow::Cow;
use std::fmt::Display;

/// A span that lies in a value: for middleware, whose request begins in one call, goes on in many polls, and ends in the
/// last of them or where the response is dropped.
///
/// It is current only while [`in_scope`](Self::in_scope) runs. Dropped without [`end`](Self::end), it is marked as
/// cancelled (`trace.end`), or as panicked if a panic drops it.
///
/// ```
/// use trace_runtime::{Kind, capture::Capture, span, trace};
/// #[trace]
/// fn part() {}
///
/// let spans = Capture::start();
/// let mut request = span!("request").kind(Kind::Server).hold();
/// request.in_scope(part);
/// std::thread::spawn(move || {
///     request.set_attribute("status", 200);
///     request.end();
/// }).join().unwrap();
/// assert_eq!(spans.span("request").attributes.len(), 1);
/// ```
#[must_use = "the span ends, cancelled, when this is dropped"]
#[derive(Debug)]
pub struct HeldSpan {
    span: AsyncSpan,
}

/// Takes attributes, one by one.
type Sink<'a> = &'a mut dyn FnMut(&'static str, Value<'_>);

impl SpanBuilder {
    /// Starts it, current nowhere yet. Costs what [`enter`](Self::enter) does.
    pub fn hold(self) -> HeldSpan {
        let callsite = self.callsite;
        self.hold_as(|| Cow::Borrowed(callsite.name()), |_| {})
    }

    /// The same under a name that is known at run time (none is asked for while tracing is off), and with the attributes that `describe` passes to its argument.
    ///
    /// A sampler of the program's own sees both. `describe` runs if the span is recorded, and once more to ask such a sampler.
    /// Attributes are copied to the span; nothing is allocated for them while they are few.
    ///
    /// ```
    /// use trace_runtime::{Value, span};
    /// let route = "/users/{id}";
    /// let span = span!("HTTP").hold_as(|| format!("GET {route}").into(), |attribute| {
    ///     attribute("http.route", Value::Str(route.into()));
    /// });
    /// span.end();
    /// ```
    pub fn hold_as<'a>(self, name: impl FnOnce() -> Cow<'a, str>, describe: impl Fn(Sink<'_>)) -> HeldSpan {
        if !self.callsite.is_on() {
            return HeldSpan { span: AsyncSpan::none() };
        }
        let name = name();
        let details = || {
            let mut attributes: Vec<(String, Value<'static>)> = Vec::new();
            for (key, value) in &self.attributes {
                attributes.push(((*key).to_owned(), value.clone()));
            }
            describe(&mut |key, value| attributes.push((key.to_owned(), value.into_owned())));
            Details { attributes, links: Vec::new() }
        };
        let wanted = Wanted { callsite: self.callsite, kind: self.kind, name: Some(&name), details: Some(&details) };
        let span = AsyncSpan::start_wanted(&wanted, self.under());
        if let Some(handle) = span.handle() {
            if name != self.callsite.name() {
                set_name(handle, cut(&name, TEXT_BYTES));
            }
            self.set_attributes(handle);
            describe(&mut |key, value| set_attribute(handle, Key::Loose(key), &value));
        }
        HeldSpan { span }
    }
}

impl HeldSpan {
    /// The identity of the span, recorded or not. `None` if tracing is off here.
    pub fn context(&self) -> Option<SpanContext> {
        self.snapshot()?.context()
    }

    /// The span as a place that others can start spans under, add to, and send to other processes. `None` if tracing is off here.
    pub fn snapshot(&self) -> Option<Snapshot> {
        self.span.snapshot()
    }

    /// Whether what is set here is kept. Worth asking before computing something expensive.
    pub fn is_recording(&self) -> bool {
        self.span.handle().is_some()
    }

    /// Runs `f` with the span current on this thread. If `f` panics, that is recorded and the span ends.
    #[inline]
    pub fn in_scope<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let mut inside = Inside::enter(&mut self.span);
        let inside = inside.running();
        let result = f();
        inside.leave();
        result
    }

    /// Sets an attribute. The last value of a key counts. `None` sets nothing.
    pub fn set_attribute(&mut self, key: &str, value: impl ToValue) -> &mut Self {
        if let Some(handle) = self.span.handle() {
            set_attribute(handle, Key::Loose(key), &value);
        }
        self
    }

    /// Gives the span another operation name. Sampling was decided under the old one.
    pub fn set_name(&mut self, name: &str) -> &mut Self {
        if let Some(handle) = self.span.handle() {
            set_name(handle, cut(name, TEXT_BYTES));
        }
        self
    }

    /// Sets the status. `Unset` does nothing; once `Ok`, it stays (OpenTelemetry specification, "Set Status").
    pub fn set_status(&mut self, status: &Status) -> &mut Self {
        if let Some(handle) = self.span.handle() {
            handle.set_status(status);
        }
        self
    }

    /// Records a failure: status Error, `error.type`, and an `exception` event with at most 1 KiB of the message, unless
    /// `TRACE_ERRORS=type` leaves messages out.
    pub fn record_failure(&mut self, error_type: &'static str, message: Option<&dyn Display>) -> &mut Self {
        if let Some(handle) = self.span.handle() {
            outcome::record(handle, &Failure::new(error_type, message));
        }
        self
    }

    /// Links to spans that are related without being the parent. Invalid contexts are left out.
    pub fn add_links(&mut self, to: &(impl ToLinks + ?Sized)) -> &mut Self {
        if let Some(handle) = self.span.handle() {
            to.each(&mut |link| {
                if link.is_valid() {
                    push_link(handle, link);
                }
            });
        }
        self
    }

    /// Ends the span: what it stands for was done, well or not.
    pub fn end(mut self) {
        self.span.finish();
    }
}
