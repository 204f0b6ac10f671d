//! What a program brings along that sends its spans as OTLP over HTTP: crates, and the time until they are built.

use crate::children_user;
use benches::Result;
use benches::command::{cargo, quoted, run, workspace};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Instant;

struct Program {
    name: &'static str,
    dependencies: &'static str,
}

/// Each as its documentation says, with the default HTTP client of `opentelemetry-otlp`.
const PROGRAMS: [Program; 4] = [
    Program { name: "ours", dependencies: "trace-runtime = { path = RUNTIME }\ntrace-export = { path = EXPORT }\n" },
    Program {
        name: "fastrace",
        dependencies: "fastrace = { version = \"0.7\", features = [\"enable\"] }\nfastrace-opentelemetry = \"0.19\"\n\
            opentelemetry = \"0.33\"\nopentelemetry_sdk = \"0.33\"\nopentelemetry-otlp = \"0.33\"\n",
    },
    Program {
        name: "OpenTelemetry SDK",
        dependencies: "opentelemetry = \"0.33\"\nopentelemetry_sdk = \"0.33\"\nopentelemetry-otlp = \"0.33\"\n",
    },
    Program {
        name: "tracing",
        dependencies: "tracing = \"0.1\"\ntracing-subscriber = \"0.3\"\ntracing-opentelemetry = \"0.34\"\n\
            opentelemetry = \"0.33\"\nopentelemetry_sdk = \"0.33\"\nopentelemetry-otlp = \"0.33\"\n",
    },
];

/// Crates in the tree, and a first build without optimisation.
pub(crate) fn table(scratch: &Path) -> Result<String> {
    let mut rows = ["| crates |", "| clean `cargo build`, s |", "| … user CPU, s |"].map(str::to_owned);
    for program in &PROGRAMS {
        let path = scratch.join(format!("program-{}", program.name.replace(' ', "-")));
        prepare(&path, program)?;
        write!(rows[0], " {} |", crates(&path)?)?;
        let (wall, user) = clean_build(&path)?;
        write!(rows[1], " {wall:.1} |")?;
        write!(rows[2], " {user:.1} |")?;
    }
    let names: Vec<_> = PROGRAMS.iter().map(|program| program.name).collect();
    let head = format!("| | {} |\n|---|---|---|---|---|", names.join(" | "));
    Ok(format!("\nA program that sends OTLP over HTTP:\n\n{head}\n{}\n", rows.join("\n")))
}

fn prepare(path: &Path, program: &Program) -> Result<()> {
    let place = |name: &str| quoted(&workspace().join(name));
    let dependencies = program.dependencies.replace("RUNTIME", &place("trace-runtime"));
    let dependencies = dependencies.replace("EXPORT", &place("trace-export"));
    let manifest =
        format!("[package]\nname = \"sample\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{dependencies}");
    fs::create_dir_all(path.join("src"))?;
    fs::write(path.join("Cargo.toml"), manifest)?;
    Ok(fs::write(path.join("src/main.rs"), "fn main() {}\n")?)
}

/// Different names, the program itself not counted.
fn crates(path: &Path) -> Result<usize> {
    let tree = run(&mut cargo(path, &["tree", "--prefix", "none", "--edges", "normal"]))?;
    let tree = String::from_utf8(tree.stdout)?;
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    Ok(names.len().saturating_sub(1))
}

/// Seconds, and those of user CPU. Everything is downloaded before. What was built goes again: it is large.
fn clean_build(path: &Path) -> Result<(f64, f64)> {
    run(&mut cargo(path, &["fetch"]))?;
    let target = path.join("target");
    let clean = || if target.exists() { fs::remove_dir_all(&target) } else { Ok(()) };
    clean()?;
    let (start, user) = (Instant::now(), children_user()?);
    run(cargo(path, &["build"]).env("CARGO_INCREMENTAL", "0"))?;
    let seconds = (start.elapsed().as_secs_f64(), children_user()? - user);
    clean()?;
    Ok(seconds)
}
