//! A crate's own tests: what the compiler says of them, and how each ends.

use crate::crates::Crate;
use crate::tree::Tree;
use benches::Result;
use benches::command::cargo;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

/// Nobody debugs these programs.
const LEAN: [(&str, &str); 2] = [("CARGO_PROFILE_DEV_DEBUG", "line-tables-only"), ("CARGO_INCREMENTAL", "0")];

/// Where an error points in the user's code: file and byte offset, from the outside in.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    pub(crate) level: String,
    pub(crate) text: String,
    pub(crate) rendered: String,
    pub(crate) at: Vec<(String, usize)>,
}

#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub(crate) complaints: Vec<Complaint>,
    pub(crate) succeeded: bool,
}

impl Compiled {
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Complaint> {
        self.complaints.iter().filter(|complaint| complaint.level == "error")
    }

    /// What is complained of, and how often.
    pub(crate) fn kinds(&self) -> BTreeMap<(&str, &str), usize> {
        let mut kinds = BTreeMap::new();
        for complaint in &self.complaints {
            *kinds.entry((complaint.level.as_str(), complaint.text.as_str())).or_default() += 1;
        }
        kinds
    }
}

/// Ends of tests (`ok`, `FAILED`, `ignored`) by program and name.
pub(crate) type Ends = BTreeMap<String, String>;

/// Compiles a crate's tests.
///
/// # Errors
/// If cargo does not run.
pub(crate) fn compile(tree: &Tree, krate: &Crate, target: &Path) -> Result<Compiled> {
    let mut args = vec!["test", "--lib", "--tests", "--no-run", "--message-format=json", "--no-fail-fast"];
    args.extend(krate.args);
    let output = cargo(&tree.path, &args).env("CARGO_TARGET_DIR", target).envs(LEAN).output()?;
    let mut complaints = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line)?;
        let of_tree = message["manifest_path"].as_str().is_some_and(|path| Path::new(path).starts_with(&tree.path));
        if message["reason"] == "compiler-message" && of_tree {
            complaints.extend(complaint(&message["message"]));
        }
    }
    let succeeded = output.status.success();
    if !succeeded && complaints.is_empty() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(Compiled { complaints, succeeded })
}

fn complaint(message: &Value) -> Option<Complaint> {
    let text = |key: &str| message[key].as_str().map(ToOwned::to_owned);
    let at = message["spans"].as_array()?.iter().filter(|span| span["is_primary"] == true).map(outermost).collect();
    let (level, says) = (text("level")?, text("message")?);
    // "3 warnings emitted", "aborting due to 2 errors"
    let is_summary = message["spans"].as_array()?.is_empty() && message["code"].is_null();
    (!is_summary || level == "error" && !says.starts_with("aborting")).then(|| Complaint {
        level,
        text: says,
        rendered: text("rendered").unwrap_or_default(),
        at,
    })
}

fn outermost(span: &Value) -> (String, usize) {
    let mut span = span;
    while span["expansion"]["span"].is_object() {
        span = &span["expansion"]["span"];
    }
    let file = span["file_name"].as_str().unwrap_or_default().to_owned();
    (file, span["byte_start"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default())
}

/// Runs a crate's tests, which compile. What they write goes to `log`.
///
/// # Errors
/// If cargo does not run.
pub(crate) fn test(tree: &Tree, krate: &Crate, target: &Path, log: &Path, endpoint: &str) -> Result<Ends> {
    let file = File::create(log)?;
    let mut args = vec!["test", "--lib", "--tests", "--no-fail-fast"];
    args.extend(krate.args);
    let mut command = cargo(&tree.path, &args);
    command.env("CARGO_TARGET_DIR", target).envs(LEAN).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    // Some suites look at backtraces.
    command.env_remove("RUST_BACKTRACE");
    command.stdout(file.try_clone()?).stderr(Stdio::from(file)).status()?;
    let text = std::fs::read(log)?;
    Ok(ends(&String::from_utf8_lossy(&text)))
}

fn ends(log: &str) -> Ends {
    let mut ends = Ends::new();
    let mut program = "";
    for line in log.lines() {
        let line = line.trim_end();
        if let Some(rest) = line.trim_start().strip_prefix("Running ") {
            program = rest.split(" (").next().unwrap_or(rest);
        } else if line.starts_with("error: test failed") || line.contains("process didn't exit successfully") {
            ends.entry(format!("{program} as a whole")).or_insert_with(|| "FAILED".into());
        } else if let Some((name, end)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... ")) {
            let end = end.split(',').next().unwrap_or(end);
            ends.insert(format!("{program} {name}"), end.to_owned());
        }
    }
    ends
}

/// How many tests ended well.
pub(crate) fn passed(ends: &Ends) -> usize {
    ends.values().filter(|end| *end == "ok").count()
}
