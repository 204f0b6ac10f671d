//! What it costs to live with OpenTelemetry code: the same work in each mode, a process for each, in turns.
//!
//! `alone`: our tracer is not the OpenTelemetry global. `default`: it is, and no foreign code was seen. `seen`: foreign code asked for a
//! tracer, so a Context is attached where execution enters our spans. `exact`: every span has its own. `sampler`: a sampler of the
//! SDK is asked for each span. `ids`: the SDK's generator makes the ids. `crash`: spans are recorded into the crash recorder's file.

use cpu_time::ThreadTime;
use opentelemetry::global;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{RandomIdGenerator, Sampler as SdkSampler, SdkTracerProvider, SpanData, SpanExporter};
use std::hint::black_box;
use std::io::BufRead as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;
use trace_runtime::trace;

const ROUNDS: usize = 7;
const MODES: [&str; 7] = ["alone", "default", "crash", "seen", "exact", "sampler", "ids"];
const WORK: [&str; 3] = ["root + 1", "root + 100", "a foreign span"];

#[trace]
fn leaf(n: u64) -> u64 {
    black_box(n)
}

#[trace]
fn tree(children: u64) -> u64 {
    (0..children).map(leaf).sum()
}

/// Does less than any exporter would.
#[derive(Debug)]
struct Nothing;

impl SpanExporter for Nothing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1) {
        Some(mode) => measure(&mode),
        None => compare(),
    }
}

fn compare() -> Result<(), Box<dyn std::error::Error>> {
    let modes: Vec<_> = MODES.into_iter().chain(["sdk"]).collect();
    let mut times = vec![vec![Vec::new(); WORK.len()]; modes.len()];
    for _ in 0..ROUNDS {
        for (mode, times) in modes.iter().zip(&mut times) {
            let output = Command::new(std::env::current_exe()?).arg(mode).stderr(Stdio::inherit()).output()?;
            for (line, times) in output.stdout.lines().zip(times) {
                times.push(line?.parse::<f64>()?);
            }
        }
    }
    println!("thread CPU, nanoseconds a span: median of {ROUNDS} processes\n");
    print!("{:<10}", "mode");
    for work in WORK {
        print!("{work:>18}");
    }
    println!();
    for (mode, times) in modes.iter().zip(&mut times) {
        print!("{mode:<10}");
        for times in times {
            times.sort_by(f64::total_cmp);
            match times.get(times.len() / 2) {
                Some(median) if *median > 0.0 => print!("{median:>18.1}"),
                _ => print!("{:>18}", "–"),
            }
        }
        println!();
    }
    Ok(())
}

/// Prints a line for each work; 0 for none.
fn measure(mode: &str) -> Result<(), Box<dyn std::error::Error>> {
    if mode == "sdk" {
        let provider = SdkTracerProvider::builder().with_batch_exporter(Nothing).build();
        let tracer = provider.tracer("foreign");
        println!("0\n0\n{}", time(20_000, 1, || drop(tracer.start("work"))));
        return Ok(());
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = benches::http::answer(&stream, |_| {});
        }
    });
    let builder = trace_export::builder().endpoint(url);
    let builder = match mode {
        "alone" => builder.without_opentelemetry_globals(),
        "exact" => builder.exact_opentelemetry_context(),
        "sampler" => builder.sampler(trace_export::sdk_sampler(SdkSampler::AlwaysOn)),
        "crash" => builder.crash_recorder(std::env::temp_dir().join("trace-modes-crash")),
        "ids" => builder.id_generator(RandomIdGenerator::default()),
        _ => builder,
    };
    let tracing = builder.init()?;
    if mode == "seen" {
        let _foreign = global::tracer("foreign");
    }
    println!("{}", time(20_000, 2, || _ = tree(1)));
    tracing.flush(Duration::from_secs(30));
    println!("{}", time(600, 101, || _ = tree(100)));
    tracing.flush(Duration::from_secs(30));
    let tracer = global::tracer("foreign");
    let foreign = if mode == "alone" { 0.0 } else { time(20_000, 1, || drop(tracer.start("work"))) };
    println!("{foreign}");
    let counts = tracing.flush(Duration::from_secs(30)).counts;
    if counts.dropped.total() > 0 {
        eprintln!("INVALID: {counts}");
    }
    Ok(())
}

/// The best of some turns: what disturbs only adds.
fn time(times: u32, spans: u32, work: impl Fn()) -> f64 {
    let turn = || {
        let start = ThreadTime::now();
        (0..times).for_each(|_| work());
        let nanos = start.elapsed().as_secs_f64() * 1e9 / f64::from(times * spans);
        std::thread::sleep(Duration::from_millis(20)); // the collector catches up
        nanos
    };
    (0..15).map(|_| turn()).fold(f64::MAX, f64::min)
}
