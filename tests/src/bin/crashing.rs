//! A traced program that runs until it is killed, or ends as its first argument says. Before a span ends it says `open SPAN PARENT` on stdout, and
//! afterwards `done SPAN`, so that whoever reads that knows what has to be found.

use std::future::Future;
use std::io::{Write as _, stdout};
use std::pin::Pin;
use std::task::{Context, Poll};
use trace_runtime::{current, trace};

/// In one write, so that a reader never sees half of it.
fn say(line: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush());
}

/// Says that the current span is open, and gives its id.
fn open(parent: &str) -> String {
    let span = current().map(|span| span.context().span_id.to_string()).unwrap_or_default();
    say(&format!("open {span} {parent}"));
    span
}

fn done(span: &str) {
    say(&format!("done {span}"));
}

#[trace(fields(n))]
fn outer(n: u64) -> String {
    let span = open("-");
    for nth in 0..n % 3 {
        done(&inner(&span, nth));
    }
    span
}

#[trace(fields(text = "x".repeat(nth as usize * 900)))]
fn inner(parent: &str, nth: u64) -> String {
    let span = open(parent);
    done(&leaf(&span));
    span
}

#[trace(fields(answer = 42))]
fn leaf(parent: &str) -> String {
    open(parent)
}

#[trace]
async fn task() -> String {
    let span = open("-");
    Yield(false).await;
    let below = waits(&span).await;
    done(&below);
    Yield(false).await;
    span
}

#[trace]
async fn waits(parent: &str) -> String {
    let span = open(parent);
    Yield(false).await;
    span
}

/// Not ready the first time.
struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Open when the process dies by its own doing.
#[trace(fields(how))]
fn last(how: &str) {
    open("-");
    match how {
        "abort" => std::process::abort(),
        "panic" => panic!("on purpose"),
        "overflow" => println!("{}", deep(0)),
        "fault" => fault(),
        _ => {}
    }
}

#[allow(unsafe_code)]
fn fault() {
    // SAFETY: none: nothing is mapped at the first page, which is what this is for.
    unsafe { std::ptr::without_provenance_mut::<u8>(64).write_volatile(1) };
}

/// Runs out of stack, which is a segmentation fault.
#[allow(unconditional_recursion)]
fn deep(n: u64) -> u64 {
    let words = std::hint::black_box([n; 512]);
    deep(n + 1) + words[511]
}

fn main() {
    let how = std::env::args().nth(1).unwrap_or_default();
    if let Err(error) = trace_export::init() {
        return say(&format!("init: {error}"));
    }
    say("ready");
    for _ in 0..4 {
        std::thread::spawn(|| {
            let mut n = 0;
            loop {
                done(&outer(n));
                n += 1;
            }
        });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    let Ok(runtime) = runtime else { return say("no runtime") };
    for _ in 0..8 {
        runtime.spawn(async {
            loop {
                done(&task().await);
            }
        });
    }
    if how.is_empty() {
        let () = runtime.block_on(std::future::pending());
    }
    // Until somebody has read something of all this.
    let _ = std::io::stdin().read_line(&mut String::new());
    last(&how);
}
