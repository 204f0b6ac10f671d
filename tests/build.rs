//! Turns `cases/*.rs` into one module a case.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

fn main() {
    let mut code = String::new();
    for file in ["fns", "blocks", "results"] {
        let path = format!("cases/{file}.rs");
        println!("cargo::rerun-if-changed={path}");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        for case in text.split("//# ").skip(1) {
            let (name, body) = case.split_once('\n').unwrap_or((case, ""));
            let body = body
                .replace("#[trace]", "#[::trace_runtime::trace]")
                .replace("#[trace_type]", "#[::trace_runtime::trace_type]");
            let _ = writeln!(code, "pub mod {} {{\n{body}\n}}", name.trim());
        }
    }
    let out = env::var_os("OUT_DIR").unwrap_or_default();
    fs::write(Path::new(&out).join("cases.rs"), code).unwrap_or_else(|error| panic!("{error}"));
}
