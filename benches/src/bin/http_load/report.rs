//! What was measured, for people and for machines.

use crate::system::System;
use crate::table::{Cell, Row, Table, Unit};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Rate => format!("{:.1} k", value / 1e3),
        Unit::Micros => format!("{value:.2}"),
    }
}

/// Median and range, or why there is none.
fn shown(cell: Option<&Cell>, unit: Unit) -> String {
    let Some(cell) = cell else { return "–".to_owned() };
    if cell.lost > 0 {
        return format!("INVALID, lost {}", cell.lost);
    }
    let (least, most) = cell.range();
    format!("{} ({}–{})", number(cell.median(), unit), number(least, unit), number(most, unit))
}

fn ratio(row: &Row) -> String {
    row.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}

fn head(table: &Table) -> String {
    let (rounds, millis) = (table.rounds, table.millis);
    format!("{}. {}. {rounds} rounds of {millis} ms a server.", table.machine, table.versions.join(", "))
}

pub(crate) fn text(table: &Table) -> String {
    let mut text = format!("{}\nmedian (min–max)\n\n{:<48}", head(table), "");
    for system in System::ALL {
        let _ = write!(text, "  {:>23}", system.title());
    }
    let _ = writeln!(text, "{:>8}", "ratio");
    for row in &table.rows {
        let _ = write!(text, "{:<48}", row.name);
        for system in System::ALL {
            let _ = write!(text, "  {:>23}", shown(row.cell(system), row.unit));
        }
        let _ = writeln!(text, "{:>8}", ratio(row));
    }
    text
}

pub(crate) fn markdown(table: &Table) -> String {
    let titles = System::ALL.map(System::title).join(" | ");
    let mut page = format!("{}\n\n| | {titles} | ours / best peer |\n|{}\n", head(table), "---|".repeat(7));
    for row in &table.rows {
        let cells = System::ALL.map(|system| shown(row.cell(system), row.unit)).join(" | ");
        let _ = writeln!(page, "| {} | {cells} | {} |", row.name, ratio(row));
    }
    page
}

pub(crate) fn json(table: &Table) -> Value {
    let machine = &table.machine;
    json!({
        "machine": { "cpu": machine.cpu, "cores": machine.cores, "system": machine.system, "rustc": machine.rustc },
        "versions": table.versions,
        "rounds": table.rounds,
        "millis": table.millis,
        "rows": table.rows.iter().map(json_row).collect::<Vec<_>>(),
    })
}

fn json_row(row: &Row) -> Value {
    let cells = row.cells.iter().map(|cell| {
        let (min, max) = cell.range();
        let value =
            json!({ "median": cell.median(), "min": min, "max": max, "lost": cell.lost, "values": cell.values });
        (cell.system.key().to_owned(), value)
    });
    json!({ "name": row.name, "key": row.key, "systems": cells.collect::<Map<_, _>>(), "ratio": row.ratio() })
}
