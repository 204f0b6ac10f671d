//! Programs of others on the other side: curl, and Python with OpenTelemetry's instrumentation of aiohttp.

use crate::harness::{attribute, captured, layer, serve_traced, span, spans};
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use http_body_util::BodyExt as _;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::net::SocketAddr;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tower::{Layer as _, ServiceExt as _};
use trace_http::{ClientLayer, ResponseHeader};
use trace_runtime::Kind;
use trace_runtime::propagation::Propagation;

/// Says that a check is left out; where CI counts on it, that is a failure.
fn skipped(what: &str) {
    println!("SKIPPED: {what}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing");
}

/// The Python that `TRACE_TEST_PYTHON` names, or `python3`, with the script. `None` if it has not what that needs:
/// `pip install opentelemetry-sdk opentelemetry-instrumentation-aiohttp-client opentelemetry-instrumentation-aiohttp-server aiohttp`.
async fn python() -> Option<Command> {
    let python = || Command::new(std::env::var("TRACE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned()));
    let imports = "import opentelemetry.instrumentation.aiohttp_client, opentelemetry.instrumentation.aiohttp_server, opentelemetry.sdk";
    let has_all =
        python().args(["-c", imports]).stderr(Stdio::null()).status().await.is_ok_and(|status| status.success());
    if !has_all {
        skipped("python3 with OpenTelemetry's instrumentation of aiohttp");
        return None;
    }
    let mut command = python();
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/instrumented.py")).kill_on_drop(true);
    Some(command)
}

async fn server() -> SocketAddr {
    let header = ResponseHeader::TraceId(http::HeaderName::from_static("x-trace-id"));
    serve_traced(Router::new().route("/users/{id}", get(|| async { "hello" })), layer().response_header(header)).await
}

#[test]
fn curl_is_served_over_both_versions_and_its_trace_goes_on() {
    captured(async |capture| {
        let address = server().await;
        for (nth, version) in ["--http1.1", "--http2-prior-knowledge"].into_iter().enumerate() {
            let id = format!("{:032x}", nth + 1);
            let header = format!("traceparent: 00-{id}-b7ad6b7169203331-01");
            let url = format!("http://{address}/users/{nth}?sig=s");
            let mut curl = Command::new("curl");
            curl.args(["--silent", "--include", "--noproxy", "*", version, "--header", &header, &url]);
            let Ok(output) = curl.output().await else { return skipped("curl") };
            if output.status.code() == Some(2) {
                return skipped("curl with HTTP/2");
            }
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(text.ends_with("hello") && text.contains(&format!("x-trace-id: {id}")), "{text}");
        }
        let all = spans(capture, 2).await;
        for (nth, span) in all.iter().enumerate() {
            assert_eq!(span.name, "GET /users/{id}");
            assert_eq!(span.context.trace_id.to_u128(), nth as u128 + 1);
            assert!(attribute(span, "user_agent.original").is_some_and(|agent| agent.starts_with("curl/")));
        }
    });
}

#[test]
fn a_python_client_with_opentelemetry_is_our_servers_parent() {
    captured(async |capture| {
        let Some(mut python) = python().await else { return };
        let address = server().await;
        let output = python.args(["client", &format!("http://{address}/users/1")]).output().await.expect("it runs");
        let theirs: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let ours = span(capture).await;
        assert_eq!(theirs[0]["kind"], "CLIENT");
        assert_eq!(theirs[0]["trace_id"], ours.context.trace_id.to_string());
        assert_eq!(theirs[0]["span_id"], ours.parent.expect("a parent").to_string());
    });
}

#[test]
fn a_python_server_with_opentelemetry_is_our_clients_child() {
    captured(async |capture| {
        let Some(mut python) = python().await else { return };
        let mut python = python.arg("server").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
        let mut port = String::new();
        BufReader::new(python.stdout.take().expect("a pipe")).read_line(&mut port).await.expect("a port");
        let hyper: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
        let ask = async |path: &str| {
            let client =
                ClientLayer::new(Propagation::default()).filter(|request| request.path() == "/").layer(hyper.clone());
            let request =
                Request::get(format!("http://127.0.0.1:{}{path}", port.trim())).body(Body::empty()).expect("it");
            let answer = client.oneshot(request).await.expect("an answer");
            answer.into_body().collect().await.expect("a body").to_bytes()
        };
        assert_eq!(ask("/").await, "hello");
        let ours = span(capture).await;
        let theirs: Value = serde_json::from_slice(&ask("/spans").await).expect("JSON");
        assert_eq!(ours.kind, Kind::Client);
        assert_eq!(theirs[0]["kind"], "SERVER");
        assert_eq!(theirs[0]["trace_id"], ours.context.trace_id.to_string());
        assert_eq!(theirs[0]["parent"], ours.context.span_id.to_string());
    });
}
