//! The tables of `BENCHMARKS.md`, between their markers.

use super::{cell, ratio, text::allocated};
use crate::rows::{Section, Who};
use crate::table::{Measured, Table};
use crate::work::System;
use std::fmt::Write as _;

pub(crate) fn tables(table: &Table) -> String {
    let mut page = format!("{}. {}. ", table.machine, table.versions.join(", "));
    let _ = writeln!(page, "{} rounds{}.", table.rounds, if table.quick { ", short ones" } else { "" });
    for (section, title) in Section::ALL {
        let rows: Vec<_> = table.rows.iter().filter(|measured| measured.row.section == section).collect();
        if !rows.is_empty() {
            let _ = writeln!(page, "\n### {title}\n");
            of(&rows, &mut page);
        }
    }
    let counted: Vec<_> = table.rows.iter().filter(|measured| measured.row.counted.is_some()).collect();
    if !counted.is_empty() {
        let _ = writeln!(page, "\n### Allocations a span, and bytes: the caller's thread / the process\n");
        heads(&System::ALL, "", &mut page);
        for measured in counted {
            let cells = System::ALL.map(|system| allocated(measured, system));
            let _ = writeln!(page, "| {} | {} |", measured.row.name, cells.join(" | "));
        }
    }
    page
}

fn of(rows: &[&Measured], page: &mut String) {
    if rows.iter().all(|measured| measured.row.who == Who::Ours) {
        heads(&[System::Ours], "", page);
        for measured in rows {
            let _ =
                writeln!(page, "| {} | {} |", measured.row.name, cell(measured.cell(System::Ours), measured.row.unit));
        }
        return;
    }
    heads(&System::ALL, " ours / best peer |", page);
    for measured in rows {
        let cells = System::ALL.map(|system| cell(measured.cell(system), measured.row.unit));
        let _ = writeln!(page, "| {} | {} | {} |", measured.row.name, cells.join(" | "), ratio(measured.ratio()));
    }
}

fn heads(systems: &[System], last: &str, page: &mut String) {
    let titles: Vec<_> = systems.iter().map(|system| system.title()).collect();
    let _ = writeln!(page, "| | {} |{last}", titles.join(" | "));
    let rules = "---|".repeat(systems.len() + 1 + usize::from(!last.is_empty()));
    let _ = writeln!(page, "|{rules}");
}
