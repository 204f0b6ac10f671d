//! What is counted. Each work has a rehearsal, so that nothing is done for the first time.

use crate::requests;
use benches::Result;
use std::future::Future;
use std::hint::black_box;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use trace_runtime::{Sampler, trace};

pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// By what the count is divided.
    pub(crate) times: u64,
    run: fn(u64),
    setup: Setup,
}

#[derive(PartialEq, Eq)]
enum Setup {
    Off,
    Unsampled,
    /// And what calls cost is counted.
    Counted,
    On,
}

/// Few enough that a thread's records fit into what it has at once, and nobody is woken.
const TIMES: u64 = 1000;

pub(crate) const WORKS: [Work; 11] = [
    Work { name: "a call, tracing off", times: TIMES, run: |n| alone(n, leaf), setup: Setup::Off },
    Work { name: "a call, not sampled", times: TIMES, run: |n| children(n, leaf), setup: Setup::Unsampled },
    Work { name: "a call, not sampled, counted", times: TIMES, run: |n| children(n, leaf), setup: Setup::Counted },
    Work { name: "a child", times: TIMES, run: |n| children(n, leaf), setup: Setup::On },
    Work { name: "a root and a child", times: TIMES, run: |n| alone(n, tree), setup: Setup::On },
    Work { name: "a child, three attributes", times: TIMES, run: |n| children(n, fields), setup: Setup::On },
    Work {
        name: "a child that may fail",
        times: TIMES,
        run: |n| children(n, |n| fallible(n).unwrap_or(0)),
        setup: Setup::On,
    },
    Work { name: "async, ready at once", times: TIMES, run: |n| children(n, ready), setup: Setup::On },
    Work { name: "async, a further poll", times: TIMES, run: polls, setup: Setup::On },
    Work { name: "a request, tracing off", times: TIMES / 5, run: requests::run, setup: Setup::Off },
    Work { name: "a request", times: TIMES / 5, run: requests::run, setup: Setup::On },
];

/// Whether this is not the run that is counted.
pub(crate) static REHEARSAL: AtomicBool = AtomicBool::new(true);

pub(crate) fn repeat(times: u64, once: &mut dyn FnMut(u64)) {
    if REHEARSAL.load(Relaxed) {
        (0..3 * times).for_each(once);
    } else {
        measured(times, once);
    }
}

/// The part that is counted: callgrind is told this name.
#[inline(never)]
fn measured(times: u64, once: &mut dyn FnMut(u64)) {
    for n in 0..times {
        once(n);
    }
}

/// # Errors
/// If there is no such work, or tracing cannot be started.
pub(crate) fn work(name: &str) -> Result<()> {
    let work = WORKS.into_iter().find(|work| work.name == name).ok_or("no such work")?;
    let tracing = match work.setup {
        Setup::Off => None,
        Setup::Unsampled => Some(live()?.sampler(Sampler::AlwaysOff).init()?),
        Setup::Counted => Some(live()?.sampler(Sampler::AlwaysOff).function_costs_of_unsampled().init()?),
        Setup::On => Some(live()?.init()?),
    };
    (work.run)(work.times);
    // Memory for records is there now, and free again: that is how a program runs on.
    if let Some(tracing) = tracing {
        tracing.flush(Duration::from_secs(60));
    }
    REHEARSAL.store(false, Relaxed);
    (work.run)(work.times);
    Ok(())
}

/// With a receiver that answers.
fn live() -> Result<trace_export::Builder> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = benches::http::answer(&stream, |_| {});
        }
    });
    Ok(trace_export::builder().endpoint(url))
}

#[trace]
#[inline(never)]
fn leaf(n: u64) -> u64 {
    black_box(n)
}

#[trace]
fn tree(n: u64) -> u64 {
    leaf(n)
}

fn alone(times: u64, call: fn(u64) -> u64) {
    repeat(times, &mut |n| _ = black_box(call(n)));
}

/// Calls below a root that is not counted.
#[trace(name = "root")]
fn children(times: u64, child: fn(u64) -> u64) {
    alone(times, child);
}

#[trace(fields(id = n, name = "a short text", ok = true))]
fn fields(n: u64) -> u64 {
    black_box(n)
}

#[trace]
fn fallible(n: u64) -> std::result::Result<u64, String> {
    if black_box(n) == u64::MAX { Err("no such number".into()) } else { Ok(n) }
}

struct Pending(u64);

impl Future for Pending {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                Poll::Pending
            }
            None => Poll::Ready(()),
        }
    }
}

#[trace]
async fn wait(n: u64, polls: u64) -> u64 {
    Pending(polls).await;
    black_box(n)
}

fn ready(n: u64) -> u64 {
    match pin!(wait(n, 0)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => 0,
    }
}

#[trace(name = "root")]
fn polls(times: u64) {
    let mut future = pin!(wait(1, 4 * times));
    let mut context = Context::from_waker(Waker::noop());
    repeat(times, &mut |_| _ = black_box(future.as_mut().poll(&mut context).is_ready()));
}
