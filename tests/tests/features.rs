//! Features that other crates of a program turn on in `opentelemetry`, its SDK and the HTTP client change nothing about delivery.

use std::env;
use std::path::Path;
use std::process::Command;
use tests::outside::Bench;
use tests::receiver::{Receiver, assert_whole};

const PROGRAM: &str = r#"
use opentelemetry::trace::Tracer as _;

#[trace_runtime::trace]
fn ours(n: u64) -> u64 { n }

fn main() {
    let tracing = trace_export::init().expect("a good configuration");
    for n in 0..100 {
        opentelemetry::global::tracer("theirs").in_span("theirs", |_| ours(n));
    }
    println!("{}", tracing.flush(std::time::Duration::from_secs(20)).counts);
}
"#;

/// Builds and runs the program with these dependencies beside ours.
fn delivers(name: &str, dependencies: &str) {
    let bench = Bench::new(env!("CARGO_TARGET_TMPDIR"), "features");
    let package = bench.program(name, dependencies, PROGRAM);
    let receiver = Receiver::start();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("features-target");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["run", "--offline", "--quiet", "--target-dir"]).arg(target);
    cargo.arg("--manifest-path").arg(package.join("Cargo.toml"));
    cargo.env_remove("RUSTFLAGS").env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url());
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "200 spans recorded, 200 delivered");
    assert_whole(&receiver.spans(), 100);
}

#[test]
fn with_the_fewest_and_with_all_default_features_of_others_every_span_is_delivered() {
    delivers("fewest", "opentelemetry = { version = \"0.33\", default-features = false, features = [\"trace\"] }");
    delivers(
        "more",
        "opentelemetry = \"0.33\"\nopentelemetry_sdk = \"0.33\"\nureq = { version = \"3\", features = [\"gzip\"] }",
    );
}
