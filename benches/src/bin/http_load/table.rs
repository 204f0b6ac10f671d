//! What was measured.

use crate::system::System;
use benches::machine::Machine;

/// What a server did in its turns.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) system: System,
    pub(crate) values: Vec<f64>,
    /// Spans that did not arrive. More than none makes it invalid.
    pub(crate) lost: u64,
}

impl Cell {
    pub(crate) fn median(&self) -> f64 {
        let mut values = self.values.clone();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }

    pub(crate) fn range(&self) -> (f64, f64) {
        let fold = |with: fn(f64, f64) -> f64| self.values.iter().copied().reduce(with).unwrap_or(f64::NAN);
        (fold(f64::min), fold(f64::max))
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Unit {
    /// Requests a second: more is better.
    Rate,
    /// Microseconds.
    Micros,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) key: &'static str,
    pub(crate) unit: Unit,
    pub(crate) cells: Vec<Cell>,
}

impl Row {
    pub(crate) fn cell(&self, system: System) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.system == system)
    }

    /// Ours, divided by the best peer that lost nothing.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let valid = |system| self.cell(system).filter(|cell| cell.lost == 0).map(Cell::median);
        let peers = [System::Tower, System::Axum].into_iter().filter_map(valid);
        let best = peers.reduce(if self.unit == Unit::Rate { f64::max } else { f64::min })?;
        Some(valid(System::Ours)? / best)
    }
}

/// A whole run.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) machine: Machine,
    pub(crate) versions: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) millis: u64,
    pub(crate) rows: Vec<Row>,
}

#[cfg(test)]
mod tests {
    use super::{Cell, Row, Unit};
    use crate::system::System;

    fn row(unit: Unit, cells: &[(System, &[f64], u64)]) -> Row {
        let cells =
            cells.iter().map(|(system, values, lost)| Cell { system: *system, values: values.to_vec(), lost: *lost });
        Row { name: "a row", key: "row", unit, cells: cells.collect() }
    }

    #[test]
    fn the_ratio_is_to_the_best_peer_by_medians() {
        let cells: [(System, &[f64], u64); 4] = [
            (System::Bare, &[1.0], 0),
            (System::Ours, &[9.0, 10.0, 50.0], 0),
            (System::Tower, &[40.0, 20.0, 10.0], 0),
            (System::Axum, &[40.0], 0),
        ];
        assert_eq!(row(Unit::Micros, &cells).ratio(), Some(0.5));
        assert_eq!(row(Unit::Rate, &cells).ratio(), Some(0.25));
    }

    #[test]
    fn who_lost_spans_has_no_ratio_and_is_no_peer() {
        let lossy = [(System::Ours, &[10.0][..], 0), (System::Tower, &[20.0], 1), (System::Axum, &[40.0], 0)];
        assert_eq!(row(Unit::Micros, &lossy).ratio(), Some(0.25));
        let lossy = [(System::Ours, &[10.0][..], 1), (System::Tower, &[20.0], 0)];
        assert_eq!(row(Unit::Micros, &lossy).ratio(), None);
    }
}
