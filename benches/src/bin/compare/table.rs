//! What was measured.

use crate::rows::Row;
use crate::work::System;
use benches::machine::Machine;
use serde_json::Value;

/// What a system answered in a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) values: Vec<f64>,
    /// Spans that did not arrive. More than none makes it invalid.
    pub(crate) lost: u64,
    /// What else was said: allocations, or what a delivery took.
    pub(crate) more: Value,
}

impl Cell {
    pub(crate) fn median(&self) -> Option<f64> {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }

    pub(crate) fn range(&self) -> (f64, f64) {
        let fold = |with: fn(f64, f64) -> f64| self.values.iter().copied().reduce(with).unwrap_or(f64::NAN);
        (fold(f64::min), fold(f64::max))
    }

    /// The median, if it counts.
    pub(crate) fn valid(&self) -> Option<f64> {
        self.median().filter(|_| self.lost == 0)
    }
}

/// A row, with a cell for each system that takes part.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) row: Row,
    pub(crate) cells: Vec<(System, Option<Cell>)>,
}

impl Measured {
    pub(crate) fn cell(&self, system: System) -> Option<&Cell> {
        self.cells.iter().find(|(of, _)| *of == system).and_then(|(_, cell)| cell.as_ref())
    }

    /// The best of the peers.
    pub(crate) fn best_peer(&self) -> Option<f64> {
        let peers = self.cells.iter().filter(|(system, _)| *system != System::Ours);
        let valid = peers.filter_map(|(_, cell)| cell.as_ref()?.valid());
        valid.reduce(if self.row.unit.more_is_better() { f64::max } else { f64::min })
    }

    /// Ours, divided by the best peer. `None` where one of them is next to nothing, is not there, or does something else.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let (ours, peer) = (self.cell(System::Ours)?.valid()?, self.best_peer()?);
        (self.row.alike && ours > 0.0 && peer > 0.5).then_some(ours / peer)
    }
}

/// A whole run.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) machine: Machine,
    pub(crate) versions: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) quick: bool,
    pub(crate) rows: Vec<Measured>,
}
