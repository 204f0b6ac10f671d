//! What numbers were measured on. Nothing that names the machine or its owner.

use crate::Result;
use crate::command::run;
use std::env;
use std::fs;
use std::process::Command;

/// What times depend on.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The processor's name, as it gives it.
    pub cpu: String,
    /// Cores this process may use.
    pub cores: usize,
    /// `rustc --version`.
    pub rustc: String,
    /// The system and the version of its kernel, without what a vendor appended.
    pub system: String,
}

/// This machine.
///
/// # Errors
/// If there is no `rustc`, or the cores cannot be counted.
pub fn machine() -> Result<Machine> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel = kernel.trim().split('-').next().unwrap_or_default().to_owned();
    Ok(Machine {
        cpu: model.map_or("an unknown processor", |(_, name)| name).to_owned(),
        cores: std::thread::available_parallelism()?.get(),
        rustc: rustc()?,
        system: format!("{} {kernel} on {}", env::consts::OS, env::consts::ARCH).replace("  ", " "),
    })
}

/// `rustc --version`.
///
/// # Errors
/// If there is none.
pub fn rustc() -> Result<String> {
    let version = run(Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("--version"))?.stdout;
    Ok(String::from_utf8_lossy(&version).trim().to_owned())
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, {} cores, {}, {}", self.cpu, self.cores, self.system, self.rustc)
    }
}
