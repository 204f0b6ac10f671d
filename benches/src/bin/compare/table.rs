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

#[cfg(test)]
mod tests {
    use super::{Cell, Measured};
    use crate::rows::rows;
    use crate::work::System;

    fn measured(cells: [(System, &[f64], u64); 3]) -> Measured {
        let row = rows().into_iter().find(|row| row.name == "root + 1").expect("it is always there");
        let cell = |values: &[f64], lost| Some(Cell { values: values.to_vec(), lost, ..Cell::default() });
        Measured { row, cells: cells.map(|(system, values, lost)| (system, cell(values, lost))).into() }
    }

    #[test]
    fn the_ratio_is_to_the_best_peer_by_medians() {
        let row = measured([
            (System::Ours, &[9.0, 10.0, 50.0], 0),
            (System::Fastrace, &[40.0, 20.0, 10.0], 0),
            (System::Sdk, &[30.0; 3], 0),
        ]);
        assert_eq!(row.ratio(), Some(0.5));
    }

    #[test]
    fn who_lost_spans_is_no_peer() {
        let row = measured([(System::Ours, &[10.0], 0), (System::Fastrace, &[20.0], 1), (System::Sdk, &[40.0], 0)]);
        assert_eq!(row.ratio(), Some(0.25));
    }

    #[test]
    fn ours_has_no_ratio_where_it_lost_spans() {
        let row = measured([(System::Ours, &[10.0], 1), (System::Fastrace, &[20.0], 0), (System::Sdk, &[40.0], 0)]);
        assert_eq!(row.ratio(), None);
    }
}
