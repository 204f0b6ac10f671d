//! OTLP/gRPC: from a call to a backend, and to the counts.

use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};
use tests::faults::command;
use tests::grpc::{Grpc, Options, Reply};
use tests::receiver::assert_whole;
use tests::tls::{Authority, Identity};
use tonic::{Code, Status};
use trace_export::{Builder, Compression, Protocol, Tracing};
use trace_runtime::trace;

const LONG: Duration = Duration::from_secs(20);

#[trace]
fn leaf() {}

#[trace]
fn tree(count: u64) {
    (0..count).for_each(|_| leaf());
}

fn builder(receiver: &Grpc) -> Builder {
    trace_export::builder().endpoint(receiver.url()).protocol(Protocol::Grpc)
}

fn to(receiver: &Grpc) -> Tracing {
    builder(receiver).build().expect("good")
}

/// Ten spans.
fn record(tracing: Tracing) {
    let _scope = tracing.scope().attach();
    tree(9);
}

fn refusing(code: Code, times: usize) -> Grpc {
    Grpc::answering(move |nth| if nth < times { Reply::Refuse(Status::new(code, "why")) } else { Reply::Accept })
}

#[test]
fn spans_arrive_with_headers_as_metadata_over_one_connection() {
    let receiver = Grpc::start();
    let tracing = builder(&receiver).header("X-Tenant", "blue").header("x-raw-bin", "AAEC").build().expect("good");
    for _ in 0..5 {
        record(tracing);
        assert!(tracing.flush(LONG).complete);
    }
    assert_whole(&receiver.spans(), 5);
    assert_eq!((receiver.spans().len(), receiver.calls().len(), receiver.connections()), (50, 5, 1));
    let call = receiver.calls().remove(0);
    assert_eq!((call["x-tenant"].as_str(), call["content-type"].as_str()), ("blue", "application/grpc"));
    assert!(call["user-agent"].starts_with("trace-export/") && call["x-raw-bin"].contains("x02"), "{call:?}");
    assert!(call["grpc-timeout"].ends_with('u') || call["grpc-timeout"].ends_with('m'), "{call:?}");
    assert!(!call.contains_key("grpc-encoding"));
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.retries), (50, 0));
}

#[test]
fn messages_are_compressed_when_asked() {
    for (compression, name) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let receiver = Grpc::start();
        let tracing = builder(&receiver).compression(compression).build().expect("good");
        record(tracing);
        assert_eq!(tracing.shutdown(LONG).counts.delivered, 10);
        assert_eq!(receiver.calls()[0]["grpc-encoding"], name);
    }
}

#[test]
fn it_works_inside_of_any_runtime_that_is_blocked_or_not() {
    let receiver = Grpc::start();
    for mut runtime in [tokio::runtime::Builder::new_current_thread(), tokio::runtime::Builder::new_multi_thread()] {
        let runtime = runtime.enable_all().build().expect("a runtime");
        let report = runtime.block_on(async {
            let tracing = to(&receiver);
            record(tracing);
            // Blocks the only thread that this runtime may have.
            assert!(tracing.flush(LONG).complete);
            record(tracing);
            tracing.shutdown(LONG)
        });
        assert_eq!(report.counts.delivered, 20);
    }
    assert_eq!(receiver.spans().len(), 40);
}

#[test]
fn codes_that_may_pass_are_repeated() {
    use Code::{Aborted, Cancelled, DataLoss, DeadlineExceeded, OutOfRange, Unavailable};
    for code in [Cancelled, DeadlineExceeded, Aborted, OutOfRange, Unavailable, DataLoss] {
        let receiver = refusing(code, 1);
        let tracing = to(&receiver);
        record(tracing);
        assert!(tracing.flush(LONG).complete);
        let counts = tracing.shutdown(LONG).counts;
        assert_eq!((counts.delivered, counts.retries), (10, 1), "{code:?}");
    }
}

#[test]
fn codes_that_will_not_pass_are_counted_and_do_not_hold_up_the_next() {
    use Code::{InvalidArgument, PermissionDenied, ResourceExhausted, Unauthenticated, Unimplemented, Unknown};
    for code in [InvalidArgument, PermissionDenied, ResourceExhausted, Unauthenticated, Unimplemented, Unknown] {
        let receiver = refusing(code, 1);
        let tracing = to(&receiver);
        for _ in 0..2 {
            record(tracing);
            assert!(tracing.flush(LONG).complete);
        }
        let counts = tracing.shutdown(LONG).counts;
        assert!(counts.balanced());
        assert_eq!((counts.delivered, counts.dropped.rejected, counts.retries), (10, 10, 0), "{code:?}");
    }
}

#[test]
fn retry_info_makes_exhaustion_worth_another_attempt_and_is_waited_for() {
    // google.rpc.Status { details: [Any { type_url, value: RetryInfo { retry_delay: Duration { seconds: 1 } } }] }
    let url = b"type.googleapis.com/google.rpc.RetryInfo";
    let mut details = vec![0x1a, url.len() as u8 + 8, 0x0a, url.len() as u8];
    details.extend_from_slice(url);
    details.extend_from_slice(&[0x12, 4, 0x0a, 2, 0x08, 1]);
    for code in [Code::ResourceExhausted, Code::Unavailable] {
        let status = Status::with_details(code, "later", details.clone().into());
        let receiver = Grpc::answering(move |nth| if nth == 0 { Reply::Refuse(status.clone()) } else { Reply::Accept });
        let tracing = to(&receiver);
        record(tracing);
        let start = Instant::now();
        assert!(tracing.flush(LONG).complete);
        assert!(start.elapsed() >= Duration::from_millis(900), "{:?}", start.elapsed());
        assert_eq!(tracing.shutdown(LONG).counts.delivered, 10);
    }
}

#[test]
fn a_partial_success_is_counted() {
    let receiver = Grpc::answering(|_| Reply::Partly(3, "too old".into()));
    let tracing = to(&receiver);
    record(tracing);
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, counts.dropped.rejected), (7, 3));
}

#[test]
fn a_message_that_is_too_large_for_the_server_goes_in_parts() {
    let receiver = Grpc::with(&Options { largest: Some(20_000), ..Options::default() }, |_| Reply::Accept);
    let tracing = to(&receiver);
    {
        let _scope = tracing.scope().attach();
        tree(999);
    }
    assert_eq!(tracing.shutdown(LONG).counts.delivered, 1000);
    assert_whole(&receiver.spans(), 1);
    assert!(receiver.calls().len() >= 6);
}

#[test]
fn connections_that_the_server_closes_cost_no_span() {
    let age = Duration::from_millis(20);
    let receiver = Grpc::with(&Options { connection_age: Some(age), ..Options::default() }, |_| Reply::Accept);
    let tracing = to(&receiver);
    let end = Instant::now() + LONG;
    let mut recorded = 0;
    while receiver.connections() < 5 {
        assert!(Instant::now() < end, "{} connections", receiver.connections());
        record(tracing);
        recorded += 10;
        assert!(tracing.flush(LONG).complete);
        std::thread::sleep(age / 3); // the pace, not a condition
    }
    let counts = tracing.shutdown(LONG).counts;
    assert_eq!((counts.delivered, receiver.spans().len() as u64), (recorded, recorded), "{counts:?}");
}

#[test]
fn a_backend_that_is_away_gets_everything_later() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}");
    let tracing = trace_export::builder().endpoint(&url).protocol(Protocol::Grpc).build().expect("good");
    record(tracing);
    assert!(!tracing.flush(Duration::from_millis(50)).complete);
    while tracing.counts().retries == 0 {
        std::thread::yield_now();
    }
    // It is at another place now.
    let receiver = Grpc::start();
    let destination = trace_export::Destination::new(receiver.url()).protocol(Protocol::Grpc);
    assert_eq!(tracing.set_destination(&destination).ok(), Some(true));
    assert!(tracing.flush(LONG).complete);
    assert_eq!((tracing.shutdown(LONG).counts.delivered, receiver.spans().len()), (10, 10));
}

#[test]
fn a_server_that_never_answers_delays_nobody_longer_than_asked() {
    let receiver = Grpc::answering(|nth| if nth == 0 { Reply::Hang } else { Reply::Accept });
    let tracing = builder(&receiver).timeout(Duration::from_millis(300)).build().expect("good");
    record(tracing);
    assert!(!tracing.flush(Duration::from_millis(50)).complete);
    assert!(tracing.flush(LONG).complete, "the time limit of a request ends the first");
    tracing.shutdown(LONG);

    let receiver = Grpc::answering(|_| Reply::Hang);
    let tracing = to(&receiver);
    record(tracing);
    let start = Instant::now();
    let counts = tracing.shutdown(Duration::from_millis(200)).counts;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(counts.dropped.undelivered, 10);
}

/// A file that a test needs.
fn file(name: &str, text: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("grpc-{name}"));
    std::fs::write(&path, text).expect("a file");
    path.to_string_lossy().into_owned()
}

#[test]
fn certificates_are_those_of_the_other_protocols() {
    let (authority, stranger) = (Authority::new("good"), Authority::new("stranger"));
    let (server, client) = (authority.issue("localhost", 2020, 2120), authority.issue("client", 2020, 2120));
    let options = Options { identity: Some(&server), clients: Some(&authority), ..Options::default() };
    let receiver = Grpc::with(&options, |_| Reply::Accept);
    let [good, bad] = [("good.pem", &authority), ("bad.pem", &stranger)].map(|(name, who)| file(name, &who.pem()));
    let identity = |name: &str, one: &Identity| {
        (file(&format!("{name}.pem"), &one.certificate), file(&format!("{name}.key"), &one.key))
    };
    let (certificate, key) = identity("client", &client);
    let with = |authority: &str| builder(&receiver).certificate(authority).client_certificate(&certificate, &key);
    let tracing = with(&good).build().expect("good");
    record(tracing);
    assert_eq!(tracing.shutdown(LONG).counts.delivered, 10);
    for untrusted in [with(&bad), builder(&receiver).certificate(&good), builder(&receiver)] {
        let tracing = untrusted.build().expect("good");
        record(tracing);
        assert_eq!(tracing.shutdown(Duration::from_secs(2)).counts.dropped.undelivered, 10);
    }
    assert_eq!(receiver.spans().len(), 10);
    let (other, _) = identity("other", &authority.issue("other", 2020, 2120));
    let error = builder(&receiver).certificate(&good).client_certificate(other, &key).build().err();
    assert!(error.is_some_and(|error| error.to_string().contains("client_certificate")), "the key is of another");
}

#[test]
fn every_way_out_of_a_program_delivers_and_a_forked_child_its_own() {
    for (how, spans) in [("return", 10), ("exit", 12), ("panic", 12), ("guard", 10), ("fork", 31)] {
        let receiver = Grpc::start();
        let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
        let output = command(env!("CARGO_BIN_EXE_program"), &[how, "10"], &variables).output().expect("it runs");
        assert_eq!(receiver.spans().len(), spans, "{how}: {output:?}");
    }
}
