//! What is recorded, and under which name.

use super::{arrived, run};
use tests::receiver::{Arrived, Receiver};

#[test]
fn the_resource_has_the_attributes_decoded_and_the_service_its_name() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=a,team=%C3%A9%2C%3D , k = v ");
    let (_, spans) = arrived("return", &[attributes]);
    let get = |spans: &[Arrived], key: &str| spans[0].resource.get(key).cloned().unwrap_or_default();
    assert_eq!(["service.name", "team", "k"].map(|key| get(&spans, key)), ["a", "é,=", "v"]);
    let (_, spans) = arrived("return", &[attributes, ("OTEL_SERVICE_NAME", "shop")]);
    assert_eq!(get(&spans, "service.name"), "shop");
    let (_, spans) = arrived("return", &[("OTEL_ENTITIES", "service{service.name=a}"), ("OTEL_LOG_LEVEL", "debug")]);
    assert_eq!(get(&spans, "service.name"), "unknown_service:program", "what is not read changes nothing");
}

#[test]
fn the_sampler_and_its_argument_decide_what_is_recorded() {
    let argument = "OTEL_TRACES_SAMPLER_ARG";
    for (sampler, ratio, spans) in [
        ("always_on", "", 10),
        ("always_off", "", 0),
        ("traceidratio", "1", 10),
        ("traceidratio", "", 10),
        ("traceidratio", "0", 0),
        ("parentbased_always_on", "0", 10),
        ("parentbased_always_off", "", 0),
        ("PARENTBASED_TRACEIDRATIO", "0.0", 0),
        ("", "0", 10),
    ] {
        let (_, arrived) = arrived("return", &[("OTEL_TRACES_SAMPLER", sampler), (argument, ratio)]);
        assert_eq!(arrived.len(), spans, "{sampler} {ratio}");
    }
}

#[test]
fn the_filter_decides_which_functions_are_traced() {
    for (filter, spans) in
        [("", 10), ("off", 0), ("off,program::work=on", 10), ("program::work=off", 0), ("**::exits=off", 10)]
    {
        let (_, arrived) = arrived("return", &[("TRACE_FILTER", filter)]);
        assert_eq!(arrived.len(), spans, "{filter}");
    }
}

#[test]
fn a_summary_at_the_end_says_what_each_function_cost() {
    let receiver = Receiver::start();
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url());
    let sampled = ("OTEL_TRACES_SAMPLER", "always_on");
    let unsampled = ("OTEL_TRACES_SAMPLER", "always_off");
    for (summary, sampler, is_there) in [
        ("1", sampled, true),
        ("all", sampled, true),
        ("all", unsampled, true),
        ("0", sampled, false),
        ("", sampled, false),
    ] {
        let output = run(&["return", "25"], &[endpoint, sampler, ("TRACE_SUMMARY", summary)]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let line = stderr.lines().find(|line| line.ends_with("  program::work"));
        assert_eq!(line.is_some(), is_there, "{stderr}");
        assert_eq!(stderr.contains("function"), is_there, "{stderr}");
        if let Some(line) = line {
            let words: Vec<_> = line.split_whitespace().collect();
            assert_eq!((words.len(), words[..2].to_vec()), (11, vec!["25", "0"]), "{line}");
        }
    }
}

#[test]
fn propagators_are_read_also_when_tracing_is_disabled() {
    for (list, formats, fields) in [
        ("", "[TraceContext, Baggage]", r#"["traceparent", "tracestate", "baggage"]"#),
        ("b3, jaeger,b3", "[B3, Jaeger]", r#"["b3", "uber-trace-id", "jaeger-debug-id"]"#),
        ("none", "[]", "[]"),
    ] {
        let receiver = Receiver::start();
        for (disabled, spans) in [("true", 0), ("", 1)] {
            let variables = [
                ("OTEL_PROPAGATORS", list),
                ("OTEL_SDK_DISABLED", disabled),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url()),
            ];
            let output = run(&["propagators", "1"], &variables);
            let stdout = String::from_utf8_lossy(&output.stdout);
            assert_eq!(stdout, format!("output of the program\n{formats}\n{fields}\n"), "{output:?}");
            assert_eq!(receiver.spans().len(), spans, "{disabled}");
        }
    }
}

#[test]
fn disabled_means_untraced_and_silent_whatever_else_is_wrong() {
    let receiver = Receiver::start();
    let url = receiver.url();
    for value in ["true", "TRUE"] {
        let variables = [
            ("OTEL_SDK_DISABLED", value),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
            ("OTEL_TRACES_SAMPLER", "?"),
            ("OTEL_CONFIG_FILE", "otel.yaml"),
        ];
        let output = run(&["return"], &variables);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    assert!(receiver.requests().is_empty());
    assert_eq!(arrived("return", &[("OTEL_SDK_DISABLED", "False")]).1.len(), 10);
}

#[test]
fn errors_can_be_reduced_to_their_types() {
    for (value, shown) in [("type", 0), ("message", 1), ("", 1)] {
        let receiver = Receiver::start();
        run(&["panic", "1"], &[("TRACE_ERRORS", value), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
        let spans = receiver.spans();
        assert_eq!(spans.iter().filter(|one| format!("{one:?}").contains("on purpose")).count(), shown, "{value}");
    }
}
