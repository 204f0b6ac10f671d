//! Where spans go.

use super::{Running, arrived, header, place, run, said};
use std::time::{Duration, Instant};
use tests::grpc::Grpc;
use tests::receiver::{Answer, Receiver};
use tests::tls::{Authority, Tls};

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
