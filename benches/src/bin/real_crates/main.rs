//! Published crates with our attribute on every function, and on every block: their own tests, before and after.
//!
//! `cargo run --release -p benches --bin real_crates` runs all and writes `benches/REAL_CRATES.md`;
//! with names of crates it runs these, and prints.

use benches::Result;
use benches::command::{machine, scratch, workspace};
mod annotate;
mod crates;
mod receive;
mod suite;
mod tree;

use crate::annotate::Mode;
use crate::crates::{CRATES, Crate};
use crate::receive::Receiver;
use crate::suite::{Compiled, Ends};
use crate::tree::{Annotated, Tree};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// How often places that do not compile are taken out before a crate is given up.
const ATTEMPTS: usize = 8;

fn main() -> Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |krate: &&Crate| names.is_empty() || names.iter().any(|name| name == krate.name);
    let crates: Vec<&Crate> = CRATES.iter().filter(wanted).collect();
    let scratch = scratch("real-crates")?;
    let bench = Bench {
        sources: tree::fetch(&scratch, &crates)?,
        recorder: tree::recorder(&scratch)?,
        target: scratch.join("build"),
        receiver: Receiver::start()?,
        scratch,
    };
    let mut table = HEAD.to_owned();
    let mut clean = true;
    for krate in crates {
        match bench.run(krate) {
            Ok(row) => {
                clean &= row.differences.is_empty();
                table += &row.line(krate);
            }
            Err(error) => {
                clean = false;
                eprintln!("{}: {error}", krate.name);
                writeln!(table, "| {} {} | {} | failed ||||||||", krate.name, krate.version, krate.character)?;
            }
        }
    }
    let page = format!("{TITLE}\n{}.\n\n{table}", machine()?);
    println!("{page}");
    if names.is_empty() {
        fs::write(workspace().join("benches/REAL_CRATES.md"), page)?;
    }
    if clean { Ok(()) } else { Err("there are differences".into()) }
}

const TITLE: &str = "# Real crates";
const HEAD: &str = "\
| crate | character | tests before | functions | off | recording | spans | blocks | off | recording | spans | note |
|---|---|---|---|---|---|---|---|---|---|---|---|
";

struct Bench {
    sources: std::collections::BTreeMap<&'static str, PathBuf>,
    recorder: PathBuf,
    target: PathBuf,
    receiver: Receiver,
    scratch: PathBuf,
}

struct Row {
    before: usize,
    functions: Outcome,
    blocks: Outcome,
    differences: Vec<String>,
}

#[derive(Default)]
struct Outcome {
    places: usize,
    refused: usize,
    off: usize,
    recording: usize,
    spans: u64,
}

impl Row {
    fn line(&self, krate: &Crate) -> String {
        let Crate { name, version, character, note, .. } = krate;
        let outcome = |Outcome { places, refused, off, recording, spans }: &Outcome| {
            let places = if *refused == 0 { places.to_string() } else { format!("{places} (refused {refused})") };
            format!("{places} | {off} | {recording} | {spans}")
        };
        let (functions, blocks) = (outcome(&self.functions), outcome(&self.blocks));
        format!("| {name} {version} | {character} | {} | {functions} | {blocks} | {note} |\n", self.before)
    }
}

impl Bench {
    fn run(&self, krate: &Crate) -> Result<Row> {
        eprintln!("== {} {}", krate.name, krate.version);
        let source = self.sources.get(krate.name).ok_or("not fetched")?;
        let place = |what: &str| self.scratch.join(what).join(krate.name);
        let bare = Tree::copy(source, place("bare"))?;
        let compiled = suite::compile(&bare, krate, &self.target)?;
        if !compiled.succeeded {
            return Err(first_error(&compiled).into());
        }
        let ends = suite::test(&bare, krate, &self.target, &place("bare").with_extension("log"), "")?;
        let mut row = Row {
            before: passed(&ends),
            functions: Outcome::default(),
            blocks: Outcome::default(),
            differences: vec![],
        };
        let before = Before { source, compiled, ends };
        row.functions = self.annotated(krate, &before, Mode::Functions, &mut row.differences)?;
        row.blocks = self.annotated(krate, &before, Mode::Blocks, &mut row.differences)?;
        Ok(row)
    }

    fn annotated(
        &self,
        krate: &Crate,
        before: &Before<'_>,
        mode: Mode,
        differences: &mut Vec<String>,
    ) -> Result<Outcome> {
        let mut found = |text: String| {
            eprintln!("{} {mode:?}: {text}", krate.name);
            differences.push(text);
        };
        let to = self.scratch.join(format!("{mode:?}").to_lowercase()).join(krate.name);
        let tree = Tree::copy(before.source, to)?;
        tree.depend("trace-runtime", &workspace().join("trace-runtime"))?;
        tree.depend("trace-export", &workspace().join("trace-export"))?;
        tree.depend("trace-recorder", &self.recorder)?;
        let mut refused: Vec<(String, usize)> = Vec::new();
        let (places, compiled) = loop {
            let places = tree.annotate(before.source, mode, &refused)?;
            let compiled = suite::compile(&tree, krate, &self.target)?;
            if compiled.succeeded {
                break (places, compiled);
            }
            let count = refused.len();
            for (place, text) in culprits(&places, &compiled) {
                found(format!("{}: {} does not compile\n{text}", place.file, place.place.name));
                refused.push((place.file.clone(), place.place.at));
            }
            if refused.len() == count || count > ATTEMPTS * 20 {
                return Err(first_error(&compiled).into());
            }
        };
        let kinds = before.compiled.kinds();
        for (kind, count) in compiled.kinds() {
            if kinds.get(&kind).is_none_or(|before| *before < count) {
                let first = compiled.complaints.iter().find(|complaint| complaint.text == kind.1);
                found(format!("{count} × {}: {}\n{}", kind.0, kind.1, first.map_or("", |first| &first.rendered)));
            }
        }
        let mut outcome = Outcome { places: places.len(), refused: refused.len(), ..Outcome::default() };
        for (how, endpoint) in [("off", ""), ("recording", self.receiver.url.as_str())] {
            self.receiver.take();
            let log = tree.path.with_extension(format!("{how}.log"));
            let ends = suite::test(&tree, krate, &self.target, &log, endpoint)?;
            for (name, end) in &before.ends {
                let now = ends.get(name).map_or("did not run", String::as_str);
                if now != end {
                    found(format!("{how}: {name}: {end} before, now {now}"));
                }
            }
            if endpoint.is_empty() {
                outcome.off = passed(&ends);
            } else {
                outcome.recording = passed(&ends);
                outcome.spans = self.receiver.take();
            }
        }
        Ok(outcome)
    }
}

struct Before<'a> {
    source: &'a Path,
    compiled: Compiled,
    ends: Ends,
}

fn passed(ends: &Ends) -> usize {
    ends.values().filter(|end| *end == "ok").count()
}

/// The innermost places that errors lie in, each with its first error.
fn culprits<'a>(places: &'a [Annotated], compiled: &Compiled) -> Vec<(&'a Annotated, String)> {
    let mut culprits: Vec<(&Annotated, String)> = Vec::new();
    for error in compiled.errors() {
        for (file, at) in &error.at {
            let around = |place: &&Annotated| place.file == *file && place.item.contains(at);
            let Some(place) = places.iter().filter(around).min_by_key(|place| place.item.len()) else { continue };
            if !culprits.iter().any(|(other, _)| std::ptr::eq(*other, place)) {
                culprits.push((place, error.rendered.clone()));
            }
        }
    }
    culprits
}

fn first_error(compiled: &Compiled) -> String {
    compiled.errors().map(|error| error.rendered.clone()).take(3).collect::<Vec<_>>().join("\n")
}
