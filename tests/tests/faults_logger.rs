//! What the HTTP client says goes through functions that are traced themselves.

use tests::faults::command;
use tests::receiver::Receiver;
use tests::tls::{Authority, Tls};

fn is_not_traced(receiver: &Receiver, variables: &[(&str, &str)]) {
    let output = command(env!("CARGO_BIN_EXE_logging"), &[], variables).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    // Each `work` and the record of it.
    assert_eq!(output.stdout, b"recorded 10 delivered 10 client true depth 1\n", "{output:?}");
    let spans = receiver.spans();
    assert_eq!(spans.len(), 10);
    let targets: Vec<_> = spans.iter().filter_map(|one| one.attribute("target")).collect();
    assert_eq!(targets, ["logging"; 5]);
    assert_eq!(receiver.requests().len(), 5, "nothing but the program's own work is sent");
}

#[test]
fn what_the_client_does_for_us_is_not_traced_although_its_logger_is() {
    let receiver = Receiver::start();
    is_not_traced(&receiver, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())]);
}

#[test]
fn what_tls_does_for_us_is_not_traced_although_its_logger_is() {
    let authority = Authority::new("ours");
    let tls = Tls::start(&authority.issue("localhost", 2020, 2120), None);
    let file = std::env::temp_dir().join(format!("authority-{}.pem", std::process::id()));
    std::fs::write(&file, authority.pem()).expect("a file");
    let path = file.to_string_lossy();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", tls.url()), ("OTEL_EXPORTER_OTLP_CERTIFICATE", path.into_owned())];
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    is_not_traced(tls.receiver(), &variables);
    std::fs::remove_file(file).expect("the file");
}
