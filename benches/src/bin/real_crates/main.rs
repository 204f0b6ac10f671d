//! Published crates with our attribute on every function, and on every block: their own tests, before and after.
//!
//! `cargo run --release -p benches --bin real_crates` runs them all, with names only these, and brings
//! `benches/REAL_CRATES.md` up to date. It fails if a crate that was run behaves differently.

mod annotate;
mod crates;
mod page;
mod receive;
mod suite;
mod tree;

use crate::annotate::Mode;
use crate::crates::{CRATES, Crate};
use crate::page::{Outcome, Row};
use crate::receive::Receiver;
use crate::suite::{Compiled, Ends};
use crate::tree::{Annotated, Tree};
use benches::Result;
use benches::command::{machine, scratch, workspace};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How often places that do not compile are taken out before a crate is given up.
const ATTEMPTS: usize = 20;

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
    let rows: Result<Vec<Row>> = crates.into_iter().map(|krate| bench.run(krate)).collect();
    let rows = rows?;
    let path = workspace().join("benches/REAL_CRATES.md");
    let page = page::merged(&fs::read_to_string(&path).unwrap_or_default(), &machine()?, &rows);
    println!("{page}");
    fs::write(path, page)?;
    if rows.iter().all(|row| row.differences.is_empty()) { Ok(()) } else { Err("there are differences".into()) }
}

struct Bench {
    sources: BTreeMap<&'static str, PathBuf>,
    recorder: PathBuf,
    target: PathBuf,
    receiver: Receiver,
    scratch: PathBuf,
}

/// A crate as it is.
struct Before<'a> {
    source: &'a Path,
    compiled: Compiled,
    ends: Ends,
}

impl Bench {
    fn run(&self, krate: &'static Crate) -> Result<Row> {
        eprintln!("== {} {}", krate.name, krate.version);
        let source = self.sources.get(krate.name).ok_or("not fetched")?;
        let place = self.scratch.join("bare").join(krate.name);
        let log = place.with_extension("log");
        let bare = Tree::copy(source, place)?;
        let compiled = suite::compile(&bare, krate, &self.target)?;
        if !compiled.succeeded {
            return Err(format!("{} does not compile without us: {}", krate.name, first_error(&compiled)).into());
        }
        let ends = suite::test(&bare, krate, &self.target, &log, "")?;
        let before = Before { source, compiled, ends };
        let mut differences = Vec::new();
        let functions = self.annotated(krate, &before, Mode::Functions, &mut differences)?;
        let blocks = self.annotated(krate, &before, Mode::Blocks, &mut differences)?;
        Ok(Row { krate, before: suite::passed(&before.ends), functions, blocks, differences })
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
            let line = text.lines().take(2).collect::<Vec<_>>().join(" – ");
            differences.push(format!("{mode:?}: {line}"));
        };
        let to = self.scratch.join(format!("{mode:?}").to_lowercase()).join(krate.name);
        let tree = Tree::copy(before.source, to)?;
        tree.depend("trace-runtime", &workspace().join("trace-runtime"))?;
        tree.depend("trace-export", &workspace().join("trace-export"))?;
        tree.depend("trace-recorder", &self.recorder)?;
        let (places, refused, compiled) = self.compiled(krate, &tree, before.source, mode, &mut found)?;
        new_complaints(&before.compiled, &compiled, &mut found);
        let mut outcome = Outcome { places, refused, ..Outcome::default() };
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
                outcome.off = suite::passed(&ends);
            } else {
                outcome.recording = suite::passed(&ends);
                outcome.spans = self.receiver.take();
            }
        }
        Ok(outcome)
    }

    /// Annotates and compiles; places that do not compile are told and left bare. How many of each there were.
    fn compiled(
        &self,
        krate: &Crate,
        tree: &Tree,
        source: &Path,
        mode: Mode,
        found: &mut dyn FnMut(String),
    ) -> Result<(usize, usize, Compiled)> {
        let mut refused: Vec<(String, usize)> = Vec::new();
        for _ in 0..ATTEMPTS {
            let places = tree.annotate(source, mode, &refused)?;
            let compiled = suite::compile(tree, krate, &self.target)?;
            if compiled.succeeded {
                return Ok((places.len(), refused.len(), compiled));
            }
            let culprits = culprits(&places, &compiled);
            if culprits.is_empty() {
                return Err(format!("{} {mode:?}: {}", krate.name, first_error(&compiled)).into());
            }
            for (place, text) in culprits {
                found(format!("`{}` in {} does not compile\n{text}", place.place.name, place.file));
                refused.push((place.file.clone(), place.place.at));
            }
        }
        Err(format!("{} {mode:?}: does not compile after {ATTEMPTS} attempts", krate.name).into())
    }
}

/// What the compiler says more often than before.
fn new_complaints(before: &Compiled, now: &Compiled, found: &mut dyn FnMut(String)) {
    let kinds = before.kinds();
    for ((level, text), count) in now.kinds() {
        let was = kinds.get(&(level, text)).copied().unwrap_or_default();
        if count > was {
            let first = now.complaints.iter().find(|complaint| complaint.text == text);
            found(format!("{} × {level}: {text}\n{}", count - was, first.map_or("", |first| &first.rendered)));
        }
    }
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
