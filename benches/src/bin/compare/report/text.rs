//! For the terminal, row by row.

use super::{cell, ratio};
use crate::table::{Measured, Table};
use crate::work::System;

const NAME: usize = 40;
const CELL: usize = 29;

pub(crate) fn head(table: &Table) {
    println!("{}\n{}\n{} rounds; median (min–max)", table.machine, table.versions.join(", "), table.rounds);
}

fn line(name: &str, cells: impl IntoIterator<Item = String>, last: &str) {
    print!("{name:<NAME$}");
    for cell in cells {
        print!("  {cell:>CELL$}");
    }
    println!("{last:>8}");
}

pub(crate) fn section(title: &str) {
    println!("\n{title}\n");
    line("", System::ALL.map(|system| system.title().to_owned()), "ratio");
}

pub(crate) fn row(measured: &Measured) {
    let cells = System::ALL.map(|system| cell(measured.cell(system), measured.row.unit));
    line(measured.row.name, cells, &ratio(measured.ratio()));
}

/// Allocations of a span on the caller's thread and, behind the stroke, in the process.
pub(crate) fn allocations(table: &Table) {
    let counted: Vec<_> = table.rows.iter().filter(|measured| measured.row.counted.is_some()).collect();
    if counted.is_empty() {
        return;
    }
    println!("\nAllocations a span, and bytes: the caller's thread / the process\n");
    line("", System::ALL.map(|system| system.title().to_owned()), "");
    for measured in counted {
        line(measured.row.name, System::ALL.map(|system| allocated(measured, system)), "");
    }
}

pub(crate) fn allocated(measured: &Measured, system: System) -> String {
    let Some(more) = measured.cell(system).map(|cell| &cell.more) else { return "–".to_owned() };
    let number = |field: &str| more[field].as_f64().unwrap_or(f64::NAN);
    let pair = |calls: &str, bytes: &str| format!("{:.1}, {:.0} B", number(calls), number(bytes));
    format!("{} / {}", pair("allocations", "bytes"), pair("process_allocations", "process_bytes"))
}
