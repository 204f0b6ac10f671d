//! A traced program that ends in the way its first argument says. With a second argument, that many spans.

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::Tracer as _;
use std::fmt;
use trace_runtime::{SpanContext, SpanId, TraceId, Value, current, trace};

struct Failed;

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed on purpose")
    }
}

#[trace]
fn work(n: u32) -> u32 {
    n
}

#[trace]
fn exits() {
    work(0);
    std::process::exit(3);
}

#[trace]
fn panics() {
    work(0);
    panic!("on purpose");
}

fn many(count: u32) {
    for n in 0..count {
        work(n);
    }
}

/// Prints what the toolkit says to the `log` facade, when `LOG` is set.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("trace")
    }
    fn log(&self, record: &log::Record<'_>) {
        eprintln!("log {}: {}", record.level(), record.args());
    }
    fn flush(&self) {}
}

fn main() -> Result<(), Failed> {
    if std::env::var_os("LOG").is_some() && log::set_logger(&Logger).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
    let mut arguments = std::env::args().skip(1);
    let how = arguments.next().unwrap_or_default();
    let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(10);
    let mut builder = trace_export::builder();
    if std::env::var_os("SIGNALS").is_some() {
        builder = builder.on_signals();
    }
    // With `INSTANCE`, nothing global.
    let is_instance = std::env::var_os("INSTANCE").is_some();
    let tracing = match if is_instance { builder.build() } else { builder.init() } {
        Ok(tracing) => tracing,
        Err(error) => {
            eprintln!("init: {error}");
            std::process::exit(4);
        }
    };
    println!("output of the program");
    let _scope = is_instance.then(|| tracing.scope().attach());
    many(count);
    match how.as_str() {
        "return" => {}
        "question" => Err(Failed)?,
        "exit" => exits(),
        "panic" => panics(),
        "thread" => {
            // Still recording when the program ends.
            std::thread::spawn(|| {
                loop {
                    work(1);
                    std::thread::yield_now();
                }
            });
        }
        "wait" => {
            println!("ready");
            // Until a signal ends it.
            loop {
                std::thread::park();
            }
        }
        "guard" => drop(tracing.shutdown_on_drop()),
        "counts" => {
            tracing.shutdown(std::time::Duration::from_secs(2));
            for (name, counts) in tracing.counts_by_destination() {
                println!("{name}: {counts:?}");
            }
        }
        "fork" => fork(count),
        "paced" => {
            // A span each twentieth of a second, for a second.
            for n in 0..20 {
                std::thread::sleep(std::time::Duration::from_millis(50));
                work(n);
            }
        }
        "limits" => one_with_much_on_it(),
        "propagators" => {
            println!("{:?}", tracing.propagation().formats());
            let theirs =
                |propagator: &dyn TextMapPropagator| propagator.fields().map(str::to_owned).collect::<Vec<_>>();
            println!("{:?}", opentelemetry::global::get_text_map_propagator(theirs));
        }
        other => {
            eprintln!("unknown way to end: {other}");
            std::process::exit(5);
        }
    }
    Ok(())
}

/// Five of everything, and a long text.
#[trace]
fn one_with_much_on_it() {
    let Some(span) = current() else { return };
    let link = SpanContext::remote(TraceId::from_u128(1), SpanId::from_u64(1), true);
    let pairs = ["a", "b", "c", "d", "e"].map(|key| (key, Value::Int(1)));
    for key in ["a", "b", "c", "d", "text"] {
        span.set_attribute(key, "0123456789").add_event("event", &pairs).add_link(&link);
    }
    let tracer = opentelemetry::global::tracer("theirs");
    let pairs = ["a", "b", "c", "d", "e"].map(|key| opentelemetry::KeyValue::new(key, 1));
    let linked = opentelemetry::trace::Link::new((&link).into(), pairs.to_vec(), 0);
    drop(tracer.build(tracer.span_builder("linked").with_links(vec![linked])));
}

/// A child that records, and a parent that goes on, both under a span that was open at the fork.
#[trace(name = "around the fork")]
#[allow(unsafe_code)]
fn fork(count: u32) {
    // SAFETY: the child only calls functions of this program and ends by `exit`.
    let child = unsafe { libc::fork() };
    many(count);
    if child == 0 {
        std::process::exit(0);
    }
    let mut status = 0;
    // SAFETY: waits for the child made above.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    std::process::exit(i32::from(status != 0));
}
