//! All of it with one command.

use crate::receiver::Receiver;
use crate::{Result, load, tree};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// A process of the shop. It ends when its standard input does.
struct Running {
    process: Child,
    stdin: ChildStdin,
    address: SocketAddr,
}

impl Running {
    async fn start(what: &str, next: Option<SocketAddr>, receiver: &Receiver) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(what);
        if let Some(next) = next {
            command.args(["--next", &format!("http://{next}")]);
        }
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).env("OTEL_SERVICE_NAME", what);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let (Some(stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("pipes were asked for".into());
        };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let address = line.trim().parse().map_err(|_| format!("{what} did not start"))?;
        Ok(Self { process, stdin, address })
    }

    /// Its spans are delivered when this returns.
    async fn end(mut self) -> Result<()> {
        drop(self.stdin);
        let status = self.process.wait().await?;
        if status.success() { Ok(()) } else { Err(format!("a process ended with {status}").into()) }
    }
}

/// Starts the three, sends the requests, ends the three, and tells what happened and the trace of the first request.
///
/// # Errors
/// If one of them cannot be started, does not answer, or fails.
pub async fn all(endpoint: Option<&str>, requests: usize) -> Result<String> {
    let receiver = Receiver::start(endpoint).await?;
    let stock = Running::start("stock", None, &receiver).await?;
    let orders = Running::start("orders", Some(stock.address), &receiver).await?;
    let gateway = Running::start("gateway", Some(orders.address), &receiver).await?;
    let outcomes = load::run(gateway.address, requests).await?;
    for process in [gateway, orders, stock] {
        process.end().await?;
    }
    let spans = receiver.spans();
    let mut text = String::new();
    writeln!(text, "{} requests: {:?}", outcomes.statuses.len(), outcomes.statuses)?;
    writeln!(text, "{} spans of 3 processes; trace {} of the first request:", spans.len(), outcomes.trace_id)?;
    let id = trace_runtime::TraceId::from_hex(&outcomes.trace_id).ok_or("no trace id")?;
    text.push_str(&tree::text(&spans, &id.to_bytes()));
    if let Some(endpoint) = endpoint {
        writeln!(text, "all of them were passed on to {endpoint}")?;
    }
    Ok(text)
}
