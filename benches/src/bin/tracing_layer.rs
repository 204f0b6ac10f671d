//! What spans of the `tracing` crate cost their caller: with our layer, and with `tracing-opentelemetry` in front of the OpenTelemetry SDK.
//! The same calls, a process for each, in turns, with each layer as it is by default, and with theirs told to leave out threads and
//! times of inactivity, as ours does. `bare` is a registry with a layer that does nothing: what `tracing` itself costs.

use cpu_time::ThreadTime;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider, SpanData, SpanExporter};
use std::hint::black_box;
use std::io::BufRead as _;
use std::net::TcpListener;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use trace_runtime::Sampler;
use tracing::field::Empty;
use tracing::{Span, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

const ROUNDS: usize = 7;
const SYSTEMS: [&str; 4] = ["bare", "ours", "tracing-opentelemetry", "… as lean as ours"];
const CHILDREN: u32 = 100;

/// Its name, and what is done in a root again and again.
type Row = (&'static str, fn(u32));

const WORK: [Row; 7] = [
    ("a span", |n| _ = black_box(leaf(n))),
    ("… with three fields", |n| _ = black_box(fields(n))),
    ("… and three recorded later", |n| _ = black_box(late(n))),
    ("… with an event", |n| _ = black_box(event(n))),
    ("… that fails", |n| _ = black_box(fails(n).is_err())),
    ("… async, ready at once", |n| _ = black_box(ready(n))),
    ("… async, 10 polls", |n| _ = black_box(polls(n))),
];

#[instrument(skip_all)]
fn leaf(n: u32) -> u32 {
    black_box(n)
}

#[instrument(skip_all, fields(id = n, name = "a short text", ok = true))]
fn fields(n: u32) -> u32 {
    black_box(n)
}

#[instrument(skip_all, fields(id = Empty, name = Empty, ok = Empty))]
fn late(n: u32) -> u32 {
    Span::current().record("id", n).record("name", "a short text").record("ok", true);
    black_box(n)
}

#[instrument(skip_all)]
fn event(n: u32) -> u32 {
    tracing::info!(attempt = n, "retry");
    black_box(n)
}

#[instrument(skip_all, err)]
fn fails(n: u32) -> Result<u32, std::fmt::Error> {
    if black_box(n) < u32::MAX { Err(std::fmt::Error) } else { Ok(n) }
}

#[instrument(skip_all)]
async fn waits(n: u32, polls: u32) -> u32 {
    let mut left = polls;
    std::future::poll_fn(|_| {
        left -= u32::from(left > 0);
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    black_box(n)
}

fn ready(n: u32) -> u32 {
    run(waits(n, 1))
}

fn polls(n: u32) -> u32 {
    run(waits(n, 10))
}

fn run(future: impl Future<Output = u32>) -> u32 {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}

#[instrument(skip_all)]
fn root(children: u32, child: fn(u32)) {
    (0..children).for_each(child);
}

struct Bare;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Bare {}

/// Does less than any exporter would.
#[derive(Debug)]
struct Nothing;

impl SpanExporter for Nothing {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

fn main() -> benches::Result<()> {
    let mut args = std::env::args().skip(1);
    match (args.next(), args.next()) {
        (Some(system), Some(rows)) => match rows.parse::<usize>() {
            // For a profiler.
            Ok(row) => measure(&system, &[WORK[row]; 50], true),
            Err(_) if rows == "sampled" => measure(&system, &WORK, true),
            Err(_) => measure(&system, &WORK[..1], false),
        },
        _ => compare(),
    }
}

fn compare() -> benches::Result<()> {
    let names: Vec<_> = WORK.iter().map(|(name, _)| *name).chain(["a span, not sampled"]).collect();
    let mut times = vec![vec![Vec::new(); names.len()]; SYSTEMS.len()];
    for _ in 0..ROUNDS {
        for (system, times) in SYSTEMS.iter().zip(&mut times) {
            let ask = |sampled: &str, times: &mut [Vec<f64>]| -> benches::Result<()> {
                let exe = std::env::current_exe()?;
                let output = Command::new(exe).args([system, sampled]).stderr(Stdio::inherit()).output()?;
                for (line, times) in output.stdout.lines().zip(times) {
                    times.push(line?.parse()?);
                }
                Ok(())
            };
            ask("sampled", &mut times[..])?;
            ask("unsampled", &mut times[WORK.len()..])?;
        }
    }
    println!("thread CPU, nanoseconds a span: median of {ROUNDS} processes\n");
    println!("| | {} | ours / default | ours / lean |", SYSTEMS.join(" | "));
    println!("|---|{}---|---|", "---|".repeat(SYSTEMS.len()));
    for (nth, name) in names.iter().enumerate() {
        let medians: Vec<f64> = times.iter_mut().map(|times| median(&mut times[nth])).collect();
        let cells: Vec<_> = medians.iter().map(|nanos| format!("{nanos:.0}")).collect();
        let [default, lean] = [2, 3].map(|theirs| medians[1] / medians[theirs]);
        println!("| {name} | {} | {default:.2} | {lean:.2} |", cells.join(" | "));
    }
    Ok(())
}

fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Prints a line for each row.
fn measure(system: &str, rows: &[Row], record: bool) -> benches::Result<()> {
    let registry = tracing_subscriber::registry();
    match system {
        "ours" => {
            let sampler = if record { Sampler::AlwaysOn } else { Sampler::AlwaysOff };
            let builder = trace_export::builder().endpoint(answering()?);
            let tracing = builder.sampler(Sampler::parent_based(sampler)).init()?;
            tracing::subscriber::set_global_default(registry.with(trace_logs::tracing::layer()))?;
            time(rows, || _ = tracing.flush(Duration::from_secs(30)));
            let counts = tracing.counts();
            if counts.dropped.total() > 0 {
                eprintln!("INVALID: {counts}");
            }
        }
        "bare" => {
            tracing::subscriber::set_global_default(registry.with(Bare))?;
            time(rows, || {});
        }
        _ => {
            let sampler = if record { SdkSampler::AlwaysOn } else { SdkSampler::AlwaysOff };
            let provider = SdkTracerProvider::builder().with_sampler(sampler).with_batch_exporter(Nothing).build();
            let is_default = system == SYSTEMS[2];
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("layer"));
            let layer = layer.with_threads(is_default).with_tracked_inactivity(is_default);
            tracing::subscriber::set_global_default(registry.with(layer))?;
            time(rows, || drop(provider.force_flush()));
        }
    }
    Ok(())
}

/// A receiver that says yes.
fn answering() -> benches::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = benches::http::answer(&stream, |_| {});
        }
    });
    Ok(url)
}

/// The best of some turns: what disturbs only adds.
fn time(rows: &[Row], settle: impl Fn()) {
    /// Roots of a turn: the SDK's queue has room for what they are.
    const ROOTS: u32 = 10;
    for (_, child) in rows {
        let turn = || {
            let start = ThreadTime::now();
            (0..ROOTS).for_each(|_| root(CHILDREN, *child));
            let nanos = start.elapsed().as_secs_f64() * 1e9 / f64::from(ROOTS * (CHILDREN + 1));
            settle();
            nanos
        };
        println!("{}", (0..60).map(|_| turn()).fold(f64::MAX, f64::min));
    }
}
