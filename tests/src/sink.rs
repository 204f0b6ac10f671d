//! The independent OTLP receiver in Python, `peers/otlp_sink.py`.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running receiver; ended when this is dropped.
#[derive(Debug)]
pub struct Sink {
    process: Child,
    port: u64,
    grpc: u64,
}

impl Sink {
    /// Starts it with the Python that `TRACE_TEST_PYTHON` names, or `python3`. `None` and a line `SKIPPED` if that has not
    /// what it needs: `pip install opentelemetry-proto grpcio`.
    ///
    /// # Panics
    /// If it is missing and `CI` is `true`.
    pub fn start() -> Option<Self> {
        let python = std::env::var("TRACE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/otlp_sink.py");
        let mut command = Command::new(python);
        command.arg(script).args(["0", "0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let started = command.spawn().ok().and_then(|mut process| {
            let mut line = String::new();
            let read = process.stdout.take().map(|stdout| BufReader::new(stdout).read_line(&mut line));
            let ports: Option<Value> = serde_json::from_str(&line).ok();
            let port = |name: &str| ports.as_ref()?[name].as_u64();
            if let (Some(Ok(_)), Some(http), Some(grpc)) = (read, port("http"), port("grpc")) {
                return Some(Self { process, port: http, grpc });
            }
            let _ = process.wait();
            None
        });
        if started.is_none() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "the Python OTLP receiver is missing");
            println!("SKIPPED: python3 with opentelemetry-proto and grpcio");
        }
        started
    }

    /// The base endpoint.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The gRPC endpoint.
    pub fn grpc_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.grpc)
    }

    /// The spans that arrived, as the script flattens them.
    ///
    /// # Panics
    /// If the receiver does not answer.
    pub fn spans(&self) -> Vec<Value> {
        let mut response = ureq::get(format!("{}/spans", self.url())).call().expect("an answer");
        let body = response.body_mut().with_config().limit(1 << 30).read_to_string().expect("a body");
        serde_json::from_str(&body).expect("JSON")
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
