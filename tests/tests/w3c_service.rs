//! The service for the W3C conformance suite follows the suite's protocol: asked by HTTP, it calls back with a child's headers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

const TRACE: &str = "12345678901234567890123456789012";

struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the service sends on of these headers.
fn passed_on(headers: &[&str]) -> Vec<String> {
    let mut service = Service(
        Command::new(env!("CARGO_BIN_EXE_w3c_service")).stdout(Stdio::piped()).spawn().expect("the service starts"),
    );
    let mut address = String::new();
    let stdout = service.0.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut address).expect("its address");
    let harness = TcpListener::bind("127.0.0.1:0").expect("a port");
    let body = format!(r#"[{{"url": "http://{}/back", "arguments": []}}]"#, harness.local_addr().expect("an address"));
    let mut stream = TcpStream::connect(address.trim()).expect("the service listens");
    let head = format!("POST /test HTTP/1.1\r\nContent-Length: {}\r\n{}\r\n", body.len(), headers.concat());
    stream.write_all(format!("{head}{body}").as_bytes()).expect("it reads");
    let (mut back, _) = harness.accept().expect("it calls");
    let lines: Vec<_> =
        BufReader::new(&back).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    back.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").expect("it listens");
    let mut answer = [0; 15];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
    lines.into_iter().map(|line| line.to_ascii_lowercase()).filter(|line| line.starts_with("trace")).collect()
}

#[test]
fn a_request_is_continued_with_all_its_tracestate_headers() {
    let sent = passed_on(&[
        &format!("TraceParent: 00-{TRACE}-1234567890123456-01\r\n"),
        "tracestate: a=1\r\n",
        "TraceState: b=2\r\n",
    ]);
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0].starts_with(&format!("traceparent: 00-{TRACE}-")) && !sent[0].contains("1234567890123456-01"));
    assert_eq!(sent[1], "tracestate: a=1,b=2");
}

#[test]
fn a_request_without_a_valid_parent_begins_a_trace() {
    for bad in ["", "traceparent: 00-12345678901234567890123456789012-1234567890123456-1\r\n"] {
        let sent = passed_on(&[bad]);
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert!(sent[0].starts_with("traceparent: 00-") && !sent[0].contains(TRACE), "{sent:?}");
    }
}
