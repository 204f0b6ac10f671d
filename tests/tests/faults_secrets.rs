//! A secret in every place where a program has one, and a search through all that comes out.

use std::path::{Path, PathBuf};
use std::process::Output;
use tests::faults::{command, each};
use tests::receiver::{Answer, Receiver};
use tests::tls::{Authority, Tls};

const CANARY: &str = "c4nary0fTheM1ne";

fn run(variables: &[(&str, &str)]) -> Output {
    let variables: Vec<_> = variables.iter().copied().chain([("CANARY", CANARY)]).collect();
    let output = command(env!("CARGO_BIN_EXE_secrets"), &[], &variables).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    output
}

/// It is not there, nor is a piece of it, nor its base64.
fn is_silent(output: &Output) {
    for text in [String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)] {
        for piece in [CANARY, &CANARY[..8], &CANARY[7..], "YzRuYXJ5MGZUaGVNMW5l"] {
            let line = text.lines().find(|line| line.contains(piece));
            assert!(line.is_none(), "{line:?}");
        }
    }
}

fn said(output: &Output, text: &str) {
    assert!(String::from_utf8_lossy(&output.stdout).contains(text), "{output:?}");
}

#[test]
fn a_secret_in_arguments_and_headers_is_in_no_span_and_no_output() {
    let receiver = Receiver::start();
    let output = run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
    is_silent(&output);
    said(&output, "2 spans recorded, 2 delivered");
    let spans = receiver.spans();
    assert_eq!(spans.len(), 2);
    assert!(!format!("{spans:?}").contains(&CANARY[..8]));
    for request in receiver.requests() {
        let with: Vec<_> = request.headers.iter().filter(|(_, value)| value.contains(CANARY)).collect();
        assert_eq!(with.len(), 2, "only where the program put it: {with:?}");
        assert!(!request.line.contains(CANARY));
    }
}

#[test]
fn a_secret_is_in_no_output_when_the_backend_refuses_or_repeats_it() {
    let statuses = [301, 400, 401, 413, 503];
    each(statuses, |status| {
        let receiver = Receiver::answering(move |_| {
            let location = "location: http://127.0.0.2:1/\r\n".to_owned();
            Answer::Refuse(status, location, b"no".to_vec())
        });
        let output = run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
        is_silent(&output);
    });
}

#[test]
fn a_secret_in_the_variables_is_in_no_error_about_them() {
    let userinfo = format!("http://user:{CANARY}@127.0.0.1:1");
    let query = format!("http://127.0.0.1:1/?key={CANARY}");
    let header = format!("x-token={CANARY}\u{7f}");
    let nameless = CANARY.to_owned();
    let plain = "http://127.0.0.1:1".to_owned();
    let cases = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &userinfo, &nameless),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &query, &nameless),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &userinfo, &nameless),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &plain, &header),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &plain, &nameless),
    ];
    for (name, endpoint, headers) in cases {
        let output = run(&[(name, endpoint), ("OTEL_EXPORTER_OTLP_HEADERS", headers)]);
        is_silent(&output);
        said(&output, "accepted: ");
    }
}

#[test]
fn a_secret_in_a_proxys_address_is_in_no_output() {
    let proxy = format!("http://user:{CANARY}@127.0.0.1:1");
    is_silent(&run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("HTTP_PROXY", &proxy)]));
    let broken = format!("nonsense://user:{CANARY}@127.0.0.1:x");
    is_silent(&run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("HTTP_PROXY", &broken)]));
}

/// An empty directory.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).expect("a directory");
    directory
}

#[test]
fn a_clients_key_is_in_no_output_whether_it_works_or_not() {
    let directory = directory("key");
    let put = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let authority = Authority::new("ours");
    let tls = Tls::start(&authority.issue("localhost", 2020, 2120), Some(&authority));
    let client = authority.issue("program", 2020, 2120);
    let other = authority.issue("another", 2020, 2120);
    let ca = put("ca.pem", &authority.pem());
    let certificate = put("client.pem", &client.certificate);
    let body = |pem: &str| pem.lines().find(|line| !line.starts_with('-')).expect("a line").to_owned();
    let garbage = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n");
    let url = tls.url();
    for (name, key) in
        [("good", &client.key), ("another's", &other.key), ("garbage", &garbage), ("text", &CANARY.into())]
    {
        let path = put("client.key", key);
        let output = run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", &ca),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &certificate),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &path),
        ]);
        is_silent(&output);
        if key.contains("BEGIN") {
            assert!(!format!("{output:?}").contains(&body(key)), "{name}: {output:?}");
        }
    }
    std::fs::remove_dir_all(directory).expect("the directory");
}

#[test]
fn a_key_where_its_file_should_be_named_is_in_no_output() {
    let key = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n");
    for (certificate, key) in [("/nowhere/client.pem", key.as_str()), ("/dev/null", &key), (&key, "/dev/null")] {
        is_silent(&run(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:1"),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", key),
        ]));
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_secret_is_in_no_file_of_the_spool() {
    let spool = directory("spool");
    let path = spool.to_string_lossy().into_owned();
    let output = run(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("TRACE_SPOOL_DIR", &path)]);
    is_silent(&output);
    let files = files(&spool);
    assert!(!files.is_empty(), "nothing was stored: {output:?}");
    for file in files {
        let bytes = std::fs::read(&file).expect("a file");
        let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
        assert!(!found, "{}", file.display());
    }
    std::fs::remove_dir_all(spool).expect("the directory");
}
