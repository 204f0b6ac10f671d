//! `send`: `trace-export` delivers what is stored.

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem, note};
use crate::text::{count, until};
use std::collections::BTreeMap;
use trace_export::InitError;
use trace_export::stored::{self, FileKind, StoredFile};

/// Either names the backend.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Ended, Problem> {
    // A link that was named is followed, as by the other commands.
    let dir = options.paths[0].canonicalize().map_err(|error| Problem::at(&options.paths[0], &error))?;
    stored::check_directory(&dir).map_err(|error| Problem::at(&dir, &error))?;
    let mut builder = trace_export::builder();
    if let Some(endpoint) = &options.endpoint {
        builder = builder.endpoint(endpoint);
    }
    let sent = builder.recover(&dir, options.timeout).map_err(|error| match error {
        InitError::NoDestination if !names_endpoint() => {
            Problem::Wrong("where to? Say --endpoint URL, or set OTEL_EXPORTER_OTLP_ENDPOINT".to_owned())
        }
        error => Problem::Wrong(error.to_string()),
    })?;
    out.line(format_args!("{} delivered", count(sent.delivered, "span")))?;
    if sent.dropped > 0 {
        let dropped = count(sent.dropped, "span");
        note(&format!("{dropped} rejected or damaged, and put into {}/quarantine", dir.display()));
    }
    say_left(&sent.left);
    say_others(&sent.other_version);
    let all_well = sent.dropped == 0 && sent.left.is_empty() && sent.other_version.is_empty();
    Ok(if all_well { Ended::Well } else { Ended::NotAllWell })
}

fn names_endpoint() -> bool {
    ENDPOINTS.iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.to_string_lossy().trim().is_empty()))
}

fn say_others(files: &[StoredFile]) {
    let (crashes, batches): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.kind == FileKind::Crash);
    for (files, what) in [(batches, "batch"), (crashes, "crash file")] {
        if !files.is_empty() {
            let files = count(files.len() as u64, what);
            note(&format!("{files} of another version of the format: a program of that version sends it"));
        }
    }
}

fn say_left(left: &[StoredFile]) {
    let mut states: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    let (crashes, batches): (Vec<_>, Vec<_>) = left.iter().partition(|file| file.kind == FileKind::Crash);
    for file in batches {
        let state = match file.kind {
            FileKind::Leased { until: then } if file.is_held() => {
                format!("another process sends, {}", until(then))
            }
            _ => "not delivered".to_owned(),
        };
        let (batches, spans) = states.entry(state).or_default();
        *batches += 1;
        *spans += file.spans.unwrap_or(0);
    }
    for (state, (batches, spans)) in states {
        note(&format!("left: {} ({}): {state}", count(batches, "batch"), count(spans, "span")));
    }
    if !crashes.is_empty() {
        note(&format!("left: {}: not delivered, or not all of it", count(crashes.len() as u64, "crash file")));
    }
}
