//! The end of the program, and panics.

use crate::costs;
use crate::diag;
use crate::exporter::Exporter;
use crate::sys;
use crate::terminal;
use std::io::Read as _;
use std::panic::{PanicHookInfo, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;
use trace_runtime::export::{note_panic, record_panic};

/// For a terminal that takes nothing, at the end of the program.
const PATIENCE: Duration = Duration::from_millis(100);

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
        #[cfg(feature = "otel")]
        if trace_runtime::otel::is_contained() {
            return;
        }
        note_panic(message(info));
        previous(info);
        if cfg!(panic = "abort") {
            record_panic();
            match GLOBAL.get().filter(|exporter| exporter.has_crash_file()) {
                // Other threads go on until the end. What they do till then, and what is open, is found in the file.
                Some(exporter) => drop(exporter.flush(exporter.exit_budget)),
                None => finish(),
            }
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
    exporter.shutdown(exporter.exit_budget);
    if exporter.costs.printed {
        let table = costs::table(&exporter.function_costs(), exporter.missed_calls());
        terminal::write(table.as_bytes(), PATIENCE);
    }
    let counts = exporter.counts();
    let several = counts.len() > 1;
    for (name, counts) in counts.iter().filter(|(_, counts)| counts.dropped.total() > 0) {
        diag::to_stderr(&if several { format!("{name}: {counts}") } else { counts.to_string() });
    }
}

static ON_SIGNALS: AtomicBool = AtomicBool::new(false);

/// Delivers what is there when the program is asked to end, and lets it end as it would have.
pub(crate) fn on_signals(exporter: &'static Exporter) {
    if GLOBAL.get().is_some_and(|global| std::ptr::eq(*global, exporter)) && !ON_SIGNALS.swap(true, Relaxed) {
        sys::handle_end_signals();
        wait_for_signals();
    }
}

/// In a forked child, which has the handlers and not the thread.
pub(crate) fn on_signals_again(exporter: &'static Exporter) {
    let is_global = GLOBAL.get().is_some_and(|global| std::ptr::eq(*global, exporter));
    if is_global && ON_SIGNALS.load(Relaxed) && trace_runtime::export::generation() > 0 {
        wait_for_signals();
    }
}

fn wait_for_signals() {
    let waiting = sys::signal_stream().and_then(|mut stream| {
        let wait = move || {
            let mut signal = [0];
            if stream.read_exact(&mut signal).is_ok() {
                let _ = catch_unwind(finish);
                sys::end_by(signal[0]);
            }
        };
        std::thread::Builder::new().name("trace-signals".to_owned()).spawn(wait)
    });
    if let Err(error) = waiting {
        log::warn!("signals end the program at once: {error}");
    }
}
