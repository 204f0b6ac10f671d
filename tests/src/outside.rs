//! Code as the compiler sees it: small crates, with our attributes and without them.

use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

/// The runtime that the small crates depend on.
const RUNTIME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../trace-runtime");
const EXPORTER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../trace-export");
/// The versions of the workspace are on this machine already, so nothing is fetched.
const LOCK: &str = include_str!("../../Cargo.lock");

/// A piece of code of a file in `cases/`.
pub struct Case {
    /// What follows `//# `.
    pub name: String,
    /// The code, with `#[trace]` for ours.
    pub code: String,
}

/// The cases of a file's text.
#[must_use]
pub fn cases(text: &str) -> Vec<Case> {
    let cases = text.split("//# ").skip(1);
    let case = |case: &str| {
        let (name, code) = case.split_once('\n').unwrap_or((case, ""));
        Case { name: name.trim().to_owned(), code: code.to_owned() }
    };
    cases.map(case).collect()
}

/// Whether our attributes are on the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comments are in their place.
    Bare,
    /// They are.
    Traced,
}

impl Form {
    /// The code in this form. Lines and columns are the same in both.
    #[must_use]
    pub fn of(self, code: &str) -> String {
        let mut code = code.to_owned();
        for name in ["trace", "trace_type"] {
            let ours = format!("#[::trace_runtime::{name}]");
            let comment = format!("/*{}*/", " ".repeat(ours.len() - 4));
            code = code.replace(&format!("#[{name}]"), if self == Self::Traced { &ours } else { &comment });
        }
        code
    }
}

/// All cases in one file, a module each, and where each begins.
pub struct Together {
    /// The file.
    pub code: String,
    begins: Vec<(usize, String)>,
}

impl Together {
    /// `head` goes first.
    #[must_use]
    pub fn new(head: &str, cases: &[Case], form: Form) -> Self {
        let mut code = format!("{head}\n");
        let mut begins = Vec::new();
        for Case { name, code: body } in cases {
            let _ = writeln!(code, "/// A case.\npub mod {name} {{");
            begins.push((code.lines().count(), name.clone()));
            let _ = writeln!(code, "{}\n}}", form.of(body));
        }
        Self { code, begins }
    }

    /// Whose line of the file this is, and which of its lines.
    #[must_use]
    pub fn case_at(&self, line: usize) -> Option<(&str, usize)> {
        let (begin, name) = self.begins.iter().rev().find(|(begin, _)| *begin < line)?;
        Some((name, line - begin))
    }
}

/// A directory for the crates of a test.
pub struct Bench {
    dir: PathBuf,
}

impl Bench {
    /// In the directory that Cargo gives to integration tests.
    #[must_use]
    pub fn new(tmp: &str, test: &str) -> Self {
        Self { dir: Path::new(tmp).join(test) }
    }

    /// A package with a library, depending on the runtime. Files that stay the same are not written again.
    #[must_use]
    pub fn package(&self, name: &str, code: &str) -> PathBuf {
        self.package_in("2024", "trace-runtime = {", name, code)
    }

    /// The same in an edition, and with the runtime as this dependency.
    #[must_use]
    pub fn package_in(&self, edition: &str, runtime: &str, name: &str, code: &str) -> PathBuf {
        let dir = self.dir.join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"{edition}\"\n[workspace]\n[dependencies]\n\
             {runtime} path = {RUNTIME:?} }}\nasync-trait = \"0.1\"\nfutures-core = \"0.3\"\n"
        );
        write(&dir.join("Cargo.toml"), &manifest);
        write(&dir.join("src/lib.rs"), code);
        write(&dir.join("Cargo.lock"), LOCK);
        dir
    }

    /// A package with a program that depends on the runtime, the exporter, and these lines.
    #[must_use]
    pub fn program(&self, name: &str, dependencies: &str, code: &str) -> PathBuf {
        let dir = self.dir.join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             trace-runtime = {{ path = {RUNTIME:?} }}\ntrace-export = {{ path = {EXPORTER:?} }}\n{dependencies}\n"
        );
        write(&dir.join("Cargo.toml"), &manifest);
        write(&dir.join("src/main.rs"), code);
        write(&dir.join("Cargo.lock"), LOCK);
        dir
    }

    /// Runs `cargo <command>` on a package and returns what the compiler says, as JSON. All packages share a target directory.
    ///
    /// # Panics
    /// If the package has an error.
    #[must_use]
    pub fn cargo(&self, command: &str, package: &Path) -> Vec<Value> {
        let target = self.dir.with_file_name("small-crates");
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([command, "--offline", "--quiet", "--message-format=json", "--target-dir"]).arg(target);
        cargo.arg("--manifest-path").arg(package.join("Cargo.toml"));
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        let output = run(&mut cargo);
        let said = json_lines(&output.stdout);
        assert!(output.status.success(), "{}\n{}", text(&output.stderr), errors(&said));
        said
    }

    /// What `rustc` needs to know to compile code that uses the runtime.
    #[must_use]
    pub fn rustc(&self) -> Rustc {
        let said = self.cargo("build", &self.package("dependencies", ""));
        let mut flags = Vec::new();
        for artifact in said.iter().filter(|line| line["reason"] == "compiler-artifact") {
            let name = artifact["target"]["name"].as_str().unwrap_or_default().replace('-', "_");
            for file in artifact["filenames"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let path = Path::new(file);
                let dependencies = path.parent().unwrap_or(path).display();
                flags.extend(["-L".into(), format!("dependency={dependencies}")]);
                let is_library = path.extension().is_none_or(|extension| extension != "rmeta");
                if is_library && ["trace_runtime", "async_trait", "futures_core"].contains(&name.as_str()) {
                    flags.extend(["--extern".into(), format!("{name}={file}")]);
                }
            }
        }
        flags.dedup();
        Rustc { flags, dir: self.dir.clone() }
    }
}

/// Compiles single files.
pub struct Rustc {
    flags: Vec<String>,
    dir: PathBuf,
}

impl Rustc {
    /// Compiles `code` as the library `name`, and returns what the compiler says, as JSON.
    #[must_use]
    pub fn compile(&self, name: &str, code: &str, flags: &[&str]) -> Vec<Value> {
        let file = self.dir.join(format!("{name}.rs"));
        write(&file, code);
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        rustc
            .args(["--edition=2024", "--crate-type=lib", "--error-format=json", "--crate-name", name])
            .args(&self.flags);
        rustc.args(flags).arg("--out-dir").arg(&self.dir).arg(&file).env("RUSTC_BOOTSTRAP", "1");
        json_lines(&run(&mut rustc).stderr)
    }

    /// A file that the compiler made.
    #[must_use]
    pub fn made(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }
}

/// The line of `file` that a message is about, through macros.
#[must_use]
pub fn line_of(message: &Value, file: &str) -> Option<usize> {
    let mut span = message["spans"].as_array()?.iter().find(|span| span["is_primary"] == true)?;
    while span["file_name"].as_str()? != file {
        span = &span["expansion"]["span"];
    }
    usize::try_from(span["line_start"].as_u64()?).ok()
}

/// The errors among what the compiler says, as it shows them.
#[must_use]
pub fn errors(said: &[Value]) -> String {
    let messages = said.iter().map(|line| line.get("message").filter(|inner| inner.is_object()).unwrap_or(line));
    messages.filter(|message| message["level"] == "error").filter_map(|message| message["rendered"].as_str()).collect()
}

/// Whether `clippy` is installed. If not, says that the check is skipped; where CI counts on it, that is a failure.
///
/// # Panics
/// If it is missing and `CI` is `true`.
#[must_use]
#[allow(clippy::print_stderr)] // the gate greps for it
pub fn clippy_is_installed() -> bool {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let found = Command::new(cargo).args(["clippy", "--version"]).output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("SKIPPED: clippy");
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "clippy is not installed");
    }
    found
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    text(bytes).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn write(file: &Path, content: &str) {
    if fs::read_to_string(file).is_ok_and(|old| old == content) {
        return;
    }
    let parent = file.parent().unwrap_or(file);
    let written = fs::create_dir_all(parent).and_then(|()| fs::write(file, content));
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
