//! The hygiene crate is clean in every edition, with the runtime under its own name and under another.

use tests::outside::{Bench, clippy_is_installed};

const OWN: &str = "trace-runtime = {";
const RENAMED: &str = "rt = { package = \"trace-runtime\",";

/// The crate in one file.
fn code(runtime: &str) -> String {
    let modules = [
        ("names", include_str!("../hygiene/src/names.rs")),
        ("prelude", include_str!("../hygiene/src/prelude.rs")),
        ("shapes", include_str!("../hygiene/src/shapes.rs")),
    ];
    let mut code = include_str!("../hygiene/src/lib.rs").to_owned();
    for (name, module) in modules {
        code = code.replace(&format!("mod {name};"), &format!("mod {name} {{\n{module}\n}}"));
    }
    assert!(code.contains("crate = ::rt"), "the modules are there");
    if runtime == OWN {
        code = code.replace("(crate = ::rt)", "").replace("crate = ::rt, ", "").replace("::rt::", "::trace_runtime::");
        assert!(!code.contains("::rt"), "every attribute has the usual path");
    }
    code
}

fn is_clean(edition: &str, runtime: &str) {
    if clippy_is_installed() {
        let bench = Bench::new(env!("CARGO_TARGET_TMPDIR"), "hygiene");
        let name = format!("{}-{edition}", if runtime == OWN { "own" } else { "renamed" });
        let package = bench.package_in(edition, runtime, &name, &code(runtime));
        let _ = bench.cargo("clippy", &package);
    }
}

#[test]
fn generated_code_is_clean_in_2018() {
    is_clean("2018", OWN);
    is_clean("2018", RENAMED);
}

#[test]
fn generated_code_is_clean_in_2021() {
    is_clean("2021", OWN);
    is_clean("2021", RENAMED);
}

#[test]
fn generated_code_is_clean_in_2024_under_the_usual_name() {
    is_clean("2024", OWN);
}
