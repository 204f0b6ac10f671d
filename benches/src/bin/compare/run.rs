//! The parent: asks everybody, by turns.

use crate::delivery::Deliveries;
use crate::options::Options;
use crate::processes::worker;
use crate::report;
use crate::rows::{Row, Section, rows};
use crate::table::{Cell, Measured, Table};
use crate::work::{Setup, System};
use benches::Result;
use benches::machine::machine;
use benches::packages::versions;
use benches::page::Page;
use benches::process::Process;

const PEERS: [&str; 5] = ["fastrace", "opentelemetry_sdk", "opentelemetry-otlp", "tracing", "tracing-opentelemetry"];

pub(crate) fn main(options: &Options) -> Result<()> {
    let page = options.markdown.as_deref().map(|path| Page::open(path, "compare")).transpose()?;
    let (mut receiver, url) = Process::receiver()?;
    let (rounds, quick) = (options.rounds, options.quick);
    let mut table = Table { machine: machine()?, versions: versions(&PEERS)?, rounds, quick, rows: Vec::new() };
    if !options.json {
        report::text::head(&table);
    }
    let mut workers = Workers { url: url.clone(), setup: Setup::Off, processes: Vec::new() };
    for (section, title) in Section::ALL {
        let rows: Vec<_> = rows().into_iter().filter(|row| row.section == section && wanted(row, options)).collect();
        let mut shown = Shown { title: (!options.json).then_some(title), rows: &mut table.rows };
        for row in rows {
            shown.push(measure(row, options, &mut workers)?);
        }
        if section == Section::Process {
            workers.processes.clear();
            let mut deliveries = Deliveries { receiver: &mut receiver, url: &url, options };
            deliveries.measure(|row| wanted(row, options))?.into_iter().for_each(|row| shown.push(row));
        }
    }
    if let Some(path) = &options.svg {
        report::svg::write(&table, path)?;
    }
    if let Some(page) = page {
        page.write(&report::markdown::tables(&table))?;
    }
    if options.json {
        println!("{:#}", report::json::of(&table));
    } else {
        report::text::allocations(&table);
    }
    let lost = table.rows.iter().filter(|measured| measured.cell(System::Ours).is_some_and(|cell| cell.lost > 0));
    let lost: Vec<_> = lost.map(|measured| measured.row.name).collect();
    if lost.is_empty() { Ok(()) } else { Err(format!("ours lost spans: {}", lost.join("; ")).into()) }
}

/// Rows as they come, below their section's title, which comes with the first of them. Without one, nothing is printed.
struct Shown<'a> {
    title: Option<&'a str>,
    rows: &'a mut Vec<Measured>,
}

impl Shown<'_> {
    fn push(&mut self, measured: Measured) {
        if let Some(title) = &mut self.title {
            if !title.is_empty() {
                report::text::section(std::mem::take(title));
            }
            report::text::row(&measured);
        }
        self.rows.push(measured);
    }
}

fn wanted(row: &Row, options: &Options) -> bool {
    let long = ["long 10000000", "threads 10000 20"].contains(&row.question);
    if options.only.is_empty() {
        return !(options.quick && long);
    }
    let names = [row.name.to_lowercase(), row.key()];
    options.only.iter().any(|only| names.iter().any(|name| name.contains(only)))
}

/// The processes of one setup; those of another are over by then.
struct Workers {
    url: String,
    setup: Setup,
    processes: Vec<(System, Process)>,
}

impl Workers {
    fn of(&mut self, system: System, setup: Setup, fresh: bool) -> Result<&mut Process> {
        if self.setup != setup || fresh {
            self.processes.clear();
            self.setup = setup;
        }
        if !self.processes.iter().any(|(of, _)| *of == system) {
            self.processes.push((system, worker(system, setup, &self.url)?));
        }
        let process = self.processes.iter_mut().find(|(of, _)| *of == system);
        Ok(process.map(|(_, process)| process).ok_or("no such process")?)
    }
}

fn measure(row: Row, options: &Options, workers: &mut Workers) -> Result<Measured> {
    let systems: Vec<_> = System::ALL.into_iter().filter(|system| row.has(*system)).collect();
    let mut cells: Vec<_> = systems.iter().map(|system| (*system, Some(Cell::default()))).collect();
    let rounds = if row.fresh { options.rounds.min(5) } else { options.rounds };
    // The first time, memory is touched and processes start: it does not count.
    let first = usize::from(!row.fresh);
    for round in 0..rounds + first {
        for (system, place) in &mut cells {
            let Some(cell) = place else { continue };
            let worker = workers.of(*system, row.setup, row.fresh)?;
            let answer = worker.ask(row.question).map_err(|why| format!("{}: {why}", system.title()))?;
            if answer["cannot"] == true {
                *place = None;
            } else if round >= first {
                cell.values.push(answer[row.field].as_f64().ok_or("no number")?);
                cell.lost += answer["lost"].as_u64().unwrap_or(0);
            }
        }
    }
    if let Some(work) = row.counted {
        for (system, cell) in cells.iter_mut().filter_map(|(system, cell)| Some((*system, cell.as_mut()?))) {
            cell.more = workers.of(system, row.setup, false)?.ask(&format!("count {}", work.key()))?;
        }
    }
    if row.fresh {
        workers.processes.clear();
    }
    Ok(Measured { row, cells })
}
