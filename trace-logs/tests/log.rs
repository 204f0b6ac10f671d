//! The `log` facade: every record has the ids of its span, exactly once.

use log::kv::{Key, Value, VisitSource};
use log::{Level, Log, Metadata, Record, info};
use std::sync::Mutex;
use trace_logs::log::WithIds;
use trace_runtime::capture::Capture;
use trace_runtime::{Sampler, Snapshot, TraceFuture as _, current, trace};

/// Keeps what it is given: message, and key-values.
#[derive(Default)]
struct Kept(Mutex<Vec<(String, Pairs)>>);

type Pairs = Vec<(String, String)>;

impl Log for Kept {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Info
    }

    fn log(&self, record: &Record<'_>) {
        struct All(Pairs);
        impl<'kvs> VisitSource<'kvs> for All {
            fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), log::kv::Error> {
                self.0.push((key.to_string(), value.to_string()));
                Ok(())
            }
        }
        let mut pairs = All(Vec::new());
        record.key_values().visit(&mut pairs).expect("pairs");
        assert_eq!(record.key_values().count(), pairs.0.len(), "the count is that of the pairs");
        for (key, value) in &pairs.0 {
            let got = record.key_values().get(key.as_str().into()).map(|value| value.to_string());
            assert_eq!(got.as_ref(), Some(value), "each is found by its key");
        }
        self.0.lock().expect("no panic").push((record.args().to_string(), pairs.0));
    }

    fn flush(&self) {}
}

impl Kept {
    /// The key-values of the only record since.
    fn one(&self) -> Pairs {
        let mut all = std::mem::take(&mut *self.0.lock().expect("no panic"));
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0).1
    }
}

fn logger() -> WithIds<Kept> {
    log::set_max_level(log::LevelFilter::Info);
    WithIds::new(Kept::default())
}

/// What the record should have: those of the current span.
fn expected() -> Pairs {
    let span = current().expect("a span");
    let (trace, id) = (span.trace_id().to_string(), span.span_id().to_string());
    assert_eq!((trace.len(), id.len()), (32, 16));
    vec![("trace_id".into(), trace), ("span_id".into(), id)]
}

#[trace]
fn logs(logger: &WithIds<Kept>) {
    info!(logger: logger, "inside");
    assert_eq!(logger.inner().one(), expected());
}

#[trace]
async fn waits_and_logs(logger: &WithIds<Kept>) {
    logs(logger);
    tokio::task::yield_now().await;
    info!(logger: logger, "after waiting");
    assert_eq!(logger.inner().one(), expected());
}

#[test]
fn a_record_inside_a_span_has_both_ids_and_one_outside_has_none() {
    let _spans = Capture::start();
    let logger = logger();
    info!(logger: &logger, "outside");
    assert_eq!(logger.inner().one(), []);
    logs(&logger);
    info!(logger: &logger, "outside again");
    assert_eq!(logger.inner().one(), []);
}

#[test]
fn ids_follow_futures_across_awaits_and_threads() {
    let _spans = Capture::start();
    let here = Snapshot::current();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let work = async { waits_and_logs(&logger()).await };
            runtime.spawn(work.in_span(here.clone()))
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).expect("no panic");
    }
}

#[test]
fn an_unsampled_span_has_ids_too() {
    let spans = Capture::with(Sampler::AlwaysOff, trace_runtime::SpanLimits::default());
    logs(&logger());
    spans.assert_count(0);
}

#[test]
fn loggers_around_loggers_add_ids_once() {
    #[trace]
    fn nested(logger: WithIds<WithIds<&WithIds<Kept>>>) {
        info!(logger: logger, a = 1; "nested");
        let mut all = expected();
        all.insert(0, ("a".into(), "1".into()));
        assert_eq!(logger.inner().inner().inner().one(), all);
    }
    let _spans = Capture::start();
    let kept = logger();
    nested(WithIds::new(WithIds::new(&kept)));
}

#[test]
fn a_record_that_names_a_trace_itself_keeps_what_it_says() {
    #[trace]
    fn says_itself(logger: &WithIds<Kept>) {
        info!(logger: logger, trace_id = "mine"; "own");
        assert_eq!(logger.inner().one(), [("trace_id".into(), "mine".into())]);
        info!(logger: logger, span_id = 7; "own span");
        let trace = expected().remove(0);
        assert_eq!(logger.inner().one(), [("span_id".into(), "7".into()), trace]);
    }
    let _spans = Capture::start();
    says_itself(&logger());
}

#[test]
fn what_is_muted_has_no_ids() {
    #[trace]
    fn exports(logger: &WithIds<Kept>) {
        trace_runtime::export::muted(|| info!(logger: logger, "of the exporter"));
        assert_eq!(logger.inner().one(), []);
    }
    let _spans = Capture::start();
    exports(&logger());
}

#[test]
fn the_rest_of_a_record_and_the_loggers_own_filter_stay() {
    struct Same;
    impl Log for Same {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "mine"
        }
        fn log(&self, record: &Record<'_>) {
            assert_eq!((record.target(), record.level(), record.line()), ("mine", Level::Warn, Some(7)));
            assert_eq!((record.file(), record.module_path()), (Some("file.rs"), Some("module")));
            assert_eq!(record.args().to_string(), "text 1");
        }
        fn flush(&self) {}
    }
    #[trace]
    fn logs_all(logger: &dyn Log) {
        let mut record = Record::builder();
        record.target("mine").level(Level::Warn).line(Some(7)).file(Some("file.rs")).module_path(Some("module"));
        logger.log(&record.args(format_args!("text {}", 1)).build());
    }
    let _spans = Capture::start();
    let logger = WithIds::new(Same);
    logs_all(&logger);
    assert!(logger.enabled(&Metadata::builder().target("mine").build()));
    assert!(!logger.enabled(&Metadata::builder().target("yours").build()));
}

#[test]
fn ids_print_for_loggers_of_text() {
    #[trace]
    fn prints() {
        let span = current().expect("a span");
        let expected = format!("trace_id={} span_id={}", span.trace_id(), span.span_id());
        assert_eq!(trace_logs::ids().to_string(), expected);
    }
    let _spans = Capture::start();
    prints();
    assert_eq!(trace_logs::ids().to_string(), "");
}
