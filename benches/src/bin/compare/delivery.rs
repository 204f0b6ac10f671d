//! Rows that need the receiver's word: who delivers how much, and what gets lost.

use crate::options::Options;
use crate::processes::worker;
use crate::rows::{Row, delivery};
use crate::table::{Cell, Measured};
use crate::work::{Setup, System};
use benches::Result;
use benches::process::Process;
use serde_json::Value;
use std::time::Duration;

/// Spans a second that are tried in turn, until some get lost or the caller cannot make as many.
const RATES: [f64; 18] = [2e4, 5e4, 1e5, 2e5, 3e5, 4e5, 5e5, 7e5, 1e6, 1.5e6, 2e6, 2.5e6, 3e6, 4e6, 5e6, 6e6, 8e6, 1e7];
/// The rate at which CPU is compared, or the highest below it that a system delivers.
const COMPARED: f64 = 1e5;
/// What waits at the end is delivered within this, or the system has not kept up: nanoseconds.
const BEHIND: f64 = 1e9;
/// A caller that makes this share of the rate keeps up with it.
const KEPT_UP: f64 = 0.97;
/// Spans that were on their way when the sender thought it was done are waited for so long.
const LAST: Duration = Duration::from_millis(200);

/// One run of a system, in a process of its own.
struct Run {
    answer: Value,
    /// What the receiver got of it.
    spans: f64,
    bytes: f64,
    cpu: f64,
}

impl Run {
    fn number(&self, field: &str) -> f64 {
        self.answer[field].as_f64().unwrap_or(f64::NAN)
    }

    fn recorded(&self) -> f64 {
        self.number("spans")
    }

    /// By how much it is wrong about its losses, if it says something of them.
    fn miscounted(&self) -> f64 {
        self.answer["said_lost"].as_f64().map_or(0.0, |said| (said - self.lost()).abs())
    }

    fn lost(&self) -> f64 {
        (self.recorded() - self.spans).max(0.0)
    }
}

/// What is known of a system: a list for each of [`delivery::rows`], and one of spans that it was wrong about.
type Known = [Vec<f64>; delivery::ROWS + 1];

pub(crate) struct Deliveries<'a> {
    pub(crate) receiver: &'a mut Process,
    pub(crate) url: &'a str,
    pub(crate) options: &'a Options,
}

impl Deliveries<'_> {
    /// Those of its rows that are wanted.
    pub(crate) fn measure(&mut self, wanted: impl Fn(&Row) -> bool) -> Result<Vec<Measured>> {
        let rows: Vec<_> = delivery::rows().into_iter().enumerate().filter(|(_, row)| wanted(row)).collect();
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = System::ALL.map(|system| (system, Known::default()));
        for _ in 0..self.options.rounds.min(5) {
            for (system, known) in &mut known {
                let run = self.run(*system, 0.0)?;
                known[delivery::AT_FULL_SPEED].push(run.spans / run.number("wall") * 1e9);
                known[delivery::LOST].push(100.0 * run.lost() / run.recorded());
                known[delivery::CALLER].push(run.number("thread"));
                known[delivery::MISCOUNTED].push(run.miscounted());
            }
        }
        for (system, known) in &mut known {
            self.climb(*system, known)?;
        }
        let cell = |known: &Known, at: usize| {
            let miscounted = known[delivery::MISCOUNTED].iter().sum::<f64>() as u64;
            Cell { values: known[at].clone(), lost: miscounted, ..Cell::default() }
        };
        let cells = |at| known.iter().map(|(system, known)| (*system, Some(cell(known, at)))).collect();
        Ok(rows.into_iter().map(|(at, row)| Measured { row, cells: cells(at) }).collect())
    }

    /// The highest rate without a loss; a loss counts when it comes twice.
    fn climb(&mut self, system: System, known: &mut Known) -> Result<()> {
        for rate in RATES {
            let Some(run) = self.hold(system, rate)? else { break };
            known[delivery::HIGHEST] = vec![rate];
            if rate <= COMPARED {
                known[delivery::PROCESS] = vec![run.number("process")];
                known[delivery::RECEIVER] = vec![run.cpu / run.spans];
                known[delivery::WIRE] = vec![run.bytes / run.spans];
            }
        }
        Ok(())
    }

    /// A run at that rate that loses nothing, if there is one.
    fn hold(&mut self, system: System, rate: f64) -> Result<Option<Run>> {
        for _ in 0..2 {
            let run = self.run(system, rate)?;
            let made = run.recorded() / run.number("recorded_in") * 1e9;
            let behind = run.number("wall") - run.number("recorded_in");
            if run.lost() == 0.0 && made >= rate * KEPT_UP && behind < BEHIND {
                return Ok(Some(run));
            }
        }
        Ok(None)
    }

    fn run(&mut self, system: System, rate: f64) -> Result<Run> {
        let before = self.received()?;
        let mut process = worker(system, Setup::Deliver, self.url)?;
        let millis = if self.options.quick { 500 } else { 3000 };
        let answer = process.ask(&format!("pace {rate} {millis}"))?;
        let recorded = answer["spans"].as_f64().unwrap_or(0.0);
        let mut after = self.received()?;
        while after.0 - before.0 < recorded {
            std::thread::sleep(LAST);
            let now = self.received()?;
            if now.0 <= after.0 {
                break;
            }
            after = now;
        }
        Ok(Run { answer, spans: after.0 - before.0, bytes: after.1 - before.1, cpu: after.2 - before.2 })
    }

    /// Spans, bytes, CPU in nanoseconds: so far.
    fn received(&mut self) -> Result<(f64, f64, f64)> {
        let answer = self.receiver.ask("")?;
        let number = |field: &str| answer[field].as_f64().unwrap_or(f64::NAN);
        Ok((number("spans"), number("bytes"), number("cpu")))
    }
}
