//! Spans of the `tracing` crate in our traces.

use super::event::Said;
use super::here::{self, Which};
use super::open;
use super::place::{Constants, place};
use super::start::{record, start};
use super::thread;
use super::timings::Timings;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use trace_runtime::export::{Above, Adopted, AdoptedPlace};
use trace_runtime::{SpanContext, Status};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::{FmtContext, FormatFields};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A layer that turns spans and events of the `tracing` crate into ours; see [`SpanLayer`].
///
/// ```
/// use trace_runtime::{capture::Capture, trace};
/// use tracing_subscriber::{filter::LevelFilter, layer::{Layer as _, SubscriberExt as _}};
///
/// let layer = trace_logs::tracing::layer().with_filter(LevelFilter::INFO);
/// let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
///
/// #[trace(name = "ours")]
/// fn ours() {
///     tracing::info!("an event of ours");
/// }
/// let spans = Capture::start();
/// tracing::info_span!("theirs", answer = 42).in_scope(ours);
/// spans.assert_tree("
///     theirs answer=42
///       ours !an event of ours
/// ");
/// ```
pub fn layer() -> SpanLayer {
    let constants = Constants { location: true, target: true, level: false };
    let wanted = Wanted { threads: false, timings: false, errors: true };
    SpanLayer { number: NEXT.fetch_add(1, Relaxed), constants, wanted, is_second: false }
}

/// Turns spans and events of the `tracing` crate into ours, in place of `tracing-opentelemetry`. Made by [`layer()`], for any subscriber
/// with a registry.
///
/// - A span becomes a span. Its parent is what is current where it is made, ours or theirs; or the explicit one, or none. While it is entered, on
///   whatever threads, it is current for ours. It ends at its last exit, once it is closed; a panic that leaves it is recorded.
/// - Fields become attributes of their type; integers that do not fit 64 bits become their digits, `Debug` and `Display` their text (16 KiB at most),
///   errors their text and `<field>.chain` that of their sources. Fields recorded later replace earlier ones.
/// - `otel.name`, `otel.kind`, `otel.status_code` and `otel.status_description` say name, kind and status. The kind has to be said at the start.
/// - An event becomes an event of the innermost span, ours or theirs, or of its explicit parent; outside of spans, nothing. Its message is its name.
/// - An event with a field `error` and no message, as `#[instrument(err)]` makes it, is an `exception` and fails the span; so does
///   an event of level `ERROR`, without words.
/// - `follows_from` becomes a link, while the span that is followed is open.
/// - The instrumentation scope is the target's first part: the crate. `code.file.path`, `code.module.name`, `code.line.number` and `target` are as
///   `tracing-opentelemetry` has them. They belong to the callsite and cost its spans nothing, which `trace_runtime::control` switches like any other.
/// - What comes from the `log` facade through `tracing-log` is an event with the target and place of the record.
///
/// The usual filters say what comes here; what does not costs nothing. A second such layer `with` the same subscriber does nothing.
///
/// Callsites are kept for ever: the first 6 144 of a process; spans of those beyond have their names, and share a scope `…`.
///
/// What is not done: a span that is open when the program ends and was never closed is delivered as it is then.
#[derive(Debug)]
pub struct SpanLayer {
    number: u32,
    constants: Constants,
    wanted: Wanted,
    /// There is another one below.
    is_second: bool,
}

/// What is done beside.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    threads: bool,
    timings: bool,
    errors: bool,
}

/// A span of the registry that is one of ours, or a place in a trace. Dropped, and so ended, when the registry forgets the span.
struct Held(Adopted);

impl SpanLayer {
    /// Whether spans and events say their `code.file.path`, `code.module.name` and `code.line.number`. On by default.
    #[must_use]
    pub fn with_location(mut self, on: bool) -> Self {
        self.constants.location = on;
        self
    }

    /// Whether spans say their `target`. On by default. Events always do.
    #[must_use]
    pub fn with_target(mut self, on: bool) -> Self {
        self.constants.target = on;
        self
    }

    /// Whether spans say their `level`. Off by default. Events always do.
    #[must_use]
    pub fn with_level(mut self, on: bool) -> Self {
        self.constants.level = on;
        self
    }

    /// Whether spans say by `thread.id` and `thread.name` which thread started them. Off by default, as it costs each span two attributes.
    #[must_use]
    pub fn with_threads(mut self, on: bool) -> Self {
        self.wanted.threads = on;
        self
    }

    /// Whether spans say by `busy_ns` and `idle_ns` how long they were entered, and open without being entered. Off by default, as it costs
    /// each entry and exit a look at the registry and the clock.
    #[must_use]
    pub fn with_tracked_inactivity(mut self, on: bool) -> Self {
        self.wanted.timings = on;
        self
    }

    /// Whether events of level `ERROR`, and exceptions, fail their span. On by default.
    #[must_use]
    pub fn with_error_events_to_status(mut self, on: bool) -> Self {
        self.wanted.errors = on;
        self
    }

    /// Where the span is in our traces.
    #[inline]
    fn find<S: Subscriber + for<'a> LookupSpan<'a>>(&self, ctx: &Context<'_, S>, id: &Id) -> Option<AdoptedPlace> {
        match open::find(self.number, id) {
            Some(place) => Some(place),
            None => find_kept(ctx, id),
        }
    }

    fn say(&self, event: &Event<'_>, there: Option<&AdoptedPlace>) {
        let said = || Said::of(event, self.constants.location);
        match there {
            Some(there) => {
                if there.is_recording() {
                    let fail = self.wanted.errors.then_some(|status: &Status| there.set_status(status));
                    said().put(|name, attributes| there.add_event(name, attributes), fail);
                }
            }
            None => {
                if let Some(span) = trace_runtime::current().filter(trace_runtime::CurrentSpan::is_recording) {
                    let fail = self.wanted.errors.then_some(|status: &Status| _ = span.set_status(status));
                    said().put(|name, attributes| _ = span.add_event(name, attributes), fail);
                }
            }
        }
    }
}

/// Where a span is in our traces, as far as the format knows of what it is.
pub(super) fn context_of<S, N>(ctx: &FmtContext<'_, S, N>, id: &Id) -> Option<SpanContext>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let kept = ctx.span(id)?.extensions().get::<Held>().map(|held| held.0.place());
    kept.or_else(|| open::find_any(id))?.context()
}

#[cold]
fn find_kept<S: Subscriber + for<'a> LookupSpan<'a>>(ctx: &Context<'_, S>, id: &Id) -> Option<AdoptedPlace> {
    ctx.span(id)?.extensions().get::<Held>().map(|held| held.0.place())
}

#[cold]
fn keep_in_registry<S: Subscriber + for<'a> LookupSpan<'a>>(ctx: &Context<'_, S>, id: &Id, held: Adopted) {
    let Some(span) = ctx.span(id) else { return };
    let mut extensions = span.extensions_mut();
    // Another such layer may be beside this one.
    if extensions.get_mut::<Held>().is_none() {
        extensions.insert(Held(held));
    }
}

fn with_timings<S: Subscriber + for<'a> LookupSpan<'a>>(ctx: &Context<'_, S>, id: &Id, act: impl FnOnce(&mut Timings)) {
    if let Some(span) = ctx.span(id) {
        span.extensions_mut().get_mut::<Timings>().map(act);
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for SpanLayer {
    fn on_layer(&mut self, subscriber: &mut S) {
        self.is_second = (subscriber as &dyn Subscriber).is::<Self>();
    }

    fn on_new_span(&self, attrs: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if self.is_second {
            return;
        }
        let given = attrs.parent().map(|parent| self.find(&ctx, parent));
        let above = match &given {
            Some(Some(parent)) => Above::Given(parent),
            None if attrs.is_contextual() => Above::Current,
            // Of a parent that was not for us nothing is known.
            _ => Above::Nothing,
        };
        let started = start(place(attrs.metadata(), self.constants), attrs, above);
        let Some(span) = started else { return };
        let there = span.place();
        if let Err(span) = open::put(self.number, id, span) {
            keep_in_registry(&ctx, id, span);
        }
        if self.wanted.threads {
            thread::tell(&there);
        }
        if self.wanted.timings {
            if let Some(span) = ctx.span(id) {
                span.extensions_mut().replace(Timings::new());
            }
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        if self.is_second {
            return;
        }
        if let Some(place) = self.find(&ctx, id) {
            here::enter(Which::new(self.number, id), &place);
        }
        if self.wanted.timings {
            with_timings(&ctx, id, Timings::enter);
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        if self.is_second {
            return;
        }
        here::exit(Which::new(self.number, id));
        if self.wanted.timings {
            with_timings(&ctx, id, Timings::exit);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        // Found first, and then nothing of the registry is held: values of others may use it.
        let there = if self.is_second { None } else { self.find(&ctx, id) };
        if let Some(there) = there.filter(AdoptedPlace::is_recording) {
            record(&there, values);
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, ctx: Context<'_, S>) {
        let link = if self.is_second { None } else { self.find(&ctx, follows).and_then(|there| there.context()) };
        if let (Some(link), Some(there)) = (link, self.find(&ctx, id)) {
            there.add_link(&link);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        if self.is_second {
            return;
        }
        match event.parent() {
            Some(parent) => {
                if let Some(there) = self.find(&ctx, parent) {
                    self.say(event, Some(&there));
                }
            }
            None if event.is_contextual() => self.say(event, None),
            None => {}
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        if self.is_second {
            return;
        }
        if self.wanted.timings {
            if let Some(there) = self.find(&ctx, &id) {
                with_timings(&ctx, &id, |timings| timings.tell(&there));
            }
        }
        // What the registry has ends when it forgets it.
        open::end(self.number, &id);
    }
}

/// With its subscriber, all its spans end.
impl Drop for SpanLayer {
    fn drop(&mut self) {
        open::end_all(self.number);
        here::forget_layer(self.number);
    }
}
