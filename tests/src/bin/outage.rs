//! A traced program whose backend is away for long: it makes as many spans as its first argument says, says `recorded`,
//! and goes on when its standard input ends.

use std::io::Read as _;
use std::time::Duration;
use trace_runtime::trace;

#[trace(fields(nth))]
fn work(nth: u64) {}

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(1000);
    let tracing = trace_export::init().unwrap_or_else(|error| panic!("{error}"));
    for nth in 0..count {
        work(nth);
        // Not faster than they can be read, until there is no room for them.
        if nth % 10_000 == 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    println!("recorded");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    let flushed = tracing.flush(Duration::from_secs(60));
    let counts = tracing.shutdown(Duration::from_secs(60)).counts;
    println!("complete {} balanced {}", flushed.complete, counts.balanced());
    println!("recorded {} delivered {} full {}", counts.recorded, counts.delivered, counts.dropped.memory_full);
}
