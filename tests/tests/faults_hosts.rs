//! Hosts that are not there, and hosts that nobody configured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver as Arrivals, channel};
use std::time::Duration;
use tests::faults::{LONG, command, each, in_time, record};
use tests::receiver::{Answer, Receiver};
use trace_export::Tracing;

const SECRET: &str = "Bearer-c0ffee-canary";

fn to(url: impl Into<String>) -> Tracing {
    let tracing = trace_export::builder().endpoint(url).header("authorization", SECRET);
    let tracing = tracing.build().expect("a good configuration");
    record(&tracing, 10);
    tracing
}

/// Another host. Gives what each connection to it brought, and answers each with `answer`.
fn stranger(answer: &'static str) -> (SocketAddr, Arrivals<String>) {
    let listener = TcpListener::bind("127.0.0.2:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (arrived, arrivals) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 16 << 10];
            let mut read = 0;
            while !bytes[..read].ends_with(b"\r\n\r\n") && read < bytes.len() {
                match stream.read(&mut bytes[read..]) {
                    Ok(0) | Err(_) => break,
                    Ok(more) => read += more,
                }
            }
            let _ = arrived.send(String::from_utf8_lossy(&bytes[..read]).into_owned());
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, arrivals)
}

#[test]
fn a_refused_connection_loses_nothing_until_the_program_gives_up() {
    // A port that was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let tracing = to(format!("http://{address}"));
    let within = Duration::from_millis(500);
    let report = in_time(within, || tracing.flush(within));
    assert!(!report.complete && report.counts.retries >= 1, "{report:?}");
    assert_eq!((report.counts.in_flight, report.counts.dropped.total()), (10, 0));
    let counts = in_time(within, || tracing.shutdown(within)).counts;
    assert_eq!((counts.dropped.undelivered, counts.in_flight), (10, 0));
}

#[test]
fn a_name_that_nobody_knows_loses_nothing_until_the_program_gives_up() {
    let tracing = to("http://nobody.invalid:4318");
    let within = Duration::from_millis(500);
    let report = in_time(within, || tracing.flush(within));
    assert!(!report.complete, "{report:?}");
    assert_eq!((report.counts.in_flight, report.counts.dropped.total()), (10, 0));
    let counts = in_time(within, || tracing.shutdown(within)).counts;
    assert_eq!((counts.dropped.undelivered, counts.in_flight), (10, 0));
}

#[test]
fn a_redirect_takes_nothing_to_another_host() {
    each([301, 307, 308], |status| {
        let (address, arrivals) = stranger("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        let location = format!("location: http://{address}/v1/traces\r\n");
        let receiver = Receiver::answering(move |_| Answer::Refuse(status, location.clone(), Vec::new()));
        let tracing = to(receiver.url());
        let counts = tracing.shutdown(LONG).counts;
        assert_eq!((counts.delivered, counts.dropped.total(), counts.in_flight), (0, 10, 0), "{status}: {counts:?}");
        assert_eq!(receiver.requests()[0].headers["authorization"], SECRET);
        assert!(arrivals.try_recv().is_err(), "{status} was followed");
    });
}

#[test]
fn a_proxy_that_wants_credentials_gets_neither_ours_nor_the_spans() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n";
    let (proxy, arrivals) = stranger(answer);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", &format!("authorization={SECRET}")),
        ("HTTP_PROXY", &format!("http://{proxy}")),
        ("LOG", "1"),
    ];
    let output = command(env!("CARGO_BIN_EXE_program"), &["counts", "10"], &variables).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains("recorded: 10, delivered: 0") && stdout.contains("undelivered: 10"), "{stdout}");
    assert!(stderr.contains("407") || stderr.to_lowercase().contains("proxy"), "the cause is not named: {stderr}");
    assert!(!stderr.contains("c0ffee") && !stdout.contains("c0ffee"));
    let asked: Vec<_> = arrivals.try_iter().collect();
    assert!(!asked.is_empty(), "the proxy was not asked");
    for request in asked {
        let request = request.to_lowercase();
        assert!(!request.contains("authorization") && !request.contains("c0ffee"), "{request}");
        assert!(!request.contains("program::work"), "spans went to the proxy");
    }
}
