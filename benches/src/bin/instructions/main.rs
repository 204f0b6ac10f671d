//! How many instructions tracing costs its caller: counts, which do not depend on what else the machine does.
//!
//! `cargo run --release -p benches --bin instructions` runs itself under `valgrind --tool=callgrind` for each work and prints the
//! counts beside those in `benches/instructions.txt`. With `--check` it fails if one grew by more than a tenth; with `--accept` it
//! writes them down. Counts are those of one version of the compiler: with another there is nothing to compare, which it says.

mod accepted;
mod requests;
mod works;

use accepted::{Accepted, Verdict};
use benches::Result;
use benches::command::{run, scratch, workspace};
use std::fs;
use std::process::Command;
use works::WORKS;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        [] => count(|_| Ok(())),
        ["--check"] => count(check),
        ["--accept"] => count(accept),
        ["--work", name] => works::work(name),
        _ => Err("instructions [--check | --accept]".into()),
    }
}

fn file() -> std::path::PathBuf {
    workspace().join("benches/instructions.txt")
}

fn count(then: impl FnOnce(&Accepted) -> Result<()>) -> Result<()> {
    run(Command::new("valgrind").arg("--version")).map_err(|_| "valgrind is not installed")?;
    let before = Accepted::parse(&fs::read_to_string(file()).unwrap_or_default());
    let comparable = before.compiler == accepted::compiler()?;
    println!("instructions of the caller's thread, {}\n", accepted::compiler()?);
    println!("{:<28}{:>10}{:>10}", "work", "counted", "accepted");
    let mut now = Accepted { compiler: accepted::compiler()?, counts: Vec::new() };
    for work in WORKS {
        let instructions = under_callgrind(work.name)? / work.times as f64;
        let old = before.count(work.name).filter(|_| comparable);
        println!("{:<28}{instructions:>10.1}{:>10}", work.name, old.map_or("–".to_owned(), |old| format!("{old:.1}")));
        now.counts.push((work.name.to_owned(), instructions));
    }
    then(&now)
}

/// # Errors
/// If a count grew by more than it may.
fn check(now: &Accepted) -> Result<()> {
    match now.against(&Accepted::parse(&fs::read_to_string(file())?)) {
        Verdict::AnotherCompiler(theirs) => {
            println!("\nNOT COMPARED: the accepted counts are of {theirs}");
            Ok(())
        }
        Verdict::Good => Ok(()),
        Verdict::Grew(names) => Err(format!(
            "more than {} % more instructions than accepted: {}. If that is meant: \
             cargo run --release -p benches --bin instructions -- --accept",
            accepted::TOLERANCE_PERCENT,
            names.join(", ")
        )
        .into()),
    }
}

fn accept(now: &Accepted) -> Result<()> {
    Ok(fs::write(file(), now.to_string())?)
}

/// Instructions inside of `works::measured`, in this program run again with a work.
///
/// # Errors
/// If valgrind is missing, or fails.
fn under_callgrind(work: &str) -> Result<f64> {
    let out = scratch("instructions")?.join("callgrind.out");
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet", "--toggle-collect=*works::measured*"]);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    run(command.arg(std::env::current_exe()?).args(["--work", work]))?;
    let text = fs::read_to_string(&out)?;
    fs::remove_file(&out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).ok_or("callgrind gave no total")?;
    let instructions: f64 = total.trim().parse()?;
    if instructions > 0.0 { Ok(instructions) } else { Err(format!("callgrind saw nothing of {work}").into()) }
}
