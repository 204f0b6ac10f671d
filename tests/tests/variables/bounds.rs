//! How much of it.

use super::{arrived, place, run, said};
use tests::receiver::{Answer, Receiver};

#[test]
fn the_schedule_delay_is_how_long_a_span_waits() {
    let requests = |delay| arrived("paced", &[("OTEL_BSP_SCHEDULE_DELAY", delay)]).0.requests().len();
    let (short, ours, long) = (requests("20"), requests(""), requests("60000"));
    assert!(short >= 8 && ours <= 4 && long <= 4, "{short} {ours} {long}");
    assert!(requests("0") >= 8);
}

#[test]
fn a_request_has_no_more_spans_than_the_batch_size_nor_than_the_queue_takes() {
    for variables in [
        [("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"), ("OTEL_BSP_MAX_QUEUE_SIZE", "")],
        [("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "99999999"), ("OTEL_BSP_MAX_QUEUE_SIZE", "4")],
    ] {
        let (receiver, spans) = arrived("return", &variables);
        let requests = receiver.requests();
        assert_eq!((spans.len(), requests.len()), (10, 3), "{variables:?}");
        assert!(requests.iter().all(|request| request.spans <= 4));
    }
}

#[test]
fn a_destination_beside_others_loses_what_its_queue_does_not_take() {
    let receiver = Receiver::answering(|_| Answer::Hang);
    let variables = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "5"),
        ("OTEL_TRACES_EXPORTER", "otlp,console"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url()),
    ];
    let stdout = String::from_utf8_lossy(&run(&["counts", "50"], &variables).stdout).into_owned();
    assert!(stdout.contains("console: Counts { recorded: 50, delivered: 50,"), "{stdout}");
    assert!(stdout.contains("otlp: Counts { recorded: 50, delivered: 0,"), "{stdout}");
    assert!(stdout.contains("memory_full: 45,") && stdout.contains("undelivered: 5,"), "{stdout}");
}

#[test]
fn limits_are_those_of_the_variables() {
    // Of a span with five of everything: attributes, events, links, attributes of an event and of a link, bytes of a text.
    let counts = |variables: &[(&str, &str)]| {
        let (_, spans) = arrived("limits", variables);
        let named = |name: &str| {
            &spans
                .iter()
                .find(|one| one.span.name == name)
                .unwrap_or_else(|| {
                    panic!("{name} {variables:?} {:?}", spans.iter().map(|one| &one.span.name).collect::<Vec<_>>())
                })
                .span
        };
        let (span, linked) = (named("program::one_with_much_on_it"), named("linked"));
        let own =
            span.attributes.iter().filter(|pair| !pair.key.starts_with("code.") && !pair.key.starts_with("trace."));
        let text = spans.iter().find_map(|one| one.attribute("text").or_else(|| one.attribute("a")));
        let on_event = span.events.first().map_or(0, |event| event.attributes.len());
        let on_link = linked.links.first().map_or(0, |link| link.attributes.len());
        let bytes = text.map_or(0, |text| text.len());
        [own.count(), span.events.len(), span.links.len(), on_event, on_link, bytes]
    };
    assert_eq!(counts(&[]), [5, 5, 5, 5, 5, 10]);
    for (name, expected) in [
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", [2, 5, 5, 5, 5, 10]),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", [5, 2, 5, 5, 5, 10]),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", [5, 5, 2, 5, 5, 10]),
        ("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", [5, 5, 5, 2, 5, 10]),
        ("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", [5, 5, 5, 5, 2, 10]),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", [2, 5, 5, 2, 2, 10]),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", [5, 5, 5, 5, 5, 2]),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", [5, 5, 5, 5, 5, 2]),
    ] {
        assert_eq!(counts(&[(name, "2")]), expected, "{name}");
        assert_eq!(counts(&[(name, "99999999")]), [5, 5, 5, 5, 5, 10], "{name} only lowers");
    }
    let both = [("OTEL_ATTRIBUTE_COUNT_LIMIT", "1"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "3")];
    assert_eq!(counts(&both)[0], 3, "the special one comes first");
}

/// Spans are recorded although nobody says where to, and what is left at the end is there; its own file is not.
#[test]
fn the_crash_recorder_has_its_directory() {
    let place = place("crash");
    let output = run(&["return", "10"], &[("TRACE_CRASH_DIR", &*place.to_string_lossy())]);
    assert!(output.status.success(), "{output:?}");
    let extension =
        |path: std::path::PathBuf| path.extension().map(|extension| extension.to_string_lossy().into_owned());
    let files = std::fs::read_dir(&place).expect("the directory").filter_map(Result::ok);
    assert_eq!(files.filter_map(|entry| extension(entry.path())).collect::<Vec<_>>(), ["batch"]);
}

#[test]
fn the_spool_is_where_and_as_large_as_the_variables_say() {
    let place = place("spool");
    let dir = place.to_string_lossy();
    let spool = |limit: &'static str, value: &'static str| {
        let _ = std::fs::remove_dir_all(&place);
        let variables = [
            ("TRACE_SPOOL_DIR", &*dir),
            (limit, value),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ];
        let output = run(&["counts", "10"], &variables);
        let files = std::fs::read_dir(&place).expect("the directory").filter_map(Result::ok);
        (files.filter(|entry| entry.path().is_file()).count(), said(&output))
    };
    let (files, said) = spool("TRACE_SPOOL_MODE", "first");
    assert!(files == 10 && said.contains("stored: 10,"), "{files} {said}");
    let (files, said) = spool("TRACE_SPOOL_MAX_BATCHES", "3");
    assert!(files == 3 && said.contains("stored: 3,") && said.contains("evicted: 7,"), "{files} {said}");
    let (files, said) = spool("TRACE_SPOOL_MAX_BYTES", "1500");
    assert!((1..10).contains(&files) && said.contains("evicted: "), "{files} {said}");
}
