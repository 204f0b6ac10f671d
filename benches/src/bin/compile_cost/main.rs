//! What annotated functions cost to compile, ours beside the peers: `cargo run --release -p benches --bin compile_cost`.
//!
//! Prints the tables, and writes them to `benches/COMPILE.md`. With `--shape <name>` it prints how that shape
//! of function is expanded by ours, and measures nothing.

mod programs;
mod shapes;

use benches::Result;
use benches::command::{cargo, machine, quoted, run, scratch, workspace};
use shapes::{SHAPES, Shape, library, single};
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

const CHECKED: usize = 600;
const BUILT: usize = 1000;
const CHECK_ROUNDS: usize = 5;
const BUILD_ROUNDS: usize = 3;
/// Times of `/proc/self/stat` are in these.
const TICK: f64 = 0.01;

/// A way to annotate.
struct Variant {
    name: &'static str,
    dependency: &'static str,
    attribute: fn(&Shape) -> &'static str,
}

const VARIANTS: [Variant; 5] = [
    Variant { name: "bare", dependency: "", attribute: |_| "" },
    Variant {
        name: "ours",
        dependency: "trace-runtime = { path = RUNTIME }",
        attribute: |_| "#[trace_runtime::trace]",
    },
    Variant {
        name: "fastrace",
        dependency: "fastrace = { version = \"0.7\", features = [\"enable\"] }",
        attribute: |_| "#[fastrace::trace]",
    },
    Variant { name: "tracing", dependency: "tracing = \"0.1\"", attribute: |_| "#[tracing::instrument(skip_all)]" },
    Variant {
        name: "tracing-err",
        dependency: "tracing = \"0.1\"",
        attribute: |shape| {
            if shape.fails { "#[tracing::instrument(skip_all, err)]" } else { "#[tracing::instrument(skip_all)]" }
        },
    },
];

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let scratch = scratch("compile-cost")?;
    let packages = VARIANTS.iter().map(|variant| Package::new(scratch.join(variant.name), variant));
    let packages = packages.collect::<Result<Vec<_>>>()?;
    if let [flag, name] = &args[..] {
        let shape = SHAPES.iter().find(|shape| flag == "--shape" && shape.name == name).ok_or("--shape <name>")?;
        packages[1].write(&single(shape, packages[1].variant.attribute))?;
        println!("{}", packages[1].expanded()?);
        return Ok(());
    }
    let mut page = format!("# Compile cost\n\n{}", introduction(&packages)?);
    page += HEAD;
    check(&packages, &mut page)?;
    expanded(&packages, &mut page)?;
    build(&packages, &mut page)?;
    page += &programs::table(&scratch)?;
    per_shape(&packages, &mut page)?;
    println!("{page}");
    Ok(fs::write(workspace().join("benches/COMPILE.md"), page)?)
}

fn introduction(packages: &[Package]) -> Result<String> {
    let versions = [packages[2].version("fastrace")?, packages[3].version("tracing")?].join(", ");
    Ok(format!(
        "{}; {versions}. Medians; dependencies are built before, nothing is incremental unless it says so.\n\
         Functions: {} shapes in turn, {} of which return a `Result`; ours always captures errors. `tracing-err` has `err` on those\n\
         that return a `Result`. In brackets: divided by bare. Made by `cargo run --release -p benches --bin compile_cost`.\n\n",
        machine()?,
        SHAPES.len(),
        SHAPES.iter().filter(|shape| shape.fails).count(),
    ))
}

const HEAD: &str =
    "| work | bare | ours | fastrace | tracing | tracing, `err` | ours / fastrace |\n|---|---|---|---|---|---|---|\n";

fn check(packages: &[Package], page: &mut String) -> Result<()> {
    let full = times(packages, CHECKED, CHECK_ROUNDS, &["check"], false)?;
    *page += &row(&format!("`cargo check`, {CHECKED} functions, s"), &full.wall, 2);
    *page += &row("… user CPU, s", &full.user, 2);
    let edited = times(packages, CHECKED, BUILD_ROUNDS, &["check"], true)?;
    *page += &row("… incremental, one edited, s", &edited.wall, 2);
    Ok(())
}

fn expanded(packages: &[Package], page: &mut String) -> Result<()> {
    let mut sizes = Vec::new();
    for package in packages {
        package.write(&library(CHECKED, package.variant.attribute))?;
        sizes.push(package.expanded()?.len() as f64 / 1000.0);
    }
    *page += &row(&format!("expanded source of those {CHECKED}, kB"), &sizes, 0);
    Ok(())
}

fn build(packages: &[Package], page: &mut String) -> Result<()> {
    let full = times(packages, BUILT, BUILD_ROUNDS, &["build", "--release"], false)?;
    *page += &row(&format!("`cargo build --release`, {BUILT} functions, s"), &full.wall, 2);
    *page += &row("… user CPU, s", &full.user, 2);
    let sizes = packages.iter().map(Package::rlib).collect::<Result<Vec<_>>>()?;
    *page += &row("… the library, kB", &sizes, 0);
    Ok(())
}

/// Bytes that one function of a shape has after expansion, its own included.
fn per_shape(packages: &[Package], page: &mut String) -> Result<()> {
    *page += "\nExpanded source of one function, bytes:\n\n";
    *page += "| shape | bare | ours | fastrace | tracing | tracing, `err` | ours / fastrace |\n|---|---|---|---|---|---|---|\n";
    let none = Shape::NONE;
    packages[0].write(&single(&none, |_| ""))?;
    let empty = packages[0].expanded()?.len();
    for shape in SHAPES {
        let mut sizes = Vec::new();
        for package in packages {
            package.write(&single(shape, package.variant.attribute))?;
            sizes.push((package.expanded()?.len() - empty) as f64);
        }
        *page += &row(shape.name, &sizes, 0);
    }
    Ok(())
}

fn row(name: &str, values: &[f64], digits: usize) -> String {
    let bare = values[0];
    let mut line = format!("| {name} | {bare:.digits$} |");
    for value in &values[1..] {
        let _ = write!(line, " {value:.digits$} ({:.1}) |", value / bare);
    }
    let _ = writeln!(line, " {:.2} |", values[1] / values[2]);
    line
}

#[derive(Default)]
struct Times {
    wall: Vec<f64>,
    user: Vec<f64>,
}

/// Medians for each package, of rounds in which each has its turn.
fn times(packages: &[Package], count: usize, rounds: usize, work: &[&str], incremental: bool) -> Result<Times> {
    let mut all: Vec<Times> = packages.iter().map(|_| Times::default()).collect();
    for round in 0..=rounds {
        for (package, times) in packages.iter().zip(&mut all) {
            let edited = if incremental { format!("pub fn edited() -> usize {{ {round} }}\n") } else { String::new() };
            package.write(&(library(count, package.variant.attribute) + &edited))?;
            let (start, user) = (Instant::now(), children_user()?);
            let mut command = cargo(&package.path, work);
            run(command.env("CARGO_INCREMENTAL", if incremental { "1" } else { "0" }))?;
            // The first round builds the dependencies.
            if round > 0 {
                times.wall.push(start.elapsed().as_secs_f64());
                times.user.push(children_user()? - user);
            }
        }
    }
    let medians =
        |pick: fn(&mut Times) -> &mut Vec<f64>, all: &mut [Times]| all.iter_mut().map(|t| median(pick(t))).collect();
    Ok(Times { wall: medians(|times| &mut times.wall, &mut all), user: medians(|times| &mut times.user, &mut all) })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// User CPU of the children that ended, seconds. Not a number where there is no `/proc`.
fn children_user() -> Result<f64> {
    let Ok(stat) = fs::read_to_string("/proc/self/stat") else { return Ok(f64::NAN) };
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    // Field 16, `cutime`; the name was the second.
    let ticks: f64 = after_name.split(' ').nth(13).unwrap_or_default().parse()?;
    Ok(ticks * TICK)
}

struct Package {
    path: PathBuf,
    variant: &'static Variant,
}

impl Package {
    fn new(path: PathBuf, variant: &'static Variant) -> Result<Self> {
        fs::create_dir_all(path.join("src"))?;
        let dependency = variant.dependency;
        let runtime = workspace().join("trace-runtime");
        let dependency = dependency.replace("RUNTIME", &quoted(&runtime));
        let manifest =
            format!("[package]\nname = \"sample\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{dependency}\n");
        fs::write(path.join("Cargo.toml"), manifest)?;
        let package = Self { path, variant };
        package.write("")?;
        Ok(package)
    }

    fn write(&self, source: &str) -> Result<()> {
        Ok(fs::write(self.path.join("src/lib.rs"), source)?)
    }

    /// kB of what the last release build made.
    fn rlib(&self) -> Result<f64> {
        let built = self.path.join("target/release/libsample.rlib");
        Ok(fs::metadata(built)?.len() as f64 / 1000.0)
    }

    fn expanded(&self) -> Result<String> {
        let args = ["rustc", "--profile=check", "--lib", "--", "-Zunpretty=expanded"];
        let output = run(cargo(&self.path, &args).env("RUSTC_BOOTSTRAP", "1"))?;
        Ok(String::from_utf8(output.stdout)?)
    }

    fn version(&self, name: &str) -> Result<String> {
        let tree = run(&mut cargo(&self.path, &["tree", "--depth", "1", "--prefix", "none"]))?;
        let tree = String::from_utf8(tree.stdout)?;
        let line = tree.lines().find(|line| line.starts_with(&format!("{name} v"))).ok_or("not in the tree")?;
        Ok(line.split(" (").next().unwrap_or(line).to_owned())
    }
}
