//! Values that cannot be used.

use super::{place, run, said};
use tests::receiver::Receiver;

#[test]
fn a_bad_value_is_one_error_that_names_the_variable_and_what_is_accepted() {
    const BAD: &[(&str, &[&str])] = &[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &["localhost:4318", "http://h#x", "unix:/s"]),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &["ftp://h", "http://h:0"]),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", &["http", "protobuf"]),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", &["http/xml"]),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", &["-1", "10s", "1.5"]),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", &["soon"]),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", &["lz4"]),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", &["deflate"]),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &["alone.key"]),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", &["alone.pem"]),
        ("OTEL_RESOURCE_ATTRIBUTES", &["novalue", "k=%zz", "k=%FF"]),
        ("OTEL_TRACES_SAMPLER", &["sometimes", "jaeger_remote", "parentbased_jaeger_remote", "xray"]),
        ("OTEL_TRACES_SAMPLER_ARG", &["2", "-0.1", "half"]),
        ("OTEL_PROPAGATORS", &["xray", "ottrace", "none,b3", "tracecontext;baggage"]),
        ("OTEL_SDK_DISABLED", &["yes", "1"]),
        ("OTEL_BSP_SCHEDULE_DELAY", &["-1", "1s"]),
        ("OTEL_BSP_EXPORT_TIMEOUT", &["-1"]),
        ("OTEL_BSP_MAX_QUEUE_SIZE", &["0", "many"]),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", &["0", "-5"]),
        ("OTEL_SPAN_LINK_COUNT_LIMIT", &["-1"]),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", &["1k"]),
        ("TRACE_ERRORS", &["none"]),
        ("TRACE_SUMMARY", &["yes", "2"]),
        ("TRACE_KEEP", &["all", "slow", "errors,slow=1s"]),
        ("TRACE_FILTER", &["all", "program=yes", "off,kind:web=on", "a:b=off"]),
        ("TRACE_SPOOL_MODE", &["last"]),
        ("TRACE_SPOOL_MAX_BYTES", &["1k"]),
        ("OTEL_CONFIG_FILE", &["otel.yaml"]),
        ("OTEL_EXPERIMENTAL_CONFIG_FILE", &["otel.yaml"]),
    ];
    let receiver = Receiver::start();
    for (name, value) in BAD.iter().flat_map(|(name, values)| values.iter().map(move |value| (*name, *value))) {
        let mut variables = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())];
        if name == "OTEL_TRACES_SAMPLER_ARG" {
            variables.push(("OTEL_TRACES_SAMPLER", "traceidratio".into()));
        }
        if name.starts_with("TRACE_SPOOL_") {
            variables.push(("TRACE_SPOOL_DIR", place("bad").to_string_lossy().into_owned()));
        }
        variables.push((name, value.to_owned()));
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let output = run(&["return"], &variables);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(4), "{name}={value}: {said}");
        assert!(said.starts_with(&format!("init: {name} is `")) && said.lines().count() == 1, "{said}");
        assert!(said.contains("; accepted: ") && (said.contains(value) || value.starts_with("k=")), "{said}");
        let is_remote = value.ends_with("remote") || (value == "xray" && name == "OTEL_TRACES_SAMPLER");
        assert_eq!(said.contains("not supported"), is_remote || name.ends_with("CONFIG_FILE"), "{said}");
    }
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    for name in ["OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_TRACES_INSECURE"] {
        let output = run(&["return"], &[grpc, ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317"), (name, "no")]);
        assert!(said(&output).contains(&format!("{name} is `no`; accepted: `true` or `false`")), "{output:?}");
    }
    assert!(receiver.requests().is_empty());
}

#[test]
fn a_directory_that_cannot_be_a_spool_is_said_and_spans_are_sent_all_the_same() {
    let receiver = Receiver::start();
    for (nth, name) in (1..).zip(["TRACE_SPOOL_DIR", "TRACE_CRASH_DIR"]) {
        let variables = [(name, "/proc/none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url())];
        let output = run(&["return", "10"], &variables);
        assert!(output.status.success() && receiver.spans().len() == nth * 10, "{output:?}");
    }
}
