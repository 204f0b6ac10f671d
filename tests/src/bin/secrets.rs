//! A traced program with a secret, which the variable `CANARY` has, in all places where programs have them. It prints
//! whatever can be printed.

use std::fmt::Debug;
use std::time::Duration;
use trace_export::{Builder, Destination};
use trace_runtime::trace;

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }
    fn log(&self, record: &log::Record<'_>) {
        eprintln!("{} {}: {}", record.level(), record.target(), record.args());
    }
    fn flush(&self) {}
}

#[derive(Debug)]
struct Account {
    password: String,
}

#[trace]
fn sign_in(account: &Account, token: &str) -> Result<usize, String> {
    if token.is_empty() { Err(account.password.clone()) } else { Ok(token.len() + account.password.len()) }
}

#[trace]
async fn fetch(token: String) -> String {
    std::future::ready(token).await
}

fn show(value: &dyn Debug) {
    println!("{value:?} {value:#?}");
}

fn refused(builder: Builder) {
    show(&builder);
    match builder.build() {
        Ok(tracing) => show(&tracing.shutdown(Duration::ZERO)),
        Err(error) => {
            println!("{error}");
            show(&error);
        }
    }
}

fn main() {
    let canary = std::env::var("CANARY").unwrap_or_else(|error| panic!("{error}"));
    let level = std::env::var("LEVEL").ok().and_then(|level| level.parse().ok());
    log::set_max_level(level.unwrap_or(log::LevelFilter::Debug));
    log::set_logger(&Logger).unwrap_or_else(|error| panic!("{error}"));
    let new = trace_export::builder;
    refused(new().endpoint(format!("http://user:{canary}@127.0.0.1:1")));
    refused(new().endpoint(format!("http://{canary}@127.0.0.1:1/x?y")));
    refused(new().endpoint(format!("http://127.0.0.1:1/?key={canary}")));
    refused(new().endpoint("http://127.0.0.1:1").header("x-key", format!("{canary}\u{7f}")));
    refused(new().endpoint("http://127.0.0.1:1").header(format!("x key {canary}"), "value"));
    refused(new().endpoint("http://127.0.0.1:1").header("content-length", &canary));
    show(&Destination::new(format!("http://user:{canary}@h")).header("x-key", &canary));
    let builder = new().header("x-key", &canary).header("authorization", format!("Bearer {canary}"));
    show(&builder);
    let tracing = match builder.init() {
        Ok(tracing) => tracing,
        Err(error) => {
            println!("{error}");
            show(&error);
            return;
        }
    };
    let account = Account { password: canary.clone() };
    let signed = sign_in(&account, &canary);
    let fetched = std::pin::pin!(fetch(canary.clone()));
    let waker = std::task::Waker::noop();
    let ready = Future::poll(fetched, &mut std::task::Context::from_waker(waker)).is_ready();
    let report = tracing.flush(Duration::from_secs(1));
    show(&tracing);
    show(&(signed, ready, report, tracing.scope()));
    let counts = tracing.shutdown(Duration::from_secs(1)).counts;
    println!("{counts}");
    show(&counts);
    show(&tracing.shutdown_on_drop());
}
