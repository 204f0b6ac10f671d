//! Ours and the peers, a file each, with the same functions in each.

mod exporter;
mod fastrace;
mod ours;
mod sdk;
mod tracing;

use crate::work::{Setup, System, Work};
use benches::Result;
use std::fmt;

/// A system that is set up in this process.
pub(crate) trait Subject {
    /// Does a work so many times. `None` if it cannot.
    fn work(&self, work: Work) -> Option<fn(u64)>;

    /// Waits until what has ended has arrived where it is counted; so many spans are expected in all. How many did.
    fn settle(&self, expected: u64) -> Result<u64>;

    /// Spans that may wait to be settled, so that none is lost by design.
    fn most(&self) -> u64;

    /// Spans that it says it lost, if it says so.
    fn said_lost(&self) -> Option<u64> {
        None
    }

    /// Threads that do what no peer's do in [`Setup::Bytes`]: send.
    fn senders(&self) -> &'static [&'static str] {
        &[]
    }

    /// One trace of that many spans below its root, with a pause after each 10 000. `false` if it cannot.
    fn long(&self, _spans: u64, _pause: &mut dyn FnMut()) -> bool {
        false
    }
}

/// Sets a system up in this process, which has none yet.
pub(crate) fn start(system: System, setup: Setup, url: &str) -> Result<Box<dyn Subject>> {
    match system {
        System::Ours => ours::start(setup),
        System::Fastrace => fastrace::start(setup, url),
        System::Sdk => sdk::start(setup, url),
        System::Tracing => tracing::start(setup, url),
    }
}

/// A text that nobody knows before the program runs.
fn text() -> &'static str {
    const TEXT: &str = "select id, name, price, stock from products where category = 'lamps' and price < 100 and stock > 0 \
        and id in (select product from sales group by product having count(*) > 10) order by price desc, name asc, id limit 50";
    const { assert!(TEXT.len() > 200) }
    std::hint::black_box(&TEXT[..200])
}

/// Why a call failed.
#[derive(Debug)]
struct Failure(u64);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {} is not to be had", self.0)
    }
}

impl std::error::Error for Failure {}

/// Repeats.
fn times(times: u64, mut once: impl FnMut()) {
    for _ in 0..times {
        once();
    }
}
