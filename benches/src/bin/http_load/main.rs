//! A server under load, without a layer, with ours, and with those of the peers. See `BENCHMARKS.md`.
//!
//! Every server has a process of its own, which is this program again, and so have the load and the receiver of spans.

mod load;
mod options;
mod peers;
mod report;
mod run;
mod server;
mod system;
mod table;

use benches::Result;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("--server") => server::main(&args[1..]),
        Some("--load") => load::main(),
        Some("--receive") => benches::receiver::main(),
        _ => run::main(&options::parse(&args)?),
    }
}
