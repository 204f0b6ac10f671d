//! Which crates, and why these.

/// A published crate whose package has its tests.
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// What it is an example of.
    pub(crate) character: &'static str,
    /// Arguments of `cargo test`.
    pub(crate) args: &'static [&'static str],
}

const fn krate(name: &'static str, version: &'static str, character: &'static str) -> Crate {
    Crate { name, version, character, args: &[] }
}

pub(crate) const CRATES: &[Crate] = &[
    krate("anyhow", "1.0.104", "errors, unsafe vtables"),
    krate("arrayvec", "0.7.8", "const generics, unsafe"),
    krate("async-channel", "2.5.0", "async, hand-written futures"),
    krate("async-lock", "3.5.0", "async, unsafe"),
    krate("bytes", "1.12.1", "unsafe, traits with default methods"),
    krate("hashbrown", "0.16.1", "unsafe, generics, no_std"),
    krate("http", "1.5.0", "types, `deny(warnings)`"),
    krate("indexmap", "2.14.2", "generics, no_std"),
    krate("itertools", "0.14.0", "traits, generics, closures"),
    krate("petgraph", "0.8.3", "generics, traits"),
    krate("regex-syntax", "0.8.11", "parser, visitors"),
    krate("semver", "1.0.28", "unsafe, bit tricks"),
    krate("serde_json", "1.0.154", "traits, `Result` everywhere"),
    krate("slab", "0.4.12", "`const fn`, no_std"),
    krate("smallvec", "1.16.5", "unsafe, unions, no_std"),
    Crate { args: &["--all-features"], ..krate("tokio-util", "0.7.20", "async, traits, pinning") },
    krate("url", "2.5.8", "parser, `Result`"),
];
