//! For machines.

use crate::table::{Cell, Measured, Table};
use serde_json::{Map, Value, json};

pub(crate) fn of(table: &Table) -> Value {
    let machine = &table.machine;
    json!({
        "machine": { "cpu": machine.cpu, "cores": machine.cores, "system": machine.system, "rustc": machine.rustc },
        "peers": table.versions,
        "rounds": table.rounds,
        "quick": table.quick,
        "rows": table.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(measured: &Measured) -> Value {
    let systems = measured.cells.iter().filter_map(|(system, of)| Some((system.key().to_owned(), cell(of.as_ref()?))));
    json!({
        "name": measured.row.name,
        "key": measured.row.key(),
        "unit": measured.row.unit.key(),
        "systems": systems.collect::<Map<_, _>>(),
        "best_peer": measured.best_peer(),
        "ratio": measured.ratio(),
    })
}

fn cell(cell: &Cell) -> Value {
    let (min, max) = cell.range();
    let valid = cell.lost == 0;
    json!({ "median": cell.median(), "min": min, "max": max, "valid": valid, "lost": cell.lost, "more": cell.more })
}
