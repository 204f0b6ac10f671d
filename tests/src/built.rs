//! Programs of other packages of the workspace.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The tool.
///
/// # Panics
/// If it cannot be built.
pub fn trace_spool() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| build("--bin", "trace-spool", ""))
}

/// The example.
///
/// # Panics
/// If it cannot be built.
pub fn quickstart() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| build("--example", "quickstart", "examples"))
}

/// Where Cargo builds a program: in this test's own build, which has made it already when the whole workspace is tested.
fn build(kind: &str, name: &str, place: &str) -> String {
    let test = std::env::current_exe().expect("a path");
    let profile = test.parent().and_then(Path::parent).expect("a directory");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--workspace", kind, name, "--target-dir"]);
    cargo.arg(profile.parent().expect("the target directory")).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(cargo.status().expect("cargo runs").success());
    PathBuf::from(profile).join(place).join(name).to_string_lossy().into_owned()
}
