//! A real collector (rotel).
//!
//! `TRACE_TEST_ROTEL` names its program; `pip install --pre rotel` brings it as `rotel/rotel-agent`.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What its start may take.
const LONG: Duration = Duration::from_secs(60);

/// A collector that passes traces on, on ports of its own; ended when this is dropped.
pub struct Rotel {
    program: String,
    ports: [u16; 2],
    to: String,
    process: Option<Child>,
}

impl Rotel {
    /// To an OTLP/HTTP receiver. `None` and a line `SKIPPED` if the collector is not installed.
    ///
    /// # Panics
    /// If it is missing and `CI` is `true`.
    #[must_use]
    pub fn to(backend: &str) -> Option<Self> {
        let Ok(program) = std::env::var("TRACE_TEST_ROTEL") else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "TRACE_TEST_ROTEL is not set");
            println!("SKIPPED: rotel");
            return None;
        };
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let ports = listeners.map(|listener| listener.local_addr().expect("an address").port());
        Some(Self { program, ports, to: backend.to_owned(), process: None })
    }

    /// The base endpoint for OTLP/HTTP.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// The endpoint for gRPC.
    #[must_use]
    pub fn grpc_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[1])
    }

    /// Starts it, and waits until it listens.
    ///
    /// # Panics
    /// If that takes a minute.
    pub fn start(&mut self) {
        let [http, grpc] = self.ports.map(|port| format!("127.0.0.1:{port}"));
        let mut command = Command::new(&self.program);
        command.args(["start", "--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc, "--exporter", "otlp"]);
        command.args(["--otlp-exporter-endpoint", &self.to, "--otlp-exporter-protocol", "http"]);
        command.args(["--batch-timeout", "100ms"]).stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(command.spawn().expect("rotel starts"));
        let end = Instant::now() + LONG;
        while std::net::TcpStream::connect(&http).is_err() {
            assert!(Instant::now() < end, "rotel does not listen");
            std::thread::yield_now();
        }
    }

    /// Ends it by a signal.
    ///
    /// # Panics
    /// If it cannot be waited for.
    pub fn end(&mut self, signal: libc::c_int) {
        let Some(mut process) = self.process.take() else { return };
        let id = i32::try_from(process.id()).expect("a process id");
        #[allow(unsafe_code)]
        // SAFETY: a signal to a child that has not been waited for.
        unsafe {
            libc::kill(id, signal);
        }
        process.wait().expect("it ends");
    }
}

impl Drop for Rotel {
    fn drop(&mut self) {
        self.end(libc::SIGKILL);
    }
}
