//! Ours beside the peers: the same work, in one run, by turns. See `BENCHMARKS.md`.
//!
//! Every system has a process of its own, which is this program again: collector threads, calibration of clocks and memory of one
//! are not those of another. A receiver, which is a process too, answers.

mod delivery;
mod measure;
mod options;
mod polling;
mod processes;
mod report;
mod rows;
mod run;
mod systems;
mod table;
mod work;
mod worker;

use benches::Result;
use benches::sys::Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("--worker") => worker::main(&args[1..]),
        Some("--receive") => benches::receiver::main(),
        _ => run::main(&options::parse(&args)?),
    }
}
