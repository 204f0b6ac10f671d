//! Each environment variable of the README's table, from outside: a program with it, and a receiver.

use std::path::{Path, PathBuf};
use std::process::{Child, Output};
use std::time::{Duration, Instant};
use tests::faults::command;
use tests::grpc::Grpc;
use tests::receiver::{Answer, Arrived, Receiver};
use tests::tls::{Authority, Tls};

const PROGRAM: &str = env!("CARGO_BIN_EXE_program");

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    command(PROGRAM, arguments, variables).output().expect("the program runs")
}

/// What arrives of a program that ends by itself, with these variables besides the endpoint.
fn arrived(how: &str, variables: &[(&str, &str)]) -> (Receiver, Vec<Arrived>) {
    let receiver = Receiver::start();
    let url = receiver.url();
    let output = run(&[how, "10"], &[&[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)], variables].concat());
    assert!(output.status.success(), "{variables:?}: {output:?}");
    let spans = receiver.spans();
    (receiver, spans)
}

/// A header of the first request.
fn header(receiver: &Receiver, name: &str) -> Option<String> {
    receiver.requests()[0].headers.get(name).cloned()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Ended when this is dropped.
struct Running(Child);

impl Running {
    fn start(variables: &[(&str, &str)]) -> Self {
        Self(command(PROGRAM, &["wait", "10"], variables).spawn().expect("the program runs"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A fresh place for files.
fn place(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("variables-{name}"));
    let _ = std::fs::remove_dir_all(&place);
    place
}

#[test]
fn every_variable_of_the_readme_is_tested_here() {
    let words = |text: &'static str| {
        text.split(|char: char| !char.is_ascii_uppercase() && char != '_')
            .filter(|word| (word.starts_with("OTEL_") || word.starts_with("TRACE_")) && !word.ends_with('_'))
    };
    let here: Vec<_> = words(include_str!("variables.rs")).collect();
    let missing: Vec<_> = words(include_str!("../../README.md")).filter(|word| !here.contains(word)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

// Where spans go.

#[test]
fn the_exporters_are_a_list() {
    for (list, sent, printed) in
        [("otlp", 10, 0), ("console", 0, 10), ("otlp,console", 10, 10), (" Console , OTLP ", 10, 10), ("none", 0, 0)]
    {
        let receiver = Receiver::start();
        let variables = [("OTEL_TRACES_EXPORTER", list), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url())];
        let output = run(&["return", "10"], &variables);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!((receiver.spans().len(), stderr.matches("program::work").count()), (sent, printed), "{list}");
    }
}

#[test]
fn an_endpoint_gets_a_path_unless_it_is_for_traces_which_comes_first() {
    let (other, receiver) = (Receiver::start(), Receiver::start());
    let [base, whole] = ["/base/", "/whole?x=1"].map(|path| format!("{}{path}", receiver.url()));
    let line = |variables: &[(&str, &str)]| {
        assert!(run(&["return", "1"], variables).status.success());
        receiver.requests().pop().map(|request| request.line).unwrap_or_default()
    };
    assert_eq!(line(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &base)]), "POST /base/v1/traces HTTP/1.1");
    let both = [("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*whole), ("OTEL_EXPORTER_OTLP_ENDPOINT", &other.url())];
    assert_eq!(line(&both), "POST /whole?x=1 HTTP/1.1");
    assert!(other.requests().is_empty());
}

#[test]
fn without_an_endpoint_the_exporter_otlp_goes_to_localhost() {
    let proxy = Receiver::start();
    run(&["return", "1"], &[("OTEL_TRACES_EXPORTER", "otlp"), ("HTTP_PROXY", &proxy.url())]);
    let lines: Vec<_> = proxy.requests().into_iter().map(|request| request.line).collect();
    assert!(lines.iter().any(|line| line.contains("localhost:4318")), "{lines:?}");
}

#[test]
fn the_protocol_decides_on_the_form() {
    let general = "OTEL_EXPORTER_OTLP_PROTOCOL";
    let of_traces = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
    for (variables, content) in [
        (vec![(general, "http/protobuf")], "application/x-protobuf"),
        (vec![(general, "http/json")], "application/json"),
        (vec![(general, "nonsense"), (of_traces, "HTTP/JSON")], "application/json"),
    ] {
        let (receiver, spans) = arrived("return", &variables);
        assert_eq!((header(&receiver, "content-type").as_deref(), spans.len()), (Some(content), 10));
    }
    for name in [general, of_traces] {
        let receiver = Grpc::start();
        run(&["return", "10"], &[(name, "grpc"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
        assert_eq!(receiver.spans().len(), 10);
    }
}

#[test]
fn insecure_decides_on_tls_where_the_endpoint_does_not_say() {
    for (name, endpoint) in [
        ("OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
    ] {
        for (insecure, spans) in [("true", 10), ("false", 0)] {
            let receiver = Grpc::start();
            let (url, grpc) = (receiver.url(), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"));
            let target = url.trim_start_matches("http://");
            run(&["return", "10"], &[grpc, (name, insecure), (endpoint, target)]);
            assert_eq!(receiver.spans().len(), spans, "{name}={insecure}");
        }
    }
}

#[test]
fn headers_are_decoded_and_those_for_traces_replace_the_general_ones() {
    let general = ("OTEL_EXPORTER_OTLP_HEADERS", "x-a=1%2C2, x-b = b");
    let (receiver, _) = arrived("return", &[general]);
    assert_eq!((header(&receiver, "x-a").as_deref(), header(&receiver, "x-b").as_deref()), (Some("1,2"), Some("b")));
    let (receiver, _) = arrived("return", &[general, ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-c=c")]);
    assert_eq!((header(&receiver, "x-a"), header(&receiver, "x-c").as_deref()), (None, Some("c")));
}

#[test]
fn a_request_takes_no_longer_than_the_timeouts_say() {
    for variables in [
        vec![("OTEL_EXPORTER_OTLP_TIMEOUT", "200")],
        vec![("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "200"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000")],
        vec![("OTEL_BSP_EXPORT_TIMEOUT", "200")],
    ] {
        let receiver = Receiver::answering(|nth| if nth == 0 { Answer::Hang } else { Answer::Accept });
        let start = Instant::now();
        let url = receiver.url();
        let _running = Running::start(&[&[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url)], &variables[..]].concat());
        receiver.wait_for_requests(2);
        assert!(start.elapsed() < Duration::from_secs(8), "not the default: {variables:?}");
    }
    for name in ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_BSP_EXPORT_TIMEOUT"] {
        assert_eq!(arrived("return", &[(name, "0")]).1.len(), 10, "no limit");
    }
}

#[test]
fn compression_is_as_the_variables_say() {
    let general = "OTEL_EXPORTER_OTLP_COMPRESSION";
    let of_traces = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION";
    for (variables, expected) in [
        (vec![(general, "gzip")], Some("gzip")),
        (vec![(general, "zstd")], Some("zstd")),
        (vec![(general, "none")], None),
        (vec![(general, "lz4"), (of_traces, "gzip")], Some("gzip")),
    ] {
        let (receiver, spans) = arrived("return", &variables);
        assert_eq!((header(&receiver, "content-encoding").as_deref(), spans.len()), (expected, 10));
    }
}

#[test]
fn certificates_are_those_of_the_variables() {
    let authority = Authority::new("authority");
    let (server, client) = (authority.issue("localhost", 2020, 2120), authority.issue("client", 2020, 2120));
    let place = place("certificates");
    std::fs::create_dir_all(&place).expect("a directory");
    let file = |name: &str, text: &str| {
        std::fs::write(place.join(name), text).expect("a file");
        place.join(name).to_string_lossy().into_owned()
    };
    let (trusted, missing) =
        (file("authority.pem", &authority.pem()), place.join("none").to_string_lossy().into_owned());
    let (certificate, key) = (file("client.pem", &client.certificate), file("client.key", &client.key));
    let names = [
        ["OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"],
        ["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE"],
        ["OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"],
    ];
    let good = [&*trusted, &certificate, &key];
    for nth in [0, 1] {
        let tls = Tls::start(&server, Some(&authority));
        let mut variables: Vec<_> = names.iter().zip(good).map(|(names, value)| (names[nth], value)).collect();
        if nth == 1 {
            variables.extend(names.map(|names| (names[0], &*missing)));
        }
        let url = tls.url();
        variables.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &url));
        let output = run(&["return", "10"], &variables);
        assert_eq!(tls.receiver().spans().len(), 10, "{output:?}");
    }
    for names in names {
        let output = run(&["return"], &[(names[1], &missing), ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://localhost:1")]);
        assert_eq!(output.status.code(), Some(4));
        assert!(said(&output).contains(names[1]), "{output:?}");
    }
}

// What is recorded, and under which name.

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

// Bounds.

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

// Values that cannot be used.

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
    let variables = [("TRACE_SPOOL_DIR", "/proc/none"), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url())];
    let output = run(&["return", "10"], &variables);
    assert!(output.status.success() && receiver.spans().len() == 10, "{output:?}");
}

#[test]
fn empty_values_are_none() {
    let here = include_str!("variables.rs");
    let names = here.split('"').filter(|word| word.starts_with("OTEL_") || word.starts_with("TRACE_"));
    let names: Vec<_> = names.filter(|name| *name != "OTEL_EXPORTER_OTLP_ENDPOINT").collect();
    assert!(names.len() > 40);
    let variables: Vec<_> = names.iter().map(|name| (*name, " ")).collect();
    let (receiver, spans) = arrived("return", &variables);
    assert_eq!((spans.len(), header(&receiver, "content-type").as_deref()), (10, Some("application/x-protobuf")));
}
