//! A program that chooses the feature `off` has nothing of tracing in it.

use std::fs;
use tests::outside::Bench;

const CODE: &str = r#"
use trace_runtime::{Snapshot, TraceFuture as _, current, span, trace};

#[trace(name = "canary {n}", fields(canary_field = n))]
pub fn template(#[field("canary.parameter")] n: u32, #[field] name: &str) -> Result<u32, String> {
    if n > 3 { return Err(name.into()); }
    Ok(n)
}
pub struct Store;
#[trace(name = "canary.{fn}", target = "canary_target", skip(hot))]
impl Store {
    pub fn get(&self, #[field] key: u8) -> u8 { key }
    #[trace(err, ret, ok)]
    pub fn set(&self) -> Result<u8, u8> { Ok(1) }
    pub fn hot(&self) {}
}
#[trace(name = "canary")]
pub async fn wait() -> u8 { std::future::ready(1).await }
pub fn by_hand() -> bool {
    let _here = Snapshot::current();
    drop(wait().in_current_span());
    span!("canary by hand").in_scope(|| current().is_some())
}
"#;

/// Whether the compiled library holds the names of its spans.
fn holds_names(package: &str, features: &str) -> bool {
    let bench = Bench::new(env!("CARGO_TARGET_TMPDIR"), "off");
    let runtime = format!("trace-runtime = {{ features = [{features}],");
    let said = bench.cargo("build", &bench.package_in("2024", &runtime, package, CODE));
    let ours = said.iter().filter(|line| line["target"]["name"] == package.replace('-', "_"));
    let files = ours.flat_map(|line| line["filenames"].as_array().cloned().unwrap_or_default());
    let files: Vec<String> = files.filter_map(|file| file.as_str().map(str::to_owned)).collect();
    assert!(!files.is_empty(), "the library was built: {said:?}");
    files.iter().any(|file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).contains("canary"))
}

#[test]
fn compiled_out_nothing_of_a_span_is_left() {
    assert!(holds_names("recorded", ""), "the names are there to be found");
    assert!(!holds_names("compiled-out", "\"off\""));
}
