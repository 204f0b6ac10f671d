//! Ids on what `tracing_subscriber::fmt` writes.

use super::layer::context_of;
use crate::ids::{Ids, SPAN_ID, TRACE_ID, ids};
use std::cell::Cell;
use std::fmt;
use tracing_core::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

thread_local! {
    /// The event whose ids are being written, by its address.
    static WRITING: Cell<usize> = const { Cell::new(0) };
}

/// A format that puts `trace_id` (32 digits) and `span_id` (16 digits) on every event that is made inside a span.
///
/// | | where they are |
/// |---|---|
/// | [`new`](Self::new): full, compact, others of text | at the end of the line, ` trace_id=… span_id=…`; where it has colors, before the line |
/// | the same around pretty | on a line of their own |
/// | [`json`](Self::json) | the first two keys of the object |
///
/// They are those of the innermost span, ours or one of [`SpanLayer`](super::SpanLayer), or of the event's explicit parent; also in spans that are not
/// sampled. Outside of spans nothing is added. An event with a field `trace_id` keeps what it says and gets none. Formats around
/// formats add them once.
///
/// Cost: some tens of nanoseconds an event, no allocation.
///
/// ```
/// use trace_logs::tracing::WithIds;
/// use tracing_subscriber::fmt::{self, format};
///
/// let text = fmt::layer::<tracing_subscriber::Registry>().event_format(WithIds::new(format().compact()));
/// let json = fmt::layer::<tracing_subscriber::Registry>().json().event_format(WithIds::json(format().json()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WithIds<F> {
    format: F,
    is_json: bool,
}

impl<F> WithIds<F> {
    /// Around a format of text.
    pub const fn new(format: F) -> Self {
        Self { format, is_json: false }
    }

    /// Around a format that writes JSON objects.
    pub const fn json(format: F) -> Self {
        Self { format, is_json: true }
    }
}

impl<S, N, F> FormatEvent<S, N> for WithIds<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let has_own = event.metadata().fields().field(TRACE_ID).is_some();
        let ids = if has_own { Ids(None) } else { ids_of(ctx, event) };
        let Some(_writing) = Writing::begin(event).filter(|_| ids.0.is_some()) else {
            return self.format.format_event(ctx, writer, event);
        };
        if !self.is_json && writer.has_ansi_escapes() {
            // Colors do not go through a writer of ours.
            write!(writer, "\x1b[2m{ids}\x1b[0m ")?;
            return self.format.format_event(ctx, writer, event);
        }
        let state = if self.is_json { State::Start } else { State::Text };
        let mut line = Line { to: writer, ids, state, newlines: 0 };
        self.format.format_event(ctx, Writer::new(&mut line), event)?;
        line.end()
    }
}

/// The ids of the span that the event is in.
fn ids_of<S, N>(ctx: &FmtContext<'_, S, N>, event: &Event<'_>) -> Ids
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    match event.parent() {
        Some(parent) => Ids(context_of(ctx, parent).map(|context| (context.trace_id, context.span_id))),
        None if event.is_contextual() => ids(),
        None => Ids(None),
    }
}

/// While this lives, formats inside of the outermost one add nothing.
struct Writing(usize);

impl Writing {
    /// `None` if it is so already. Events that others make while this one is written are theirs.
    fn begin(event: &Event<'_>) -> Option<Self> {
        let event = std::ptr::from_ref(event).addr();
        let before = WRITING.replace(event);
        (before != event).then_some(Self(before))
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        WRITING.set(self.0);
    }
}

/// What is known of what was written so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing, of what should be an object.
    Start,
    /// The brace of an object, and the ids.
    Brace,
    /// The ids are written.
    Done,
    /// The ids are to come at the end.
    Text,
}

/// Passes what is written on, and adds the ids.
struct Line<'a> {
    to: Writer<'a>,
    ids: Ids,
    state: State,
    /// Line ends that are held back: the ids come before them.
    newlines: usize,
}

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, mut text: &str) -> fmt::Result {
        if text.is_empty() {
            return Ok(());
        }
        if self.state == State::Start {
            let Some(rest) = text.strip_prefix('{') else {
                self.state = State::Text;
                return self.write_str(text);
            };
            self.state = State::Brace;
            if let Ids(Some((trace, span))) = self.ids {
                write!(self.to, "{{\"{TRACE_ID}\":\"{trace}\",\"{SPAN_ID}\":\"{span}\"")?;
            }
            return self.write_str(rest);
        }
        if self.state == State::Brace {
            self.state = State::Done;
            if !text.starts_with('}') {
                self.to.write_char(',')?;
            }
        }
        if self.state == State::Text {
            let content = text.trim_end_matches('\n');
            let newlines = text.len() - content.len();
            if content.is_empty() {
                self.newlines += newlines;
                return Ok(());
            }
            self.give_newlines()?;
            (text, self.newlines) = (content, newlines);
        }
        self.to.write_str(text)
    }
}

impl Line<'_> {
    fn give_newlines(&mut self) -> fmt::Result {
        (0..std::mem::take(&mut self.newlines)).try_for_each(|_| self.to.write_char('\n'))
    }

    fn end(&mut self) -> fmt::Result {
        if self.state != State::Text {
            return Ok(());
        }
        // An empty line at the end is what forms have that write several lines an event.
        let before = if self.newlines > 1 { "\n    " } else { " " };
        write!(self.to, "{before}{}", self.ids)?;
        self.give_newlines()
    }
}
