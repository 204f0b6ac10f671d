//! Other programs, above all cargo.

use crate::Result;
use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Cargo in a directory, undisturbed by what the cargo that runs us has set.
pub fn cargo(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let of_package = text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_");
        if of_package || ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_CRATE_NAME"].contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
    command.args(args).current_dir(directory).env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    command
}

/// Runs a command that must succeed.
///
/// # Errors
/// What it wrote to stderr, if it does not.
pub fn run(command: &mut Command) -> Result<Output> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(output);
    }
    let program = command.get_program().to_string_lossy().into_owned();
    let args: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    Err(format!("{program} {}: {}\n{}", args.join(" "), output.status, String::from_utf8_lossy(&output.stderr)).into())
}

/// The checkout.
pub fn workspace() -> PathBuf {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    benches.parent().unwrap_or(benches).to_owned()
}

/// A path as a manifest has it.
pub fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

/// A directory of that name below the checkout's target directory.
///
/// # Errors
/// If cargo does not say where that is.
pub fn scratch(name: &str) -> Result<PathBuf> {
    let args = ["metadata", "--no-deps", "--format-version", "1"];
    let mut command = cargo(&workspace(), &args);
    if let Some(target) = env::var_os("CARGO_TARGET_DIR") {
        command.env("CARGO_TARGET_DIR", target);
    }
    let metadata: serde_json::Value = serde_json::from_slice(&run(&mut command)?.stdout)?;
    let target = metadata["target_directory"].as_str().ok_or("no target directory")?;
    let path = Path::new(target).join(name);
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

/// The compiler, and how many cores it has.
///
/// # Errors
/// If there is no `rustc`.
pub fn machine() -> Result<String> {
    let version = run(Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("--version"))?.stdout;
    let version = String::from_utf8_lossy(&version);
    let version: Vec<&str> = version.split_whitespace().take(2).collect();
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{} on {}-{}, {cores} cores", version.join(" "), env::consts::ARCH, env::consts::OS))
}
