//! A traced program that does what the lines on its stdin say, and answers each with a line on stdout. Its spans carry the
//! number that the line says, so that a receiver can tell a lost one from one that came twice.

use std::io::{BufRead as _, Write as _, stdin, stdout};
use std::path::PathBuf;
use std::time::Duration;
use trace_export::{Destination, Report, Spool, Tracing};
use trace_runtime::{current, trace};

const LONG: Duration = Duration::from_secs(20);

#[trace(fields(n))]
fn work(n: u64, padding: usize) {
    if let Some(span) = current().filter(|_| padding > 0) {
        span.set_attribute("padding", "x".repeat(padding));
    }
}

#[trace(name = "poison", fields(n))]
fn poison(n: u64) {}

/// In one write, so that a reader never sees half of it.
fn say(line: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

fn told(Report { counts, complete, .. }: Report) -> String {
    let (dropped, adopted) = (counts.dropped, counts.adopted);
    let pairs = [
        ("complete", u64::from(complete)),
        ("balanced", u64::from(counts.balanced())),
        ("recorded", counts.recorded),
        ("delivered", counts.delivered),
        ("stored", counts.stored),
        ("discarded", counts.discarded),
        ("in_flight", counts.in_flight),
        ("dropped", dropped.total()),
        ("memory_full", dropped.memory_full),
        ("rejected", dropped.rejected),
        ("undelivered", dropped.undelivered),
        ("evicted", dropped.evicted),
        ("damaged", dropped.damaged),
        ("adopted.delivered", adopted.delivered),
        ("adopted.dropped", adopted.dropped),
        ("retries", counts.retries),
        ("spool_bytes", counts.spool_bytes),
    ];
    pairs.map(|(name, value)| format!("{name}={value}")).join(" ")
}

/// The file says where to send, or how to fail.
fn discover(file: &str) -> Result<Option<Destination>, String> {
    match std::fs::read_to_string(file).unwrap_or_default().trim() {
        "" => Ok(None),
        "panic" => panic!("on purpose"),
        "error" => Err("on purpose".to_owned()),
        url => Ok(Some(Destination::new(url))),
    }
}

fn obey(tracing: Tracing, order: &str) -> String {
    let words: Vec<&str> = order.split(' ').collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<u64>().ok()).unwrap_or(0);
    let within = Duration::from_millis(number(1));
    match words[0] {
        // spans FROM COUNT PADDING
        "spans" => (number(1)..number(1) + number(2)).for_each(|n| work(n, number(3) as usize)),
        // store FROM COUNT: a batch for each span, told once it is safe.
        "store" => {
            for n in number(1)..number(1) + number(2) {
                work(n, 0);
                let report = tracing.flush(LONG);
                if !report.complete {
                    return told(report);
                }
                say(&n.to_string());
            }
        }
        "poison" => poison(number(1)),
        "flush" => return told(tracing.flush(within)),
        "shutdown" => return told(tracing.shutdown(within)),
        "counts" => return told(tracing.flush(Duration::ZERO)),
        "destination" => return format!("{:?}", tracing.set_destination(&Destination::new(words[1]))),
        "save" => return format!("{:?}", Destination::new(words[1]).save(words[2])),
        "exit" => std::process::exit(3),
        other => return format!("unknown order: {other}"),
    }
    "done".to_owned()
}

fn main() {
    let variable = |name| std::env::var_os(name);
    let text = |name| variable(name).map(|value| value.to_string_lossy().into_owned());
    let mut builder = trace_export::builder();
    // What only code can say, such as an empty path.
    if let Some(dir) = variable("SPOOLER_DIR") {
        let spool = Spool::new(PathBuf::from(dir));
        let is_first = text("TRACE_SPOOL_MODE").is_some_and(|mode| mode == "first");
        builder = builder.spool(if is_first { spool.first() } else { spool });
    }
    if let Some(bytes) = text("SPOOLER_LATE") {
        builder = builder.late_destination(bytes.parse().unwrap_or(0));
    }
    if let Some(file) = text("SPOOLER_DISCOVER") {
        builder = builder.discover(move || discover(&file));
    }
    if variable("SPOOLER_SIGNALS").is_some() {
        builder = builder.on_signals();
    }
    let tracing = match builder.init() {
        Ok(tracing) => tracing,
        Err(error) => return say(&format!("init: {error}")),
    };
    say("ready");
    for order in stdin().lock().lines().map_while(Result::ok) {
        say(&obey(tracing, &order));
    }
}
