//! `send`: an instance of `trace-export` without spans of its own delivers what is stored.

use crate::Ended;
use crate::options::Options;
use crate::out::{Out, Problem, note};
use crate::source::look;
use crate::text::{count, until};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};
use trace_export::stored::{self, FileKind, StoredFile, Unreadable};
use trace_export::{Counts, Spool, Tracing};

/// How often the directory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// An answer that comes now still counts.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Either names the backend.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];

pub(crate) fn run(options: &Options, out: &mut Out) -> Result<Ended, Problem> {
    // A link that was named is followed, as by the other commands.
    let dir = options.paths[0].canonicalize().map_err(|error| Problem::at(&options.paths[0], &error))?;
    stored::check_directory(&dir).map_err(|error| Problem::at(&dir, &error))?;
    let mut work = Work { dir: &dir, started: SystemTime::now(), newer: HashSet::new() };
    let left = work.left()?;
    let (counts, left) = if left.is_empty() {
        (Counts::default(), left)
    } else {
        let tracing = start(&dir, options)?;
        let left = work.wait(options.timeout);
        tracing.shutdown(LAST_WORDS);
        let otlp = tracing.counts_by_destination().into_iter().next();
        (otlp.map(|(_, counts)| counts).unwrap_or_default(), left?)
    };
    out.line(format_args!("{} delivered", count(counts.adopted.delivered, "span")))?;
    let dropped = counts.adopted.dropped;
    if dropped > 0 {
        note(&format!("{} rejected or damaged, and put into {}/quarantine", count(dropped, "span"), dir.display()));
    }
    say_left(&left);
    let stays = work.say_others()?;
    Ok(if dropped == 0 && left.is_empty() && !stays { Ended::Well } else { Ended::NotAllWell })
}

/// Starts to send. It stores nothing, so it evicts nothing either.
fn start(dir: &Path, options: &Options) -> Result<Tracing, Problem> {
    let named = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.to_string_lossy().trim().is_empty());
    let is_known = options.endpoint.is_some() || ENDPOINTS.iter().any(named) || dir.join("destination").exists();
    if !is_known {
        let why = "where to? Say --endpoint URL, or set OTEL_EXPORTER_OTLP_ENDPOINT";
        return Err(Problem::Wrong(why.to_owned()));
    }
    let spool = Spool::new(dir).max_bytes(u64::MAX).max_batches(u64::MAX);
    let mut builder = trace_export::builder().spool(spool);
    if let Some(endpoint) = &options.endpoint {
        builder = builder.endpoint(endpoint);
    }
    let tracing = builder.build().map_err(|error| Problem::Wrong(error.to_string()))?;
    if tracing.counts_by_destination().first().is_none_or(|(name, _)| *name != "otlp") {
        let why = "OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER keeps spans from being sent: unset it";
        return Err(Problem::Wrong(why.to_owned()));
    }
    Ok(tracing)
}

/// What there was when it began.
struct Work<'a> {
    dir: &'a Path,
    started: SystemTime,
    /// Files that stay for a newer program.
    newer: HashSet<String>,
}

impl Work<'_> {
    /// Batches without an outcome, and what processes left that died. Halves of one that was too large are as old as that was.
    fn left(&self) -> Result<Vec<StoredFile>, Problem> {
        let mut files = look(self.dir)?;
        files.retain(|file| {
            let is_dead = |file: &StoredFile| file.kind == FileKind::Crash && !file.is_held();
            let is_batch = matches!(file.kind, FileKind::Waiting | FileKind::Leased { .. });
            (is_batch || is_dead(file)) && file.since <= self.started && !self.newer.contains(stem(file))
        });
        Ok(files)
    }

    /// Until nothing is left, or nothing has gone for this long.
    fn wait(&mut self, timeout: Duration) -> Result<Vec<StoredFile>, Problem> {
        let (mut before, mut progress) = (HashSet::new(), Instant::now());
        let mut looked_into = false;
        loop {
            let left = self.left()?;
            let now: HashSet<String> = left.iter().map(|file| stem(file).to_owned()).collect();
            if before.is_subset(&now) {
                if !looked_into && progress.elapsed() > LOOK_EVERY * 4 {
                    // Once each time that nothing goes on: it reads all of them.
                    looked_into = true;
                    self.find_newer(&left);
                    continue;
                }
            } else {
                (progress, looked_into) = (Instant::now(), false);
            }
            if now.is_empty() || progress.elapsed() >= timeout {
                return Ok(left);
            }
            before = now;
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn find_newer(&mut self, left: &[StoredFile]) {
        for file in left {
            if matches!(file.read(), Err(Unreadable::UnknownVersion(_) | Unreadable::Unsupported(_))) {
                self.newer.insert(stem(file).to_owned());
            }
        }
    }

    /// What is not sent, whatever the backend says.
    fn say_others(&self) -> Result<bool, Problem> {
        let files = look(self.dir)?;
        let crashes =
            files.iter().filter(|file| file.kind == FileKind::Crash && self.newer.contains(stem(file))).count() as u64;
        if crashes > 0 {
            note(&format!("{} of another version or machine: its own program sends it", count(crashes, "crash file")));
        }
        let newer = self.newer.len() as u64 - crashes;
        if newer > 0 {
            note(&format!("{} of a newer version of the format: a newer program sends them", count(newer, "batch")));
        }
        Ok(crashes + newer > 0)
    }
}

/// A batch's name without its state.
fn stem(file: &StoredFile) -> &str {
    let name = file.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

fn say_left(left: &[StoredFile]) {
    let mut states: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for file in left {
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
}
