//! The end of the program, and panics.

use crate::diag;
use crate::exporter::Exporter;
use crate::sys;
use std::panic::{PanicHookInfo, catch_unwind};
use std::sync::OnceLock;
use trace_runtime::export::{note_panic, record_panic};

static GLOBAL: OnceLock<&'static Exporter> = OnceLock::new();

/// Delivers what is there when the program returns from `main` or calls `exit`, and when it panics under `panic = "abort"`.
pub(crate) fn watch(exporter: &'static Exporter) {
    if GLOBAL.set(exporter).is_err() {
        return;
    }
    if !sys::at_exit(at_exit) {
        log::warn!("no exit handler: call `shutdown` before the program ends");
    }
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        note_panic(message(info));
        previous(info);
        if cfg!(panic = "abort") {
            record_panic();
            finish();
        }
    }));
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = info.payload();
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (_, Some(text)) => text,
        _ => "",
    }
}

extern "C" fn at_exit() {
    // Unwinding out of an exit handler would abort the program.
    let _ = catch_unwind(finish);
}

fn finish() {
    let Some(exporter) = GLOBAL.get() else { return };
    let report = exporter.shutdown(exporter.exit_budget);
    if report.counts.dropped.total() > 0 {
        diag::to_stderr(&report.counts.to_string());
    }
}
