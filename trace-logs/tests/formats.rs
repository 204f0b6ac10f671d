//! `tracing_subscriber::fmt`: every event has the ids of its span, exactly once, in each form.

use std::io;
use std::sync::{Arc, Mutex};
use trace_logs::tracing::{WithIds, layer};
use trace_runtime::capture::Capture;
use trace_runtime::{Sampler, SpanLimits, current, trace};
use tracing::Instrument as _;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::fmt::format::{DefaultFields, FormatEvent, FormatFields, JsonFields, format};
use tracing_subscriber::fmt::{MakeWriter, layer as fmt_layer};
use tracing_subscriber::layer::{Layered, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Registry, registry};

/// What was written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().expect("no panic"))).expect("text")
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

type Below = Layered<trace_logs::tracing::SpanLayer, Registry>;

/// A subscriber with this format.
fn with<F, N>(format: F, fields: N, ansi: bool) -> (Written, DefaultGuard)
where
    F: FormatEvent<Below, N> + Send + Sync + 'static,
    N: for<'a> FormatFields<'a> + Send + Sync + 'static,
{
    let written = Written::default();
    let lines = fmt_layer().with_ansi(ansi).fmt_fields(fields).event_format(format).with_writer(written.clone());
    (written, set_default(registry().with(layer()).with(lines)))
}

fn text<F>(format: F) -> (Written, DefaultGuard)
where
    F: FormatEvent<Below, DefaultFields> + Send + Sync + 'static,
{
    with(format, DefaultFields::new(), false)
}

fn ids() -> (String, String) {
    let span = current().expect("a span");
    (span.trace_id().to_string(), span.span_id().to_string())
}

/// An event in a span of ours in a span of theirs, and the ids that it should have.
#[trace]
fn inner() -> (String, String) {
    tracing::info!(n = 1, "inside");
    ids()
}

fn outer() -> (String, String) {
    tracing::info_span!("outer").in_scope(inner)
}

#[track_caller]
fn assert_once(line: &str, (trace, span): &(String, String)) {
    assert_eq!((trace.len(), span.len()), (32, 16));
    for text in [trace, span, "trace_id", "span_id"] {
        assert_eq!(line.matches(text).count(), 1, "{text} in {line}");
    }
}

#[test]
fn lines_of_text_end_with_the_ids() {
    let _spans = Capture::start();
    let formats: [&dyn Fn() -> (Written, DefaultGuard); 4] = [
        &|| text(WithIds::new(format())),
        &|| text(WithIds::new(format().compact())),
        &|| text(WithIds::new(WithIds::new(format()))),
        &|| text(WithIds::new(format().without_time().with_level(false).with_target(false))),
    ];
    for format in formats {
        let (written, _guard) = format();
        tracing::info!(n = 1, "outside");
        let line = written.take();
        assert!(line.ends_with("outside n=1\n") && !line.contains("_id"), "{line}");
        let ids = outer();
        let line = written.take();
        assert_once(&line, &ids);
        assert!(line.ends_with(&format!("inside n=1 trace_id={} span_id={}\n", ids.0, ids.1)), "{line}");
        assert_eq!(line.matches('\n').count(), 1);
    }
}

#[test]
fn pretty_events_have_the_ids_on_a_line_of_their_own() {
    let _spans = Capture::start();
    let (written, _guard) = text(WithIds::new(format().pretty()));
    tracing::info!("outside");
    assert!(!written.take().contains("_id"));
    let ids = outer();
    let lines = written.take();
    assert_once(&lines, &ids);
    assert!(lines.ends_with(&format!("outer\n    trace_id={} span_id={}\n\n", ids.0, ids.1)), "{lines}");
}

#[test]
fn json_objects_begin_with_the_ids() {
    let _spans = Capture::start();
    let formats: [&dyn Fn() -> (Written, DefaultGuard); 3] = [
        &|| with(WithIds::json(format().json()), JsonFields::new(), false),
        // Colors are on by default, whatever the format.
        &|| with(WithIds::json(format().json().flatten_event(true)), JsonFields::new(), true),
        &|| with(WithIds::json(WithIds::json(format().json())), JsonFields::new(), false),
    ];
    for format in formats {
        let (written, _guard) = format();
        tracing::info!("outside");
        let line: serde_json::Value = serde_json::from_str(&written.take()).expect("an object");
        assert!(line["trace_id"].is_null() && line["span_id"].is_null(), "{line}");
        let ids = outer();
        let text = written.take();
        assert_once(&text, &ids);
        let line: serde_json::Value = serde_json::from_str(&text).expect("an object");
        assert_eq!((line["trace_id"].as_str(), line["span_id"].as_str()), (Some(&*ids.0), Some(&*ids.1)));
        assert_eq!(line["level"], "INFO");
    }
}

#[test]
fn colors_stay() {
    let _spans = Capture::start();
    let (written, _guard) = with(WithIds::new(format()), DefaultFields::new(), true);
    let ids = outer();
    let line = written.take();
    assert_eq!((line.matches(&ids.0).count(), line.matches(&ids.1).count()), (1, 1), "{line}");
    assert!(line.contains("\x1b[32m INFO\x1b[0m"), "{line}");
}

#[test]
fn what_an_empty_object_or_no_object_is_made_of_stays_whole() {
    struct Fixed(&'static [&'static str]);
    impl<S, N> FormatEvent<S, N> for Fixed
    where
        S: tracing::Subscriber + for<'a> LookupSpan<'a>,
        N: for<'a> FormatFields<'a> + 'static,
    {
        fn format_event(
            &self,
            _: &tracing_subscriber::fmt::FmtContext<'_, S, N>,
            mut writer: tracing_subscriber::fmt::format::Writer<'_>,
            _: &tracing::Event<'_>,
        ) -> std::fmt::Result {
            self.0.iter().try_for_each(|part| writer.write_str(part))
        }
    }
    let _spans = Capture::start();
    for (parts, before, after) in [
        (&["{}"] as &[_], "{\"trace_id\":\"", "\"}"),
        (&["{", "", "}\n"], "{\"trace_id\":\"", "\"}\n"),
        (&["{\"a\":1}\n"], "{\"trace_id\":\"", "\",\"a\":1}\n"),
        (&["no object\n"], "no object trace_id=", "\n"),
        (&["two\n", "lines", "\n"], "two\nlines trace_id=", "\n"),
    ] {
        let (written, _guard) = text(WithIds::json(Fixed(parts)));
        let ids = outer();
        let line = written.take();
        assert_once(&line, &ids);
        assert!(line.starts_with(before) && line.ends_with(after), "{line}");
    }
}

#[test]
fn an_explicit_parent_gives_its_ids_and_no_parent_none() {
    let _spans = Capture::start();
    let (written, _guard) = text(WithIds::new(format()));
    let other = tracing::info_span!("other");
    let ids = other.in_scope(ids);
    tracing::info_span!("here").in_scope(|| {
        tracing::info!(parent: &other, "elsewhere");
        assert_once(&written.take(), &ids);
        tracing::info!(parent: None, "nowhere");
        assert!(!written.take().contains("trace_id"));
    });
}

#[test]
fn an_event_that_names_a_trace_itself_keeps_what_it_says() {
    let _spans = Capture::start();
    let (written, _guard) = text(WithIds::new(format()));
    tracing::info_span!("here").in_scope(|| tracing::info!(trace_id = "mine", "own"));
    let line = written.take();
    assert!(line.ends_with("own trace_id=\"mine\"\n"), "{line}");
}

#[test]
fn unsampled_and_asynchronous_spans_have_ids() {
    let _spans = Capture::with(Sampler::AlwaysOff, SpanLimits::default());
    let (written, _guard) = text(WithIds::new(format()));
    let ids = outer();
    assert_once(&written.take(), &ids);
    asynchronous(&written);
}

fn asynchronous(written: &Written) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let work = async {
        tokio::task::yield_now().await;
        tracing::info!("after waiting");
        ids()
    };
    let ids = runtime.block_on(work.instrument(tracing::info_span!("task")));
    assert_once(&written.take(), &ids);
    tracing::info!("outside");
    assert!(!written.take().contains("_id"));
}

#[test]
fn two_layers_have_the_ids_once_each() {
    let _spans = Capture::start();
    let (one, two) = (Written::default(), Written::default());
    let lines = |to: &Written| fmt_layer().with_ansi(false).with_writer(to.clone());
    let objects = fmt_layer().json().event_format(WithIds::json(format().json())).with_writer(two.clone());
    let below = registry().with(layer()).with(lines(&one).event_format(WithIds::new(format())));
    let _guard = set_default(below.with(objects));
    let ids = outer();
    assert_once(&one.take(), &ids);
    assert_once(&two.take(), &ids);
}

#[test]
fn an_event_made_while_another_is_written_has_its_own_ids() {
    struct Talks;
    impl std::fmt::Display for Talks {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            tracing::info!("nested");
            f.write_str("talks")
        }
    }
    let _spans = Capture::start();
    let (written, _guard) = text(WithIds::new(format()));
    tracing::info_span!("here").in_scope(|| {
        let ids = ids();
        tracing::info!(talks = %Talks, "outer");
        for line in written.take().lines() {
            assert_once(line, &ids);
        }
    });
}
