//! Ours beside fastrace: the same work, in one process, in turns. Prints thread CPU a span, medians of rounds.
//!
//! Ours runs after plain `init()` with collector, encoder and panic hook live, and a receiver in another process
//! that answers. fastrace runs with a reporter that only counts, which is less than it would have to do.

use cpu_time::ThreadTime;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

const ROUNDS: usize = 21;
/// Traces a round: small enough for the buffers, so that nothing is dropped.
const TRACES: u64 = 200;
const CALLS: u64 = 10_000_000;

mod ours {
    use std::hint::black_box;
    use trace_runtime::{current, trace};

    #[trace]
    pub(super) fn leaf(n: u64) -> u64 {
        black_box(n)
    }

    #[trace]
    pub(super) fn tree(children: u64) -> u64 {
        (0..children).map(leaf).sum()
    }

    #[trace(fields(id = n, name = "a short text", ok = true))]
    pub(super) fn leaf_with_fields(n: u64) -> u64 {
        black_box(n)
    }

    #[trace]
    pub(super) fn tree_with_fields(children: u64) -> u64 {
        (0..children).map(leaf_with_fields).sum()
    }

    #[trace]
    pub(super) fn leaf_with_attributes(n: u64) -> u64 {
        if let Some(span) = current() {
            span.set_attribute("id", n).set_attribute("name", "a short text").set_attribute("ok", true);
        }
        black_box(n)
    }

    #[trace]
    pub(super) fn tree_with_attributes(children: u64) -> u64 {
        (0..children).map(leaf_with_attributes).sum()
    }
}

mod peer {
    use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
    use fastrace::local::LocalSpan;
    use fastrace::prelude::{Span, trace};
    use std::hint::black_box;
    use std::sync::atomic::Ordering::Relaxed;

    struct Count;

    impl Reporter for Count {
        fn report(&mut self, spans: Vec<SpanRecord>) {
            super::PEER_SPANS.fetch_add(spans.len() as u64, Relaxed);
        }
    }

    pub(super) fn init() {
        fastrace::set_reporter(Count, Config::default());
    }

    #[trace(short_name = true)]
    fn leaf(n: u64) -> u64 {
        black_box(n)
    }

    #[trace(short_name = true)]
    fn leaf_with_fields(n: u64) -> u64 {
        LocalSpan::add_properties(|| {
            [("id", n.to_string()), ("name", "a short text".into()), ("ok", true.to_string())]
        });
        black_box(n)
    }

    pub(super) fn tree(children: u64) -> u64 {
        let root = Span::root("tree", SpanContext::random());
        let _guard = root.set_local_parent();
        (0..children).map(leaf).sum()
    }

    pub(super) fn tree_with_fields(children: u64) -> u64 {
        let root = Span::root("tree", SpanContext::random());
        let _guard = root.set_local_parent();
        (0..children).map(leaf_with_fields).sum()
    }
}

static PEER_SPANS: AtomicU64 = AtomicU64::new(0);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() == Some("--receive") {
        return receive();
    }
    let (mut receiver, url) = start_receiver()?;
    println!("thread CPU, nanoseconds a span: median (min – max) of {ROUNDS} rounds\n");
    println!("{:<32} {:>22} {:>22} {:>8}", "work", "ours", "fastrace 0.7", "ratio");
    off();
    let tracing = trace_export::builder().endpoint(url).init()?;
    peer::init();
    for children in [1, 10, 100] {
        row(&format!("root + {children}"), children, ours::tree, peer::tree);
        settle(tracing)?;
    }
    row("root + 100, 3 fields", 100, ours::tree_with_fields, peer::tree_with_fields);
    settle(tracing)?;
    row("root + 100, 3 set_attribute", 100, ours::tree_with_attributes, peer::tree_with_fields);
    let counts = settle(tracing)?;
    println!("\nours: {counts}");
    if counts.dropped.total() > 0 {
        println!("INVALID: spans were dropped");
    }
    fastrace::flush();
    println!("fastrace: {} spans reported", PEER_SPANS.load(Relaxed));
    receiver.kill()?;
    Ok(())
}

/// Everything recorded so far is delivered, outside of what is measured.
fn settle(tracing: trace_export::Tracing) -> Result<trace_export::Counts, String> {
    let report = tracing.flush(Duration::from_secs(30));
    if report.complete { Ok(report.counts) } else { Err(format!("not delivered in 30 s: {}", report.counts)) }
}

/// A call with the attribute and no tracer, less a plain call.
fn off() {
    #[inline(never)]
    fn plain(n: u64) -> u64 {
        black_box(n)
    }
    #[trace_runtime::trace]
    #[inline(never)]
    fn traced(n: u64) -> u64 {
        black_box(n)
    }
    let time = |call: fn(u64) -> u64| {
        let start = ThreadTime::now();
        for n in 0..CALLS {
            black_box(call(n));
        }
        start.elapsed().as_secs_f64() * 1e9 / CALLS as f64
    };
    let differences: Vec<f64> = (0..ROUNDS).map(|_| time(traced) - time(plain)).collect();
    println!("{:<32} {:>22} {:>22} {:>8}", "off, above a plain call", show(differences), "–", "–");
}

fn row(name: &str, children: u64, ours: fn(u64) -> u64, peer: fn(u64) -> u64) {
    let traces = TRACES * 100 / (children + 1).min(100);
    let time = |work: fn(u64) -> u64| {
        let start = ThreadTime::now();
        for _ in 0..traces {
            black_box(work(black_box(children)));
        }
        let nanos = start.elapsed().as_secs_f64() * 1e9 / (traces * (children + 1)) as f64;
        // Both collectors catch up before the next turn.
        std::thread::sleep(Duration::from_millis(30));
        nanos
    };
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        left.push(time(ours));
        right.push(time(peer));
        fastrace::flush();
    }
    let ratio = median(&mut left) / median(&mut right);
    println!("{name:<32} {:>22} {:>22} {ratio:>8.2}", show(left), show(right));
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn show(mut values: Vec<f64>) -> String {
    let median = median(&mut values);
    format!("{median:.1} ({:.1} – {:.1})", values[0], values[values.len() - 1])
}

/// This program again, as a receiver that reads and answers.
fn start_receiver() -> std::io::Result<(Child, String)> {
    let mut child = Command::new(std::env::current_exe()?).arg("--receive").stdout(Stdio::piped()).spawn()?;
    let mut url = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut url)?;
    }
    Ok((child, url.trim().to_owned()))
}

fn receive() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    for stream in listener.incoming() {
        // Whoever closes the connection is done.
        let _ = benches::http::answer(&stream?, |_| {});
    }
    Ok(())
}
