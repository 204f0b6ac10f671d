//! Certificates that are not what they should be.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::mpsc::channel;
use tests::faults::{LONG, command, record};
use tests::tls::{Authority, Identity, Tls};

const TOKEN: &str = "c0ffee-canary";
const SERVER: &str = "localhost";

/// Files that are gone with this.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("a directory");
        Self(directory)
    }

    fn put(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Ten spans for `url`, by a program that trusts `authority` and has a client's certificate.
fn run(name: &str, url: &str, authority: Option<&Authority>, client: Option<&Identity>) -> Output {
    let files = Files::new(name);
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.to_owned()),
        ("OTEL_EXPORTER_OTLP_HEADERS", format!("authorization={TOKEN}")),
        ("LOG", "1".to_owned()),
    ];
    if let Some(authority) = authority {
        variables.push(("OTEL_EXPORTER_OTLP_CERTIFICATE", files.put("authority.pem", &authority.pem())));
    }
    if let Some(client) = client {
        variables.push(("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", files.put("client.pem", &client.certificate)));
        variables.push(("OTEL_EXPORTER_OTLP_CLIENT_KEY", files.put("client.key", &client.key)));
    }
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let output = command(env!("CARGO_BIN_EXE_program"), &["counts", "10"], &variables).output().expect("it runs");
    assert!(output.status.success(), "{name}: {output:?}");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains(TOKEN), "{name}: {said}");
    for line in client.iter().flat_map(|client| client.key.lines()) {
        assert!(!said.contains(line), "{name}: the key is in {said}");
    }
    output
}

fn is_delivered(output: &Output, tls: &Tls) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("recorded: 10, delivered: 10"), "{output:?}");
    assert_eq!(tls.receiver().spans().len(), 10);
    assert_eq!(tls.receiver().requests()[0].headers["authorization"], TOKEN);
}

/// Nothing came out of the encryption, everything is counted, and a line has one of `causes`.
fn is_refused(name: &str, output: &Output, tls: &Tls, causes: &[&str]) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.contains("recorded: 10, delivered: 0") && stdout.contains("undelivered: 10"), "{name}: {stdout}");
    assert!(tls.connections() > 0, "{name}: nobody came");
    assert_eq!(tls.decrypted(), 0, "{name}");
    names(name, output, causes);
}

fn names(name: &str, output: &Output, causes: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    let waits: Vec<_> = stderr.lines().filter(|line| line.contains("spans wait")).collect();
    assert_eq!(waits.len(), 2, "{name}: one line on stderr and one in the log: {stderr}");
    let text = waits[0].to_lowercase().replace(' ', "");
    assert!(causes.iter().any(|cause| text.contains(cause)), "{name}: no cause in {stderr}");
}

fn refused_server(name: &str, identity: &Identity, authority: Option<&Authority>, causes: &[&str]) {
    let tls = Tls::start(identity, None);
    is_refused(name, &run(name, &tls.url(), authority, None), &tls, causes);
}

#[test]
fn a_server_of_the_authority_that_is_configured_gets_the_spans() {
    let authority = Authority::new("ours");
    let tls = Tls::start(&authority.issue(SERVER, 2020, 2120), None);
    is_delivered(&run("good", &tls.url(), Some(&authority), None), &tls);
}

#[test]
fn a_server_that_wants_a_certificate_gets_ours_and_the_spans() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    let tls = Tls::start(&authority.issue(SERVER, 2020, 2120), Some(&clients));
    let client = clients.issue("program", 2020, 2120);
    is_delivered(&run("mutual", &tls.url(), Some(&authority), Some(&client)), &tls);
}

#[test]
fn certificates_that_the_builder_names_are_used() {
    let (authority, clients, files) = (Authority::new("ours"), Authority::new("clients"), Files::new("builder"));
    let client = clients.issue("program", 2020, 2120);
    let tls = Tls::start(&authority.issue(SERVER, 2020, 2120), Some(&clients));
    let builder = trace_export::builder().endpoint(tls.url()).certificate(files.put("ca.pem", &authority.pem()));
    let key = files.put("client.key", &client.key);
    let builder = builder.client_certificate(files.put("client.pem", &client.certificate), key);
    let tracing = builder.build().expect("a good configuration");
    record(&tracing, 10);
    assert_eq!(tracing.shutdown(LONG).counts.delivered, 10);
    assert_eq!(tls.receiver().spans().len(), 10);
}

#[test]
fn a_server_of_another_authority_gets_nothing() {
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    refused_server("other", &other.issue(SERVER, 2020, 2120), Some(&ours), &["unknownissuer"]);
}

#[test]
fn a_server_of_an_authority_that_nobody_named_gets_nothing() {
    refused_server("unnamed", &Authority::new("another").issue(SERVER, 2020, 2120), None, &["unknownissuer"]);
}

#[test]
fn a_server_whose_certificate_is_over_gets_nothing() {
    let authority = Authority::new("ours");
    refused_server("expired", &authority.issue(SERVER, 2020, 2021), Some(&authority), &["expired"]);
}

#[test]
fn a_server_whose_certificate_has_not_begun_gets_nothing() {
    let authority = Authority::new("ours");
    refused_server("early", &authority.issue(SERVER, 2119, 2120), Some(&authority), &["notvalidyet", "notyetvalid"]);
}

#[test]
fn a_server_with_the_certificate_of_another_name_gets_nothing() {
    let authority = Authority::new("ours");
    let identity = authority.issue("elsewhere.example", 2020, 2120);
    refused_server("name", &identity, Some(&authority), &["notvalidforname", "notvalidfor"]);
}

#[test]
fn a_server_that_signed_its_own_certificate_gets_nothing() {
    let causes = &["unknownissuer", "selfsigned", "self-signed"];
    refused_server("self", &Identity::self_signed(SERVER), Some(&Authority::new("ours")), causes);
}

#[test]
fn without_the_certificate_that_the_server_wants_it_gets_nothing() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    let tls = Tls::start(&authority.issue(SERVER, 2020, 2120), Some(&clients));
    let output = run("missing", &tls.url(), Some(&authority), None);
    is_refused("missing", &output, &tls, &["certificaterequired"]);
}

#[test]
fn with_a_certificate_of_the_wrong_authority_the_server_gets_nothing() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    let tls = Tls::start(&authority.issue(SERVER, 2020, 2120), Some(&clients));
    let client = Authority::new("another").issue("program", 2020, 2120);
    let output = run("wrong", &tls.url(), Some(&authority), Some(&client));
    is_refused("wrong", &output, &tls, &["unknownca", "badcertificate", "decrypterror", "certificateunknown"]);
}

#[test]
fn a_server_that_speaks_no_tls_gets_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let (came, arrivals) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = vec![0; 16 << 10];
            let read = stream.read(&mut bytes).unwrap_or_default();
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            let _ = stream.read_to_end(&mut bytes);
            let _ = came.send(String::from_utf8_lossy(&bytes).into_owned());
            assert!(read > 0);
        }
    });
    let output = run("plain", &url, Some(&Authority::new("ours")), None);
    names("plain", &output, &["corrupt", "invalidcontenttype"]);
    let arrived = arrivals.recv_timeout(LONG).expect("a connection");
    assert!(!arrived.contains(TOKEN) && !arrived.contains("program") && !arrived.contains("POST"));
}

/// Neither is a matter of one attempt, so nobody is asked, and no panic of a library comes to light.
#[test]
fn a_key_of_another_certificate_and_one_that_is_none_are_said_and_nothing_is_sent() {
    let (authority, clients) = (Authority::new("ours"), Authority::new("clients"));
    for key in [clients.issue("another", 2020, 2120).key, Identity::self_signed("x").certificate, garbage()] {
        let tls = Tls::start(&authority.issue(SERVER, 2020, 2120), Some(&clients));
        let certificate = clients.issue("program", 2020, 2120).certificate;
        let (files, url) = (Files::new("keys"), tls.url());
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", &files.put("authority.pem", &authority.pem())),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &files.put("client.pem", &certificate)),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &files.put("client.key", &key)),
        ];
        let output = command(env!("CARGO_BIN_EXE_program"), &["counts", "10"], &variables).output().expect("it runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert!(stderr.to_lowercase().contains("key"), "{stderr}");
        assert_eq!(tls.decrypted(), 0);
    }
}

/// Well-formed PEM that is no key.
fn garbage() -> String {
    "-----BEGIN PRIVATE KEY-----\nbm90IGEga2V5IGF0IGFsbA==\n-----END PRIVATE KEY-----\n".to_owned()
}
