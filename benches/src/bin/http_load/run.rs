//! The parent: starts everybody, and gives the servers their turns.

use crate::options::Options;
use crate::report;
use crate::system::System;
use crate::table::{Cell, Row, Table, Unit};
use benches::Result;
use benches::machine::machine;
use benches::packages::versions;
use benches::page::Page;
use benches::process::{Process, this_program};
use std::time::{Duration, Instant};

const PACKAGES: [&str; 8] = [
    "axum",
    "hyper",
    "tokio",
    "opentelemetry-instrumentation-tower",
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "axum-tracing-opentelemetry",
    "tracing-opentelemetry",
];
/// Connections of the load.
const CONNECTIONS: u32 = 32;
/// Requests a second at which CPU is compared where servers have time to spare.
const RATE: u32 = 5_000;
/// What is on its way gets so long to arrive.
const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) fn main(options: &Options) -> Result<()> {
    let page = options.markdown.as_deref().map(|path| Page::open(path, "http_load")).transpose()?;
    let (receiver, url) = Process::receiver()?;
    let load = Process::start(this_program()?.arg("--load"))?;
    let mut others = Others { receiver, load, millis: options.millis };
    let mut servers = options.systems.iter().map(|system| Server::start(*system, &url)).collect::<Result<Vec<_>>>()?;
    // The first round touches memory and opens connections: it does not count.
    for round in 0..=options.rounds {
        for server in &mut servers {
            let turns = [others.turn(server, 0)?, others.turn(server, RATE)?];
            if round > 0 {
                server.turns.push(turns);
            }
        }
    }
    let (rounds, millis) = (options.rounds, options.millis);
    let table = Table { machine: machine()?, versions: versions(&PACKAGES)?, rounds, millis, rows: rows(&servers) };
    if let Some(page) = page {
        page.write(&report::markdown(&table))?;
    }
    if options.json {
        println!("{:#}", report::json(&table));
    } else {
        print!("{}", report::text(&table));
    }
    let lost =
        servers.iter().filter(|server| server.system == System::Ours).map(|server| server.lost(0) + server.lost(1));
    match lost.sum() {
        0 => Ok(()),
        lost => Err(format!("ours lost {lost} spans").into()),
    }
}

/// One server, and what it did: at full speed, and at the fixed rate.
struct Server {
    system: System,
    process: Process,
    port: String,
    turns: Vec<[Turn; 2]>,
}

#[derive(Clone, Copy, Debug)]
struct Turn {
    /// Requests a second.
    rate: f64,
    /// CPU of the server's process, microseconds a request, with all spans sent.
    cpu: f64,
    lost: u64,
}

impl Server {
    fn start(system: System, url: &str) -> Result<Self> {
        let mut command = this_program()?;
        command.args(["--server", system.key(), url]).env("OTEL_EXPORTER_OTLP_ENDPOINT", url);
        let mut process = Process::start(&mut command)?;
        let port = process.line()?;
        Ok(Self { system, process, port, turns: Vec::new() })
    }

    fn cpu(&mut self, question: &str) -> Result<f64> {
        Ok(self.process.ask(question)?["cpu"].as_f64().ok_or("no number")? / 1e3)
    }

    fn values(&self, of: impl Fn(&[Turn; 2]) -> f64) -> Vec<f64> {
        self.turns.iter().map(of).collect()
    }

    fn lost(&self, nth: usize) -> u64 {
        self.turns.iter().map(|turns| turns[nth].lost).sum()
    }
}

struct Others {
    receiver: Process,
    load: Process,
    millis: u64,
}

impl Others {
    fn received(&mut self) -> Result<u64> {
        Ok(self.receiver.ask("")?["spans"].as_u64().ok_or("no number")?)
    }

    /// One load on one server, a rate of 0 being as fast as it can.
    fn turn(&mut self, server: &mut Server, rate: u32) -> Result<Turn> {
        let (received, cpu) = (self.received()?, server.cpu("cpu")?);
        let answer = self.load.ask(&format!("{} {CONNECTIONS} {} {rate}", server.port, self.millis))?;
        let requests = answer["requests"].as_u64().filter(|requests| *requests > 0).ok_or("no request was answered")?;
        let mut taken = server.cpu("settle")? - cpu;
        let due = if server.system.records() { requests } else { 0 };
        let mut arrived = self.received()? - received;
        let start = Instant::now();
        // A span may end a little later than the client has its answer.
        while arrived < due && start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(20));
            taken = server.cpu("settle")? - cpu;
            arrived = self.received()? - received;
        }
        let seconds = answer["nanos"].as_f64().ok_or("no number")? / 1e9;
        Ok(Turn { rate: requests as f64 / seconds, cpu: taken / requests as f64, lost: due.saturating_sub(arrived) })
    }
}

fn rows(servers: &[Server]) -> Vec<Row> {
    let bare = servers.iter().find(|server| server.system == System::Bare);
    // What the same round took without a layer is taken off.
    let above = |server: &Server, nth: usize| {
        let Some(bare) = bare else { return Vec::new() };
        let pairs = server.turns.iter().zip(&bare.turns);
        pairs.map(|(turns, bare)| turns[nth].cpu - bare[nth].cpu).collect()
    };
    let row = |name, key, unit, nth: usize, values: &dyn Fn(&Server) -> Vec<f64>| {
        let cell = |server: &Server| Cell { system: server.system, values: values(server), lost: server.lost(nth) };
        let cells = servers.iter().map(cell).filter(|cell| !cell.values.is_empty()).collect();
        Row { name, key, unit, cells }
    };
    vec![
        row("requests a second, at full speed", "rate", Unit::Rate, 0, &|server| server.values(|turns| turns[0].rate)),
        row("CPU a request, µs", "cpu", Unit::Micros, 0, &|server| server.values(|turns| turns[0].cpu)),
        row("… above no layer, µs", "cpu_above", Unit::Micros, 0, &|server| above(server, 0)),
        row("CPU a request at 5 000 a second, µs", "paced", Unit::Micros, 1, &|server| {
            server.values(|turns| turns[1].cpu)
        }),
        row("… above no layer, µs", "paced_above", Unit::Micros, 1, &|server| above(server, 1)),
    ]
}
