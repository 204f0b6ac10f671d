//! What was measured, for people and for machines.

pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod svg;
pub(crate) mod text;

use crate::rows::Unit;
use crate::table::Cell;

/// A number in its unit, short.
pub(crate) fn number(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Nanos | Unit::ProcessNanos if value.abs() < 99.95 => format!("{value:.1}"),
        Unit::Nanos | Unit::ProcessNanos => format!("{value:.0}"),
        Unit::Times => format!("{value:.2}"),
        Unit::Rate if value < 1e6 => format!("{:.0} k", value / 1e3),
        Unit::Rate => format!("{:.2} M", value / 1e6),
        Unit::Percent => format!("{value:.0} %"),
        Unit::Bytes => match value.abs() {
            0.0..10_240.0 => format!("{value:.0} B"),
            10_240.0..10_485_760.0 => format!("{:.0} KiB", value / 1024.0),
            _ => format!("{:.1} MiB", value / 1_048_576.0),
        },
    }
}

/// Median and range, or why there is none.
pub(crate) fn cell(cell: Option<&Cell>, unit: Unit) -> String {
    let Some((cell, median)) = cell.and_then(|cell| Some((cell, cell.median()?))) else { return "–".to_owned() };
    if cell.lost > 0 {
        return format!("INVALID, lost {}", cell.lost);
    }
    if cell.values.len() == 1 {
        return number(median, unit);
    }
    let (least, most) = cell.range();
    format!("{} ({}–{})", number(median, unit), number(least, unit), number(most, unit))
}

/// Ours divided by the best peer.
pub(crate) fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
}
