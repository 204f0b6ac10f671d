//! `shop` starts a gateway, orders and stock as processes of their own, sends them requests, and prints the trace of one.
//!
//! ```text
//! shop [--endpoint http://localhost:4318] [--requests 20]
//! shop gateway|orders|stock [--listen 127.0.0.1:0] [--next http://..]      one of the three, until its stdin ends
//! ```

use shop::{Result, gateway, orders, start, stock};
use std::process::ExitCode;

/// Words of the command line.
struct Arguments(Vec<String>);

impl Arguments {
    fn value(&self, name: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == name)?;
        self.0.get(at + 1).map(String::as_str)
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("shop: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<()> {
    let arguments = Arguments(std::env::args().skip(1).collect());
    let listen = arguments.value("--listen").unwrap_or("127.0.0.1:0");
    let next = || arguments.value("--next").ok_or("--next says where the next one listens");
    match arguments.0.first().map(String::as_str) {
        Some("gateway") => gateway::run(listen, next()?).await,
        Some("orders") => orders::run(listen, next()?).await,
        Some("stock") => stock::run(listen).await,
        Some(word) if !word.starts_with("--") => Err(format!("`{word}` is none of gateway, orders and stock").into()),
        _ => {
            let requests = arguments.value("--requests").map_or(Ok(20), str::parse)?;
            print!("{}", start::all(arguments.value("--endpoint"), requests).await?);
            Ok(())
        }
    }
}
