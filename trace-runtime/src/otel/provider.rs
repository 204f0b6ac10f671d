//! Our recording behind the OpenTelemetry API.

use super::look::{begin_to_attach, begin_to_look};
use super::resolve::{carried, carried_decision, id_of, resolve};
use super::span::{Span, add_event, add_link, name, pairs};
use crate::attribute::{Key, set_attribute};
use crate::callsite::Callsite;
use crate::ctx::MUTED;
use crate::id::{Kind, SpanContext};
use crate::shared::shared;
use crate::slot::lock;
use crate::snapshot::Snapshot;
use crate::span::{Details, Under, Wanted, limits, start_wanted};
use crate::table::Table;
use crate::thread;
use crate::tracer;
use crate::value::Value;
use crate::wire::cut;
use opentelemetry::trace::{self as api, TraceContextExt as _};
use opentelemetry::{Context, InstrumentationScope};
use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

/// Scopes told apart; those beyond share one. Each is kept for the life of the process.
const SCOPES_MAX: usize = 1000;

/// Their name.
const MANY: &str = "…";

/// By what foreign code says of itself.
pub(crate) type Scopes = Mutex<HashMap<Scope, &'static Callsite>>;

/// Name, version, schema, attributes as text.
pub(crate) type Scope = (String, String, String, String);

static DETAILS: Table<OnceLock<ScopeDetails>> = Table::new();

/// What a foreign instrumentation scope has beyond name and version.
#[derive(Debug, Default, Clone)]
pub struct ScopeDetails {
    /// Its attributes.
    pub attributes: Vec<(String, Value<'static>)>,
    /// The schema that its attributes follow; empty if it does not say.
    pub schema_url: String,
}

/// The details of the scope of a record's callsite, if it is foreign.
pub fn scope_details(callsite_id: u32) -> Option<&'static ScopeDetails> {
    DETAILS.get(callsite_id).get()
}

/// Makes tracers whose spans are recorded and exported like those of traced functions.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider as _};
/// let tracer = trace_runtime::otel::TracerProvider::new().tracer("some-library");
/// tracer.in_span("work", |_cx| {});
/// ```
#[derive(Clone, Debug, Default)]
pub struct TracerProvider(());

impl TracerProvider {
    /// All of them are the same. From the first one on, traced functions look at what foreign code made current.
    pub fn new() -> Self {
        begin_to_look();
        Self(())
    }
}

impl api::TracerProvider for TracerProvider {
    type Tracer = Tracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> Tracer {
        begin_to_attach();
        Tracer { callsite: callsite_of(&scope) }
    }
}

fn callsite_of(scope: &InstrumentationScope) -> &'static Callsite {
    let attributes: Vec<_> = scope.attributes().cloned().collect();
    // What is kept for ever is bounded like a value.
    let bounded = |text: &str| cut(text, limits(tracer::GLOBAL).value_bytes).to_owned();
    let key = (
        bounded(scope.name()),
        bounded(scope.version().unwrap_or_default()),
        bounded(scope.schema_url().unwrap_or_default()),
        format!("{attributes:?}"),
    );
    let mut scopes = lock(&shared().scopes);
    if let Some(known) = scopes.get(&key) {
        return known;
    }
    let is_full = scopes.len() >= SCOPES_MAX;
    let key = if is_full { (MANY.to_owned(), String::new(), String::new(), String::new()) } else { key };
    scopes.entry(key).or_insert_with_key(|(name, version, schema_url, _)| {
        let leak = |text: &String| -> &'static str { String::leak(text.clone()) };
        let callsite: &'static Callsite = Box::leak(Box::new(Callsite::foreign(leak(name), leak(version))));
        // Reaching it gives it a number.
        callsite.is_on();
        let details = ScopeDetails {
            attributes: if is_full { Vec::new() } else { pairs(attributes) },
            schema_url: schema_url.clone(),
        };
        let _ = DETAILS.get(callsite.id()).set(details);
        callsite
    })
}

/// Starts spans for foreign code; see [`TracerProvider`].
#[derive(Clone, Debug)]
pub struct Tracer {
    callsite: &'static Callsite,
}

impl api::Tracer for Tracer {
    type Span = Span;

    fn build_with_context(&self, builder: api::SpanBuilder, parent_cx: &Context) -> Span {
        let parent = match parent_of(parent_cx) {
            Parent::Nowhere => return Span::none(),
            Parent::Nothing => None,
            Parent::Here(snapshot) => Some(snapshot),
        };
        let under = parent.as_ref().map_or(Under::Nothing, Under::Given);
        let details = || details_of(&builder);
        let wanted = Wanted {
            callsite: self.callsite,
            kind: builder.span_kind.clone().map_or(Kind::Internal, Kind::from),
            name: Some(&builder.name),
            details: Some(&details),
        };
        let started = if self.callsite.is_on() { start_wanted(&wanted, under) } else { None };
        let Some(started) = started else {
            // Under an unsampled span, or while nobody records: what comes below is of the parent's trace all the same.
            let context = parent.and_then(|parent| parent.context());
            return context.map_or_else(Span::none, |context| Span::of_context((&context).into()));
        };
        let mut span = Span::new(started);
        if let Some(time) = builder.start_time {
            span.start_at(time);
        }
        if let Some(handle) = span.handle() {
            fill(handle, builder);
        }
        span
    }
}

pub(super) enum Parent {
    /// Nothing is traced here.
    Nowhere,
    /// A new trace.
    Nothing,
    Here(Snapshot),
}

/// What a Context means for a span that is to start in it. If it shows what we know it shows, our own innermost span is meant,
/// unless it was made for just its span.
pub(super) fn parent_of(context: &Context) -> Parent {
    let id = id_of(context);
    thread::with(|thread| {
        if context.is_telemetry_suppressed() || thread.trace.get().flags() & MUTED != 0 {
            Parent::Nowhere
        } else if id == thread.otel.shown() && is_current(context) {
            Parent::Here(carried_decision(context, thread).unwrap_or_else(|| Snapshot::of_thread(thread)))
        } else if !context.span().span_context().is_valid() {
            Parent::Nothing
        } else {
            Parent::Here(resolve(context))
        }
    })
}

/// Whether the Context, whose span has the id of the current one, may stand for what is current.
fn is_current(context: &Context) -> bool {
    let theirs = context.span();
    Context::map_current(|current| {
        let span = current.span();
        let is_same = std::ptr::eq(span.span_context(), theirs.span_context());
        match (current.has_active_span(), context.has_active_span()) {
            (true, true) => is_same || carried(context).is_none(),
            (false, false) => true,
            _ => false,
        }
    })
}

fn details_of(builder: &api::SpanBuilder) -> Details {
    let links = builder.links.iter().flatten();
    Details {
        attributes: pairs(builder.attributes.clone().unwrap_or_default()),
        links: links.map(|link| SpanContext::from(&link.span_context)).collect(),
    }
}

/// Puts on the span what its builder says.
fn fill(handle: crate::handle::Handle, builder: api::SpanBuilder) {
    name(handle, &builder.name);
    for (key, value) in pairs(builder.attributes.unwrap_or_default()) {
        set_attribute(handle, Key::Loose(&key), &value);
    }
    for mut event in builder.events.into_iter().flatten() {
        add_event(handle, &mut event);
    }
    for link in builder.links.into_iter().flatten() {
        add_link(handle, &link.span_context, link.attributes, link.dropped_attributes_count);
    }
}
