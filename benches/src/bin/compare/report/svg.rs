//! A chart: a group of bars for each row that is nanoseconds a span, shorter is better.

use super::number;
use crate::rows::Unit;
use crate::table::{Cell, Measured, Table};
use crate::work::System;
use benches::Result;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Rows of the chart: those that people ask about. All of them would be a wall.
const SHOWN: [&str; 8] = [
    "count spans children1 value",
    "count spans children100 value",
    "count spans fields value",
    "count spans text value",
    "count spans error value",
    "count spans ready value",
    "count polls value",
    "bytes spans children100 process",
];
const WIDTH: f64 = 860.0;
const LEFT: f64 = 230.0;
/// Room for the number behind the longest bar.
const RIGHT: f64 = 70.0;
const BAR: f64 = 12.0;
const GROUP: f64 = 4.0 * BAR + 16.0;
const TOP: f64 = 70.0;

fn colour(system: System) -> &'static str {
    match system {
        System::Ours => "#0b7a75",
        System::Fastrace => "#d98324",
        System::Sdk => "#7b8794",
        System::Tracing => "#b8c0c8",
    }
}

/// # Errors
/// If the file cannot be written.
pub(crate) fn write(table: &Table, path: &Path) -> Result<()> {
    Ok(fs::write(path, chart(table))?)
}

fn chart(table: &Table) -> String {
    let rows: Vec<_> = table.rows.iter().filter(|measured| SHOWN.contains(&measured.row.key().as_str())).collect();
    let values = rows.iter().flat_map(|row| System::ALL.map(|system| row.cell(system).and_then(Cell::valid)));
    let most = values.flatten().fold(1.0, f64::max);
    let height = TOP + rows.len() as f64 * GROUP + 30.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\" role=\"img\">\n<title>CPU a span, ours beside the peers</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"26\" font-size=\"16\" font-weight=\"600\" fill=\"#1f2933\">CPU a span, nanoseconds: shorter is better</text>\n"
    );
    legend(&mut svg);
    for (at, measured) in rows.iter().enumerate() {
        group(measured, TOP + at as f64 * GROUP, (WIDTH - LEFT - RIGHT) / most, &mut svg);
    }
    let _ = writeln!(
        svg,
        "<text x=\"16\" y=\"{:.0}\" font-size=\"10\" fill=\"#52606d\">{}</text>\n</svg>",
        height - 10.0,
        escaped(&table.machine.to_string())
    );
    svg
}

fn legend(svg: &mut String) {
    for (at, system) in System::ALL.into_iter().enumerate() {
        let x = 16.0 + at as f64 * 160.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"40\" width=\"12\" height=\"12\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"50\" fill=\"#1f2933\">{}</text>",
            colour(system),
            x + 18.0,
            escaped(system.title())
        );
    }
}

fn group(measured: &Measured, top: f64, scale: f64, svg: &mut String) {
    let in_process = if measured.row.unit == Unit::ProcessNanos { " (process)" } else { "" };
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" fill=\"#1f2933\">{}{in_process}</text>",
        LEFT - 10.0,
        top + 2.0 * BAR + 4.0,
        escaped(measured.row.name)
    );
    for (at, system) in System::ALL.into_iter().enumerate() {
        let y = top + at as f64 * BAR;
        let cell = measured.cell(system);
        let value = cell.and_then(Cell::valid);
        let width = (value.unwrap_or(0.0) * scale).max(0.0);
        let label = match (value, cell) {
            (Some(value), _) => number(value, measured.row.unit),
            (None, Some(_)) => "INVALID".to_owned(),
            (None, None) => "–".to_owned(),
        };
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"{:.0}\" fill=\"{}\"/>\
             <text x=\"{:.1}\" y=\"{:.0}\" font-size=\"10\" fill=\"#52606d\">{label}</text>",
            BAR - 2.0,
            colour(system),
            LEFT + width + 5.0,
            y + BAR - 3.0
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
